"""Signs by which a message is taken apart: pastes, material to work on, fiction, hedges, questions, clauses."""

from __future__ import annotations

import re


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


# A message with one of these holds something that was not typed for this conversation: nothing of it counts.
PASTED = _any(
    r"https?://|www\.\w|\w@\w+\.\w|©|<[a-z/!][^>]*>|\{\{|\{\s*\"|^\s*(?:import|def|class|var|let|const|SELECT) \S",
    r"^\s*(?:from|to|cc|sent|date|subject|re|fwd|betreff)\s*:",
    r"^\s*(?:dear|to whom|sehr geehrte)\b",
    r"(?:^|[.!?]\s+)(?:regards|best|cheers|yours),?\s+[A-Z][a-z]+\W*$|^\s*(?:hi|hello|dear) (?:all"
    r"|everyone|team|colleagues|both)\b",
    r"\b(?:kind|best|warm) (?:regards|wishes)\b|\bsincerely\b|^\s*(?:regards|cheers|yours)\s*,",
    r"\b(?:ignore|disregard|forget) (?:all|any|the|your)?\s*(?:previous|prior|above|earlier) ",
    r"\b(?:system|assistant|user|human|ai|model|note to \w+|instructions?)\s*(?:prompt|message|note"
    r"|override)?\s*\]?\s*:",
    r"\bthe user(?:'s)?\b|\bthis user\b|\b(?:ai|language) models?\b.*\b(?:must|should|shall)\b",
    r"\b(?:save|store|add|write|commit|record) (?:this|that|it|the following)?\s*(?:fact )?(?:to|in"
    r"|into) (?:your |the |long[- ]term )?memory\b",
    r"^\s*(?:chapter|abstract|section|article|appendix|figure|table|page) \d",
    r"^\s*\[?\(?\d{1,2}[:.]\d\d(?:[:.]\d\d)?\s?(?:am|pm)?\)?\]?,? ?-? ?[\w ]{2,20}:",
    r"\b(?:just )?(?:kidding|joking)\b|\bjk\b|(?:^|\s)/s\b|\bsarcas(?:m|tic)\b|\byeah,? right\b|\bas a"
    r" joke\b|^\s*joke\b|\bnot really\W*$",
)
# From here on the message is material to work on, or made up. What was said before counts.
MATERIAL = _any(
    r"(?<!\bi )(?<!\bI )(?<!\bwe )(?<!\bto )\b(?:translate|proofread|proof-read|paraphrase|rephrase"
    r"|reword|transcribe)\b",
    r"(?<!\bI )\b(?:summari[sz]e|fix|correct|check|improve|edit|rewrite|polish|shorten|review|analy[sz]e"
    r"|explain|format|simplify|read|parse|classify) "
    r"(?:this|that|these|the (?:following|below|text|sentence|grammar|email|paragraph)|following|my "
    r"(?:\w+ )?(?:text|e-?mail|grammar|letter|essay|cv|resume|bio|sentence|paragraph|draft|spelling"
    r"|english))\b",
    r"\bhow (?:do|would|can|should) (?:you|i|we|one) (?:say|write|spell|translate|answer|reply|respond"
    r"|phrase|pronounce|put)\b",
    r"\b(?:what|which) (?:does|do|is|would|did) .{0,60}\b(?:mean|wrong with|translat\w+)\b|\bwhat's"
    r" wrong with\b|\b(?:is|does) this (?:sentence|text|correct|sound)",
    r"\b(?:write|draft|compose|generate|create|make|give me|finish|continue|complete|tell me|invent"
    r"|come up with|help me (?:write|with)|need|want|do (?:an?|me|the|one|some))\b[^.!?\n]{0,60}"
    r"\b(?:story|stories|poem|haiku|limerick|sonnet|rap|song|lyrics|novel|chapter|fairy ?tale|fable"
    r"|email|e-mail|letter|message|text|reply|response|speech|toast|bio|ad|advert"
    r"|advertisement|posting|post|tweet|caption|monologue|dialogue|dialog|scene|script|screenplay"
    r"|sketch|joke|essay|article|blog|profile|statement|review|diary|journal|eulogy|vows|card|quiz"
    r"|riddle|persona|character|quote|sentence|sentences|paragraph|note|excuse|complaint|testimonial"
    r"|summary)\b",
    r"\b(?:as if|as though|in the (?:first|second|third) person|from the (?:perspective|point of view"
    r"|pov)|in the (?:voice|style|role) of|pov:|point of view)\b",
    r"\b(?:pretend|imagine|imagining|suppose|supposing|assume|assuming|hypothetical(?:ly)?|picture "
    r"(?:this|yourself)|let's say|lets say|say i (?:am|was|were|have|had)|what if|role[- ]?play\w*|act"
    r" as|in character)\b",
    r"\b(?:quote|lyrics?|caption|headline|title|verse|proverb|saying|slogan|line|song|poem|prompt"
    r"|dialogue|example|sentence|phrase|tweet)\b[^.!?]{0,40}(?::|\bgoes\b|\breads\b)",
    r"\b(?:my|the|a|this|an) (?:main )?(?:character|protagonist|hero|heroine|villain|narrator|npc)\b",
    r"\b(?:here is|here's|heres|below is|this is|see) (?:an?|the|my|what|some)\b[^.!?\n]{0,60}(?::|\n"
    r"|\b(?:e-?mail|letter|text|article|message|document|transcript|note|review|post|poem|story|code"
    r"|draft|got|received)\b)",
    r"\b(?:the|this|an?|his|her|their) (?:e-?mail|letter|text|article|message|document|pdf|page|note"
    r"|review|post|book|website|site|blog|report|paper|contract|leaflet|memo|file|form|study|sign|ad"
    r"|blurb|wiki\w*)\b[^.!?]{0,40}\b(?:says?|said|reads?|states?|claims?|goes|tells?|writes?"
    r"|contains?|starts?)\b",
    r"\b(?:i|we) (?:dreamt|dreamed|had a dream|was dreaming)\b|\bin (?:my|a|the) dreams?\b"
    r"|\bin (?:my|a|the|this|our) (?:\w+ )?(?:story|novel|book|game|campaign|simulation|scenario|film"
    r"|movie|play|song|poem|screenplay|universe|sims)\b(?! (?:club|group|shop|store|society|night|festival|world))",
    r"\b(?:riddle|trivia|maths? problem|word problem|exam question|homework)\s*:",
)
OPENS_FICTION = _any(
    r"^\W*(?:ok(?:ay)?,? |so,? |now,? |hey,? |please,? |can you |could you |let's |lets |from now on,?"
    r" )*(?:imagine|pretend|role[- ]?play|act as|play (?:the|a|an)\b|you (?:are|'re) (?:now )?(?:an?"
    r"|my|the) "
    r"(?!life ?saver|star|genius|legend|angel|hero|gem|great|good|real|big|bit|best|little|lot"
    r"|absolute|treasure|joke|one)|be my (?:boss|teacher|interviewer|opponent|\w+ partner)|we are "
    r"(?:in|on) a (?:story|game|\w+ ship|dungeon|tavern))",
    r"\blet'?s (?:play|do|start) (?:a |an |some )?(?:role|rp|pretend|game|d&d|dnd|text adventure"
    r"|adventure|mock|interview|scene|improv)\w*|\brole[- ]?play\b|\btext adventure\b",
    r"\b(?:i|i'll|i will|ill|i'm|im|i am|let me) (?:be|play|playing|am playing) (?:the|a|an) (?!role"
    r" in|part in|bit|little|lot|\w+ in (?:a|the|our) (?:band|orchestra|team))(?:\w+ )?(?:king|queen"
    r"|knight|wizard|witch|elf|dwarf|pirate|customer|detective|vampire|villain|hero|thief|rogue"
    r"|paladin|bard|captain|astronaut|prince|princess|patient|interviewee|client|dragon|spy|robot"
    r"|alien|merchant|guard|suspect)",
)
ENDS_FICTION = _any(
    r"\b(?:stop|end|enough|quit|done|finish|pause|exit|leave)\b.{0,25}\b(?:role[- ]?play\w*|role|game"
    r"|pretend\w*|acting|story|scene|play|playing|rp|fiction|character|adventure|interview)\b",
    r"\bout of character\b(?: for a (?:second|sec|moment|minute|bit))?:?|\booc\b|\bin real life\b"
    r"|\birl\b|\bfor real\b|\bback to (?:reality|normal|real|me|the real|business|my)\b|\bgame over\b"
    r"|\bseriously(?: now| though)\b|\bno more (?:role|game|pretend)|\bjokes? aside\b|\b(?:the|that) "
    r"(?:game|story|scene|role ?play) is over\b|\breal (?:question|me|life|world)\b",
)
OWN_PART = _any(
    r"\b(?:i am|i'm|im|i'll be|i will be|i play|i'll play|my character|let's play|lets play|we are"
    r"|we're)\b|\brole[- ]?play|\badventure\b|\bd&d\b|\bdnd\b"
)
HEDGED = _any(
    r"\b(?:(?<!even )if|unless|whether|might|maybe|perhaps|possibly|probably|could(?! kill)|would(?! rather| like"
    r" (?:you )?to (?:call|be called))|should|wish"
    r"|hope|hoping|guess|wonder(?:ing)?|almost|feel like|feels like|literally|basically|practically"
    r"|dream(?:t|ed|ing)?|supposedly|allegedly|technically|jokingly|secretly|in another life|next life"
    r"|no idea|not sure|unsure|thinking (?:of|about)|considering|think (?:I|we|my|maybe)|do not know"
    r"|do not think|wanna|want(?:ed)? to|need to|used to think|seems?|sounds like|as good as|for a"
    r" friend|asking for|anyone|somebody|someone who|people who|those who|a person who|apparently"
    r"|imagine|pretend|ought|may (?:be|have)|used to pretend|am told|been told|heard that|shall)\b",
)
STARTS = re.compile(
    r"[.!?]\s+|\n|;\s|\s[-–—]\s|,\s+(?=(?:can|could|please|would|write|help|how|what|and)\b)"
    r"|\s(?:and|but|so)\s(?=(?:can|could|please|need|want|would|give|make|help)\b)",
    re.IGNORECASE,
)
QUESTION_LEAD = re.compile(
    r"^(?:(?:and|so|but|or|also|then|ok|well|now|please|hey|hi|btw) )*(?:what|what's|whats|which|who"
    r"|who's|whose|whom|when|where|where's|why|how|how's|is|are|am|was|were|do|does|did|can|could"
    r"|would|should|will|shall|may|might|has|have|had|any|isn't|aren't|don't|doesn't|didn't|can't"
    r"|won't|wouldn't) "
    r"(?:(?:else|about|come|long|many|much|often|far|kind|sort|type|is|are|was|were|do|does|did|can"
    r"|could|would|should|will|am|has|have|had|to) )*(?:i|we|you|he|she|it|they|there|this|that|these"
    r"|those|my|our|your|his|her|their|the|a|an|one|any\w*|some\w*|every\w*|to|is|are|do|does|did|can"
    r"|should|would|\w+)\b",
    re.IGNORECASE,
)
# A statement inside a question that takes it for granted: "what can I eat, given that I am coeliac?"
GRANTED = re.compile(
    r"\b(?:given (?:that )?|since |considering (?:that )?|as |because |seeing as |now that |bearing in"
    r" mind (?:that )?)(?=(?:I|we|my|our)\b)"
)
LASTING = re.compile(
    r"(?:(?:and|so|also|ok|please),? )*(?:can|could|would|will) you (?:please |maybe |just )*(?="
    r"(?:always|never|only|keep (?:your|all)|from now on|in (?:the )?future|going forward)\b)",
    re.IGNORECASE,
)
SENTENCE = re.compile(
    r"(?<=[.!?…])[\"')\]]*\s+|\n+|;\s+|\s+[-–—]+\s+|\s*\((?!\d{1,2}\))|(?<!\(\d)(?<!\(\d\d)\)\s*"
    r"|\s*—\s*|(?:\s|^)[:;]-?[)(DPp](?=\s|$)|\.{2,}|[\U0001F300-\U0001FAFF\u2600-\u27BF]+"
)
SUBJECT = (
    r"(?:I|we|my|our|he|she|they|it|the|this|that's|that|there|you|your|his|her|their|what|how|which"
    r"|where|when|why|who(?! (?:is|has|was|lives?|works?)\b)|can|could|do|does|did|is|are|should|would|will|any"
    r"|please|give|show|tell"
    r"|help|let|suggest|recommend|make|find|just|also|not|so|never|always|got|allergic|moved|love|hate"
    r"|studying|working|living|based|originally|currently|grew|born|recently|want|need|hope|wish"
    r"|trying|looking|thinking|wondering|anyways?|lactose|coeliac|vegan|vegetarian|pescatarian"
    r"|diabetic)"
)
CLAUSE = re.compile(
    rf"\s*,?\s+(?:and also|and|but|so that|so|because|cause|cos|coz|bc|cuz|although|though|even though"
    rf"|while|whereas|since(?! (?:I|we) (?:was|were|moved|left|started|retired|got)\b)|as|yet|plus|or|which means"
    rf"|meaning|hence|therefore|now that|given that"
    rf"|given|considering)\s+(?={SUBJECT}\b)"
    rf"|(?:\s*,|(?<!\bis)(?<!\bare)(?<!\bam)(?<!\bwas)(?<!\bnot)(?<!\bbeen))\s+so\s+(?!much|many|far|that|long"
    rf"|called)|\s*,\s*(?={SUBJECT}\b)|\s*,\s+(?:but|so|though"
    rf"|although|yet|because|since|and then|then|which|hence|plus)\s+|\s+(?:btw|by the way|fyi|lol"
    rf"|haha\w*|tho|tbh|imo)\b,?",
    re.IGNORECASE,
)
LEAD = re.compile(
    r"^(?:(?:as i(?: have)?(?: already)? (?:said|mentioned|told you)|so basically|basically|well|ok|okay|hi|hiya|hey"
    r"|hello|oh|ah|aw|ugh|yes|yeah|yep|yup|no(?=\s*[,.!:;–-]|\s+(?:I|my|we|but|because|thanks?|wait|actually|sorry"
    r"|not)\b)"
    r"|nope|nah|right|sure|thanks|thank you|cheers|great|nice|cool|perfect|good|lovely|fine|sorry"
    r"|actually|also|and|but|so|plus|because|cause|cos|since|as|anyway|anyways|besides|btw|by the way"
    r"|fyi|ps|p\.s\.|tbh|to be honest|honestly|frankly|for (?:context|info|the record|reference|what"
    r" it's worth)|just (?:so you know|fyi|to say|for info)|as (?:i said|you know|mentioned|a side"
    r" note)|in fact|before we (?:start|begin|go on)|you (?:should|need to|might want to|may want to) know(?: that)?"
    r"|(?:please |also )*(?:remember|note|know|keep in mind|bear in mind"
    r"|don't forget|do not forget)(?: that|:)|i (?:should|ought to|'d|would)(?: probably| also| maybe)? (?:mention"
    r"|say|add|note)(?: that)?|it is just(?: that)?|the (?:reason|only reason)(?: why)? I (?:ask|am asking) is(?:"
    r" that)?|i (?:only )?ask because|what about me|fwiw|i (?:forgot|meant"
    r"|want|wanted) to (?:mention|say|tell you|add)(?: that)?|i have to (?:admit|confess|say)|i must "
    r"(?:admit|confess|say)|first things first|one more thing|another thing|good news|big news|bad"
    r" news|fun fact|quick (?:update|question|one|intro|note|q)|update|news|about me|background|context"
    r"|morning|good morning|evening|good evening|afternoon|again|there|all|everyone(?! calls?)|wow|whoa|hm+|mm+"
    r"|er+m?|um+|uh+|lol|haha\w*|omg|guess what|it's just that|the thing is|thing is|turns out|you see"
    r"|look|listen|mate|dude|man|unfortunately|fortunately|luckily|sadly|happily|finally|apart from"
    r" that|other than that|personally|even so|still|for me|me|in my case|as for me|oh and|same here"
    r"|likewise|today|yesterday|last (?:week|month|year|night|summer|winter)|this (?:week|month|year)"
    r"|recently|lately|these days|nowadays|at home|at work|in general|generally|usually|normally|that"
    r" said|having said that|question|to start|first(?=[,:])|firstly|secondly|finally|a bit about me|some"
    r" background|seriously|out of character(?: for a (?:second|moment))?|in real life|irl|real talk"
    r"|truth is|the truth is|though|however|otherwise)\b[\s,.:!–-]*)+",
    re.IGNORECASE,
)
# "separate to that I get migraines": a few words before the statement itself
BEFORE_IT = re.compile(
    r"(?:(?!(?:that|if|when|who|whom|what|how|why|where|because|said|says|think|thinks|than|whenever"
    r"|wherever|until|before|after"
    r"|like|say|mean|means|tell|told|whether|which|did|do|does|should|would|could|can|will|everything"
    r"|all|things?|stuff|place|people"
    r"|every|not|never|my|our|is|are|was|were|the|since|while|as|or|you|everyone|nobody|anything"
    r"|something|time|way|reason|once)\b)[\w'-]+,? ){1,4}"
    r"(?=(?:I|we) (?:\w+ )?(?:am|are|have|get|live|work|cannot|do not|love|like|hate|play|use|drive"
    r"|speak|prefer|moved|grew|take)\b)",
    re.IGNORECASE,
)
TAIL = re.compile(
    r"(?:[\s,]+(?:btw|by the way|lol|haha\w*|tho|though|actually|too|as well|also|tbh|to be honest"
    r"|honestly|anyway|fyi|just so you know|if that (?:helps|matters)|you know|you see|i (?:guess"
    r"|think|suppose)|sadly|unfortunately|unfortunately for me|thankfully|luckily|please|thanks|thank"
    r" you|xd|x|ha|hah|hehe|omg|ugh|yay|in case (?:that|it|you).*|so (?:yeah|yes)|or so|and (?:stuff"
    r"|so on|such|all that)|etc|obviously|of course|:\)|:d|;\)|in fact|right|ok|yeah|which|and|so|but"
    r"|because|as|since))+\s*$",
    re.IGNORECASE,
)
REQUESTED = re.compile(
    r"(?:write|draft|compose|generate|create|make|give me|tell me|help me|need|want|do|finish)\b", re.IGNORECASE
)
FICTION = re.compile(
    r"stor(?:y|ies)|poem|haiku|limerick|sonnet|rap|song|lyrics|novel|chapter|tale|fable|monologue"
    r"|dialogue?|scene|script|screenplay|sketch|persona|character|quote|sentence"
    r"|perspective|person|pov|voice|style|pretend|imagin|suppos|assum|hypothe|picture|say|what if|play"
    r"|act as|dream|wish|as if|as though",
    re.IGNORECASE,
)
WORDING_ASKED = re.compile(r"how |what |which ", re.IGNORECASE)  # "how do you spell rhythm?": only this was material
# Who is spoken of, if not the person: "Tom plays bass. Been in a band for years."
OTHERS = re.compile(
    r"(?i:he|she|they|it|his|her|their|the|an?|my|our|this|that|these|those|some(?:one|body)|who|every(?:one|body)"
    r"|people"
    r"|there|you|your)\b|[A-Z][a-z]+ (?:is|was|has|had|did|\w+s|\w+ed)\b"
)
