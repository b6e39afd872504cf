"""Statements without their subject, as people type them, written out: "nurse here" is "I am a nurse"."""

from __future__ import annotations

import re

from personalization.observing.vocabulary import (
    BRANDS,
    CONDITIONS,
    DEVICES,
    DIETS,
    FAMILY,
    NATIONS,
    NO_NATION,
    OCCUPATIONS,
    PETS,
    STATES,
    SYSTEMS,
)

NUMBER = r"(?:an?|one|two|three|four|five|six|\d+|twin)"
TRADE = rf"(?:[\w-]+ ){{0,3}}?(?:{OCCUPATIONS}|(?!(?:over|never|ever|after|together)\b)\w{{2,}}(?:er|or|ist|ian))"
STATE = (
    rf"(?:{STATES}|{DIETS}|(?!{NO_NATION}\b)(?:{NATIONS})|retired|self-employed|unemployed"
    r"|left[- ]handed|dyslexic|widowed|divorced)"
)
PARENT = (
    r"(?:(?:single|working|new|proud|stay[- ]at[- ]home|foster) )*(?:mum|mom|dad|mother|father|parent|grand\w+|nan)"
)
SINCE = r"(?:since|for|in|from|with|by|at|on)"
STILL = r"(?:(?:currently|now|still|also|just|recently|finally|mostly|originally|always|only|actually|sadly) )*"
NEW_OWN = (
    rf"(?:{NUMBER}|my|our|the|some) (?:[\w'-]+ ){{0,4}}?(?:{FAMILY}|{PETS}|house|flat|exam|interview|appointment|flight"
    r"|wedding|allergy|job|promotion|deadline|allotment|garden|degree|licen[cs]e|offer)\b"
)

# (how it begins, what stands for that beginning, an example, and what that stands for)
FRAGMENTS = (
    (
        r"(?:both|all)(?: of)? (?:the )?(?=(?:kids|children|boys|girls|parents|sons|daughters)\b)",
        "my ",
        "both kids are coeliac",
        "my kids are coeliac",
    ),
    (r"(?:both|all)(?: of)? (?=(?:my|our)\b)", "", "both my parents are Greek", "my parents are Greek"),
    (
        r"(?:the )?(?=(?:mum|mom|mummy|dad|daddy|gran|granny|grandma|grandad|grandpa|nana|hubby|missus|other"
        r" half)(?:'s|s|) (?:is|has|lives?|works?|had|used|just|cannot|does|loves?|hates?|turns?|was|died|got"
        r"|name|wants|birthday|\d+(?:st|nd|rd|th)|\w+ing)\b)",
        "my ",
        "mum has dementia",
        "my mum has dementia",
    ),
    (
        r"the (?=(?:wife|husband|kids?|dogs?|cats?|twins|baby|in-laws|girlfriend|boyfriend|puppy|kitten|missus|other"
        r" half|little one)(?:'s)? (?:is|are|has|have|name|lives?|works?|goes|go|cannot|turns?|and I|comes?)\b)",
        "my ",
        "the dog's name is Murphy",
        "my dog's name is Murphy",
    ),
    (r"(?=\d\d,? ?(?:yrs?|years?|male|female|m|f|nb|yo|years old)\b)", "I am ", "29, male", "I am 29, male"),
    (rf"the (?=(?:{DEVICES}) is an? )", "my ", "the printer is an Epson", "my printer is an Epson"),
    (
        r"(?:in )?(?:my )?(?=(?:first|second|third|fourth|final|last) (?:year|semester|term) (?!ago|now|is|was)\w)",
        "I am in my ",
        "second year of nursing at Dundee",
        "I am in my second year of nursing at Dundee",
    ),
    (r"(?=off to (?!bed|work|sleep|the)\w)", "I am ", "off to Crete on Sunday", "I am off to Crete on Sunday"),
    (
        rf"(?=(?:ex|former)[- ](?:army|navy|raf|police|marine|{TRADE})\b)",
        "I am ",
        "ex army, 12 years",
        "I am ex army, 12 years",
    ),
    (r"(?=born (?:and (?:bred|raised)|in|on)\b)", "I was ", "born and bred in Hull", "I was born and bred in Hull"),
    (
        r"(?=(?:typing|writing) (?:this )?on (?:an?|my)\b)",
        "I am ",
        "typing this on a cracked Galaxy",
        "I am typing this on a cracked Galaxy",
    ),
    (r"shoe size (?=\d)", "my shoe size is ", "shoe size 47", "my shoe size is 47"),
    (
        rf"(?:it is|its|it's|mine is) (?=an? (?:old |new )?(?:{BRANDS})\b)",
        "I have ",
        "it's an iPad mini 6",
        "I have an iPad mini 6",
    ),
    (
        rf"{STILL}(?=(?:running|using) (?:an? (?:old )?)?(?:{SYSTEMS}|{BRANDS})\b)",
        "I am ",
        "running Debian",
        "I am running Debian",
    ),
    (
        r"(?-i:(?!Nothing|Same|Right|New|Still|First|Beginner|Same|Not)([A-Z][a-z]+)) here$",
        r"I am \1",
        "Tomasz here",
        "I am Tomasz",
    ),
    (rf"(?:an? )?({STATE}) (?:here|myself)\b", r"I am \1", "vegan here", "I am vegan"),
    (
        rf"(?:an? )?(?!(?:I|we|my|the|this|that|his|her|your|their|our|is|anyone|someone)\b)({TRADE}|{PARENT} (?:of"
        rf"|to) [\w ]+?) (?:here|myself)(?=$|,)",
        r"I am a \1",
        "bus driver here",
        "I am a bus driver",
    ),
    (rf"({PARENT} (?:of|to) (?:{NUMBER}|boys|girls|twins))", r"I am a \1", "mum of three", "I am a mum of three"),
    (
        rf"{STILL}((?:not )?(?:strict |lifelong |severely |very |mildly |badly )?(?:{STATE}|allergic"
        rf"|intolerant))(?=$| (?:{SINCE}|to|and)\b)",
        r"I am \1",
        "vegetarian since 2019",
        "I am vegetarian since 2019",
    ),
    (
        r"(?:being|as) (an? )(?=[^,]{3,40}(?:, (?:I|we|my)\b))",
        r"I am \1",
        "as a nurse, I work odd hours",
        "I am a nurse, I work odd hours",
    ),
    (
        r"(never )?been (?=.*\b(?:for|since|all|to|one|an?)\b)",
        r"I have \1been ",
        "been playing cello for 10 years",
        "I have been playing cello for 10 years",
    ),
    (
        r"(?=(?:\w+ed|had|done|taught|run|sung|kept|ridden) .*\bsince\b)",
        "I have ",
        "played rugby since I was 8",
        "I have played rugby since I was 8",
    ),
    (
        rf"({STILL})(?=(?:used to (?:be|work|live|play|have|run|own|teach)|grew up|was (?:born|raised)|come from"
        rf"|lived? (?:in|on|near|with|alone)|work(?:ed)? (?:as|at|for|in|from|with|nights|part|full)|moved (?:here"
        rf"|to|from|back)|quit|retired|stud(?:y|ied) (?!this|that|it|the)\w|taught|teach (?!me|us)\w|lost my|broke"
        rf" my|turned \d\d|got (?:my|an? (?!question|problem|idea|look)|married|divorced|engaged|diagnosed|promoted"
        rf"|laid off|made redundant|into \w+|tickets)|own an?|drive an?|switched|upgraded|booked|signed up"
        rf"|registered|picked up my|sold my|bought (?:an?|our|my)|ordered|cannot (?:stand|eat|drink)|hate|love|adore"
        rf"|loathe|started (?:at|as|with|uni|school|a|my|learning|playing))\b)",
        r"I \1",
        "used to be cabin crew",
        "I used to be cabin crew",
    ),
    (rf"({STILL})(?:got|have) (?={NEW_OWN})", r"I \1have ", "got two kids", "I have two kids"),
    (
        rf"({STILL})(?=(?:living|based|working (?:as(?! expected| intended| planned)|at|for|in|from)|studying"
        rf"|training|learning|expecting|recovering|renting|saving|trying) (?!it\b|this\b|that\b)\w)",
        r"I am \1",
        "based in Ghent",
        "I am based in Ghent",
    ),
    (
        r"(?:an? )?(?=(?:(?:huge|big|massive|lifelong|keen|avid|die-?hard) )(?:[\w-]+ ){1,2}(?:fan|supporter|lover"
        r"|addict|nerd|geek)\b)",
        "I am a ",
        "huge Liverpool supporter",
        "I am a huge Liverpool supporter",
    ),
    (
        rf"(?=(?:[\w-]+ )?(?:{CONDITIONS}|allergy) here\b|type [12] since\b)",
        "I have ",
        "nut allergy here",
        "I have nut allergy here",
    ),
    (
        rf"(?:just |only )?(?:the )?(?=(?:{NUMBER}|no) (?:[\w-]+ )?(?:{FAMILY}|{PETS})(?:$|, | (?:called|named|aged"
        rf"|under|at home)\b))",
        "I have ",
        "two kids, 5 and 8",
        "I have two kids, 5 and 8",
    ),
    (
        r"(not )?(?:really )?(?:a )?((?:big |huge |massive )?(?:fan|lover)) of\b",
        r"I am \1a \2 of",
        "big fan of jazz",
        "I am a big fan of jazz",
    ),
    (
        r"(?=(?:not )?(?:really |too |that )?(?:keen on|fond of|obsessed with|afraid of|scared of|allergic to)\b)",
        "I am ",
        "not keen on olives",
        "I am not keen on olives",
    ),
    (r"(?:diagnosed with|prone to) ", r"I am \g<0>", "diagnosed with gout", "I am diagnosed with gout"),
    (
        rf"((?:bad|severe|chronic|type \w+|mild) )?({CONDITIONS})(?= (?:since|for|runs)\b)",
        r"I have \g<0>",
        "migraines since school",
        "I have migraines since school",
    ),
)
BEGINNINGS = [(re.compile(pattern, re.IGNORECASE), stands_for) for pattern, stands_for, _, _ in FRAGMENTS]


def written_out(statement: str) -> str:
    """The statement with the subject it was said without."""
    for pattern, stands_for in BEGINNINGS:
        if begins := pattern.match(statement):
            return f"{begins.expand(stands_for)}{statement[begins.end() :]}"
    return statement
