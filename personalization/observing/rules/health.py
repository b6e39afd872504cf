"""Rules for health, diet and what follows from them."""

from __future__ import annotations

from personalization.observing.rules.phrases import ADV, AM, BEEN, MY, WE
from personalization.observing.rules.rule import rules
from personalization.observing.vocabulary import CONDITIONS, DIETS, STATES

HEALTH = [
    *rules(
        "health",
        rf"{BEEN}(?:not (?=.*\bany ?more)|no longer )?{ADV}(?:a |an )?(?:strict |lifelong |committed )?(?:{DIETS}"
        rf"|{STATES})\b",
        rf"{AM}(?:not )?{ADV}(?:allergic|intolerant|sensitive|hypersensitive) (?:to )?(?!all this|your|this|that"
        rf"|\w+days\b|mornings|people|work)\w+",
        rf"{AM}(?:\w+ )?(?:weeks?|months?) pregnant\b",
        rf"{WE} {ADV}(?:have|have had|had|live with|am living with|suffer from|suffered from|struggle with"
        rf"|deal with|got|developed|have developed|get|got diagnosed with|am recovering from|am prone to"
        rf"|was diagnosed with|were diagnosed with|have been diagnosed with|have just been diagnosed with"
        rf"|inherited|battle|survived|manage|am being treated for|am waiting for|have always had) {ADV}(?:"
        rf"(?:a|an|the|some|my|mild|severe|chronic|bad|type|type-?[12]|1|2|two|early|stage|really|pretty"
        rf"|terrible|awful|frequent|regular|occasional|seasonal|slight|nasty|stage|one|social|general"
        rf"|generalised|generalized|rheumatoid|ulcerative|lower|upper|born|skin|breast|cat|dog|nut|peanut"
        rf"|pollen|dust|egg|milk|soy|wheat|shellfish|latex|penicillin|food|eating|irritable|restless|old"
        rf"|ongoing|history of|post-?natal|postpartum|bowel|anxiety|mental health|bipolar|autoimmune|blood"
        rf"|sleep|genetic|rare|underactive|overactive|clinical|high-functioning|adult|childhood) )*"
        rf"(?:{CONDITIONS}|\w+(?:itis|osis|emia|aemia|algia|plegia|pathy|plasia))\b",
        rf"{WE} {ADV}(?:cannot|do not|never|no longer|must not|mustn't|am not allowed to|are not allowed to"
        rf"|stopped|quit|gave up|have given up|have stopped|have quit|cut out|have cut out|am trying to"
        rf" quit|am trying to give up|am off|am cutting down on|avoid|steer clear of|have to avoid|only"
        rf"|mostly) {ADV}(?:eat|eating|drink|drinking|have|digest|tolerate|smoke|smoking|do|stand|touch"
        rf"|consume|take)? ?(?!(?:it|this|that|you|to|them|on|up|out|in|any idea|one|time|the time|enough"
        rf"|much time)\b)(?:any |much |raw |the )?(?:meat|fish|dairy|gluten|alcohol|pork|beef|nuts?"
        rf"|peanuts?|eggs?|milk|cheese|sugar|seafood|shellfish|wheat|bread|caffeine|coffee|wine|beer|soy"
        rf"|soya|lactose|carbs|spicy\b.*|red meat|chicken|onions?|garlic|tomatoes|animal products|processed"
        rf" \w+|smoking|drinking|vaping|cigarettes|ibuprofen|aspirin|penicillin|nsaids|grapefruit|salt"
        rf"|honey|mushrooms|kiwis?|strawberries|bananas?|apples?|sesame|mustard|celery|lamb|veal|sweets"
        rf"|chocolate|fried \w+|halal|kosher|organic|smoke|drink|anything with \w+|things with \w+)\b",
        rf"{WE} {ADV}(?:do not|never|no longer) {ADV}(?:drink|smoke|vape)(?: any ?more| anymore| at all| alcohol)?$",
        rf"{WE} {ADV}eat (?!(?:it|this|that|out|at|there|a lot|too|before|while|when|dinner|lunch"
        rf"|breakfast)\b)(?:[\w-]+ ){{0,2}}(?:halal|kosher|meat|fish|plant[- ]based|low[- ]carb|vegan"
        rf"|vegetarian|keto|gluten[- ]free|organic)\b",
        rf"{WE} {ADV}(?:am on|follow|am following|keep to|do|am doing|keep|started|need|have to stick to) "
        rf"(?:a |an |the )?(?:[\w-]+ ){{0,6}}(?:diet|fasting|kosher"
        rf"|halal|keto|fodmap)\b",
        rf"{WE} {ADV}(?:take|am on|am taking|have been on|have to take|inject|use an? inhaler|started(?:"
        rf" on)?|was put on|got put on|have been taking|started taking) (?:\w+ ){{0,3}}?(?:(?!(?:online"
        rf"|offline|wine|line|machine|medicine|magazine|routine|vaccine|engine|train|main|again|captain"
        rf"|cabin|coin|skin|berlin|dublin|spain|britain|rain|brain|pain|mine|fine|nine|time|phone|alone"
        rf"|zone|one|done|everyone|team|exam|dream|program|trail|email|oil|coil|schedule|school|alcohol"
        rf"|control|petrol|tool|pool|wool|protocol|date|late|climate|state|plate|chocolate|private|side"
        rf"|guide|ride|inside|outside|holiday|bus|wide|pride|bride|april|drum|spectrum|museum|album|mail"
        rf"|retail|detail|cocktail|instagram)\b)\w+(?:ine|ol|in|am|il|ate|ide|one|pril|statin|mab|azole"
        rf"|sartan|formin|oxetine|traline|pram)|insulin|medication|meds|beta[- ]?blockers|blood thinners"
        rf"|antidepressants|statins|antihistamines|the pill|steroids|painkillers|tablets|pills|iron|vitamin"
        rf" \w+|hrt|ssris?|warfarin|ritalin|adderall|lithium|methotrexate|levothyroxine|chemo|dialysis|an?"
        rf" inhaler|inhalers?)\b",
        rf"{WE} {ADV}(?:wear|need|use|got|have|had|walk with|rely on|wore) (?:a |an |my |new )?(?:\w+"
        rf" ){{0,2}}?(?:hearing aids?|glasses|contact lenses|contacts|wheelchair|pacemaker|insulin pump"
        rf"|crutches|walking stick|cane|prosthesis|cpap\b.*|braces|inhaler|epipen|walker|rollator|screen"
        rf" ?reader|stoma|mobility scooter|guide dog|dentures|orthotics|implants?|cochlear implants?)\b",
        rf"{WE} {ADV}(?:had|am having|have had|need|am recovering from|underwent|am waiting for|have to have"
        rf"|am getting) (?:an? |my |two |\w+ )?(?:\w+ ){{0,3}}(?:surgery|operation|transplant|bypass|stroke"
        rf"|heart attack|knee replacement|hip replacement|replacement|miscarriage|concussion|burnout"
        rf"|c-section|caesarean|breakdown|chemo\w*|radiotherapy|root canal)\b",
        rf"{WE} {ADV}(?:have )?(?:broke|broken|tore|torn|fractured|sprained|dislocated|injured|ruptured"
        rf"|lost) my (?!heart|phone|laptop|glasses|car|promise|keys|job|wallet|mind|temper|dog|cat|mum|mom"
        rf"|dad|father|mother|computer|way|train|voice)(?:\w+ )?\w+",
        rf"{WE} {ADV}(?:have|get) (?:[\w-]+ ){{0,2}}(?:stage fright|panic attacks|travel sickness)\b",
        rf"{WE} {ADV}get (?:really |very |car |sea |motion |travel |easily |super |terribly )?(?:seasick|sea"
        rf" ?sick|carsick|car ?sick|motion ?sick(?:ness)?|travel ?sick|airsick|migraines?|panic attacks"
        rf"|nosebleeds|sunburn\w*|vertigo|cold sores|hives)\b",
        rf"{MY} (?:doctor|gp|cardiologist|dermatologist|neurologist|consultant|psychiatrist|dentist"
        rf"|optician|therapist) (?:just )?(?:told me|says|said|thinks|diagnosed me with|put me on|confirmed"
        rf"|found)(?: that)? (?:I (?:have|am|had) )?(?!to\b|I\b|it\b|that\b|should|should not|more|less"
        rf"|not\b)\w+",
        rf"{MY} (?:left |right |lower |upper )?(?:back|knees?|hips?|shoulders?|neck|eyesight|hearing|heart"
        rf"|memory|lungs|thyroid|kidneys?|hands|legs?|feet|eyes|skin|stomach|ankles?|wrists?) (?:is|are|has"
        rf" been|have been) {ADV}(?:bad|weak|dodgy|not what|shot|gone|artificial|arthritic|failing"
        rf"|sensitive|going|poor|wrecked|knackered|ruined|damaged|terrible)\b",
        rf"{MY} (?:blood type|blood group|resting heart rate|cholesterol|blood pressure|hba1c|bmi|eyesight"
        rf"|hearing|diet) is (?!not|fine|ok|good|great)\w+",
        rf"{WE} {ADV}(?:go to|see|am in|started|am seeing|have been seeing|am having) (?:a |an |my |in )?"
        rf"(?:\w+ )?(?:therapy|therapist|physio|physiotherapist|physiotherapy|counsell?ing|counsell?or"
        rf"|psychologist|psychiatrist|rehab|aa|cbt|chiropractor)\b",
        rf"{WE} {ADV}(?:weigh|am) \d[\d.]* ?(?:kg|kilos?|stone|lbs?|pounds|cm|ft|feet|m\b|metres? tall|')",
        r"(?!it\b|this|that|you|she|he|they)(?:[\w-]+ ){1,3}(?:always )?(?:makes?|gives?) me (?:throw up"
        r"|sick|ill|itch\w*|sneeze|bloated|swell|vomit|hives|a rash|headaches|migraines|heartburn|cough"
        r"|wheeze|nightmares|stomach|wheeze|itchy|swollen)\b",
        rf"(?:dairy|gluten|wheat|milk|lactose|nuts|eggs|caffeine|alcohol|pollen|red wine|cheese|onions"
        rf"|garlic|spicy food|cats|dogs|dust|penicillin|ibuprofen|aspirin|latex|perfume|shellfish|bright"
        rf" lights?|loud noises?) {ADV}(?:gives? me|makes? me|upsets? (?:my|me)|triggers? my|is bad for me"
        rf"|does not agree with me|disagrees with me|set off my|sets off my|is off limits for me|(?:is|are)"
        rf" a no-go for me)",
        rf"{WE} {ADV}cannot (?:hear|see|walk|smell|taste|run|sleep on|lift|bend|kneel|stand for|sit for|use"
        rf" my|swallow|drive because)\b(?! (?:why|how|the|it"
        rf"|that|any|you|anything|what|this|a (?:way|reason)))",
    ),
]
