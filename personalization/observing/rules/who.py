"""Rules for the person's name, and the people and animals close to them."""

from __future__ import annotations

from personalization.observing.rules.phrases import ADV, AGES, AM, COUNT, MY, NAMED, RELATION, WE
from personalization.observing.rules.rule import rules
from personalization.observing.vocabulary import CIRCLE, DIETS, FAMILY, NATIONS, PETS, STATES

NAME = [
    *rules(
        "name",
        rf"{MY} (?:full |first |last |sur|middle |real |given |nick|family |maiden )*name ?(?:is|'s|was) "
        rf"(?!(?:not|on|in|the|a|an|too|so|very|hard|pronounced|spelled|difficult)\b|mis)\w+",
        sure=0.97,
    ),
    *rules(
        "name",
        r"(?:please |you can |just |do |I (?:would like|want|prefer) (?:you )?to )*(?:call me|be called) (?!back"
        r"|later|when|crazy|old|a |an |if|at|on|in|by|to"
        r"|stupid|paranoid|lazy|silly|tomorrow|names|out|sir\b)[\w'-]+",
        sure=0.9,
    ),
    *rules(
        "name",
        r"(?:everyone|everybody|people|(?:most |my )?friends|most people|they all|my (?:family|mates"
        r"|friends)|everybody here|everyone here)(?: just| usually| always)? calls? me [\w'-]+",
        r"I (?:usually |mostly |just )?go by [A-Za-z]\w+",
        r"I am (?:called|known as) [\w'-]+",
        r"(?:the )?name is (?-i:[A-Z])\w+$",
        rf"{MY} pronouns are \w+",
        sure=0.92,
    ),
    *rules("name", r"(?:real |first |full |last )name(?: is|'s) (?-i:[A-Z])\w+", sure=0.9),
    *rules("name", r"I am (?:[A-Z][a-zéèáàíóúñøöäüåç'-]+)(?: [A-Z][\w'-]+){0,2}(?:, \d\d)?$", sure=0.9, cased=True),
]
PERSON = [
    *rules(
        "person",
        rf"(?:{RELATION}|{MY} (?:\w+ )?{CIRCLE}) (?:is|are) (?-i:[A-Z][a-z]+)(?:$|,? (?:and|who|from|she|he)\b)",
        rf"{MY} (?:{AGES} |\w+ )?(?:{FAMILY}|{PETS}), (?:who (?:is|was|has|lives?|works?)|an? \w+|aged|(?-i:[A-Z])\w+)",
        rf"{WE} {ADV}(?:do )?(?:have|got|adopted|own) (?:[\w-]+,? ){{1,5}}(?:named|called) (?-i:[A-Z])\w+",
        rf"{RELATION} (?:is|are|was|were|got|has been|have been|used to be) {ADV}(?:not )?(?:called|named"
        rf"|an? (?!bit|little|mess|nightmare|pain|star|legend|saint|angel|joke|lot|handful|jerk|idiot"
        rf"|genius|menace|dear|hoot|treasure|monster|bad|good|great|fan of you)\w+|the (?:oldest|youngest"
        rf"|eldest|same|head|manager|captain|director|manager|mayor)|{STATES}|{DIETS}|allergic|retired"
        rf"|married|divorced|engaged|widowed|single|expecting|born|obsessed with|(?:mad|crazy|nuts) about|(?:really "
        rf"|very |so )?into"
        rf"|(?:afraid|scared|terrified) of|in (?:the (?:army|navy|police|raf|hospital)|hospital|year|grade"
        rf"|kindergarten|prison|primary|secondary|nursery|university|college|high school|love with|a"
        rf" wheelchair|care|remission|their|his|her)|from|turning|nearly|almost|about to turn|\d+|one|two"
        rf"|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[\w-]+ (?:years|months|weeks) old"
        rf"|getting (?:married|divorced|engaged)|having (?:a baby|twins|surgery|an operation|a boy|a girl"
        rf"|her|his|their)|moving to|starting|studying|learning|training|due|dead|German|French|{NATIONS}"
        rf"|both|fluent|left[- ]handed|twins|an?|six|deaf|dating|living|based|working|self[- ]employed"
        rf"|unemployed|adopted|teething|house[- ]trained|neutered|blind|lactose|vegan)\b",
        rf"{RELATION} (?:also |still |now |just |only |mostly |both |all |recently |always |really "
        rf"|absolutely |actually |sadly |has |have |had )*(?:lives?|lived|works?|worked|stud(?:y|ies|ied)"
        rf"|teach(?:es)?|taught|runs?|owns?|plays?|played|loves?|loved|likes?|liked|hates?|hated|adores?"
        rf"|prefers?|enjoys?|eats? (?!my|the|a |all|too)|speaks?|collects?|drives? (?!me|us)|goes to|used"
        rf" to|swears? by|cooks?|bakes?|gardens?|coaches|knits?|sails?|runs?|writes?|builds?|fishes|rides?"
        rf"|looks? after|suffers?|died|passed away|moved|turn(?:s|ed)|got (?:married|engaged|divorced|into"
        rf"|a|her|his|their)|graduated|retired|grew up|comes? from|was born|broke (?:her|his|their)|smokes"
        rf"|starts? (?:school|uni|work|nursery|college|secondary|primary|kindergarten|university|\w+ school"
        rf"|in|on|at)|started (?:school|uni|work|nursery|college|at|as|in|a|her|his|playing|learning)|keeps"
        rf" (?!asking|saying|telling|on|me)|lost (?:her|his|their) (?:job|sight|hearing|husband|wife)"
        rf"|served|uses a wheelchair|is getting|raised|remarried|emigrated|volunteers?|sings|paints|swims"
        rf"|gave birth|trains|cannot (?:eat|have|drink|hear|see|swim|walk|stand|fly)|do(?:es)? not (?:eat"
        rf"|drink|like|speak|live|drive|swim|fly|smoke|work)|made me|needs? (?:a wheelchair|glasses|insulin"
        rf"|daily|hearing|medication|special)|takes (?:insulin|medication|\w+ medication)|wears|uses|gets "
        rf"(?:carsick|migraines|seasick|married)|sleeps|weighs|barks|comes home|visits me)\b(?! (?:it|this"
        rf"|that|me|you|to (?:say|tell|complain|joke)|how|when I|your|the (?:idea|way|answer|first|second)"
        rf"|her (?:own|new)? ?(?:idea))\b)",
        rf"{RELATION} (?:has|have|had) {ADV}(?:(?:an?|two|three|four|five|\d+|early|mild|severe|type|just"
        rf"|recently|his|her|their|no|chronic|bad|stage|been diagnosed|own|really|beautiful|long|got) )*"
        rf"(?!to\b|an idea|a point|a (?:\w+ )?(?:question|meeting|deadline|call)|a cold|a go|a look|no idea|a"
        rf" problem|a habit|the|a bad day|a"
        rf" headache|a fever|gone|come|been (?:so|very|really|acting|asking|on|to|in|sick|ill|tired|busy)|a"
        rf" (?:crush|tantrum|tummy|stomach)|asked|told|said|left|forgotten|eaten|taken|made|always (?:been"
        rf"|said)|never (?:said|been)|decided|finally)\w+",
        rf"{MY} (?:{AGES} )*(?:{FAMILY}|{PETS}|{CIRCLE})(?:'s|s')? (?:(?:first |last |nick|middle |full"
        rf" )?name ?(?:is|are|was|'s)|is called|is named|are called|are named|'s called|called|named|was"
        rf" called) (?!\w+ed\b)\w+",
        rf"{MY} (?:{AGES} )*(?:{FAMILY}|{PETS}){NAMED}'s (?:called|named|an? (?!bit|mess|nightmare|pain"
        rf"|joke)|getting married|allergic|expecting|pregnant|from|in (?:hospital|year|the)|turning|\d+"
        rf"|birthday|name|{STATES}|due|studying|a|wedding|funeral|graduation|moving|dog|cat|favou?rite"
        rf"|anniversary|\w+ birthday)\b",
        rf"{MY} (?:\w+ )?(?:anniversary|wedding anniversary|family|parents' \w+|kids' \w+|twins) (?:is|are"
        rf"|was|were|lives?|comes?|has|have|speaks?|own) (?!(?:driving|annoying|so|very|coming over|here"
        rf"|fine|great|crazy)\b)\w+",
        rf"{WE} {ADV}(?:have|had|used to have|have always had|adopted|got|own|keep|just got|fostered|foster"
        rf"|look after|care for|live with|am looking after|share a (?:flat|house|home) with|was raised by"
        rf"|have adopted|lost|inherited|rescued|am getting|are getting|am caring for|take care of|grew up"
        rf" with|have raised|raised) {ADV}(?:{COUNT} )(?:[\w-]+,? ){{0,4}}?(?:{FAMILY}|{PETS}|\w+[- ](?:yr"
        rf"|year)s?[- ]olds?|teenagers|newborn)\b(?! (?:who says|that says|food|hair|toys?|bed|shampoo"
        rf"|sitter|treats|show|in the (?:oven|fridge|freezer|pan|pot)))",
        rf"{AM}(?:happily |recently |newly |not )*(?:married|divorced|engaged|widowed|separated|an? "
        rf"(?:proud )?(?:{FAMILY})|single(?! (?:handed|minded))|expecting(?: (?:a|our|my|twins"
        rf"|another)\b.*)?$|expecting (?:a|our|my|twins)|adopted|dating|seeing someone|in a (?:long[-"
        rf" ]distance |civil |new )?(?:relationship|partnership)|getting (?:married|divorced|engaged)|due"
        rf" in|trying for a baby|having (?:a baby|twins|a girl|a boy)|the (?:oldest|youngest|eldest|middle)"
        rf" (?:of|child|sister|brother)|one of (?:two|three|four|five|six|\d+))\b",
        rf"{WE} {ADV}(?:have )?{ADV}(?:got (?:married|engaged|divorced)|broke up|split up|became (?:a|an"
        rf"|parents|grandparents)|have been (?:married|together|divorced|engaged|single)|met my "
        rf"(?:{FAMILY})|have no (?:kids|children|siblings)|do not have (?:any )?(?:kids|children|siblings"
        rf"|brothers|sisters))\b",
        r"(?:just |recently |finally )*(?:got (?:married|engaged|divorced)) (?:last|in|this|to|two|a)\b.*",
        r"(?:me and|my) (?:wife|husband|partner|girlfriend|boyfriend|fianc\w+)(?: and I)? (?:have been|got"
        r"|are) (?:together|married|engaged)\b",
    ),
]
