"""Rules for where the person lives, and what they do for a living or study."""

from __future__ import annotations

from personalization.observing.rules.phrases import ADV, AM, BEEN, MY, PLACE, WE
from personalization.observing.rules.rule import rules
from personalization.observing.vocabulary import NO_OCCUPATION, OCCUPATIONS

PLACES = [
    *rules(
        "place",
        r"(?:I|we) (?:am|are) (?:(?:now|currently|both|all|still|actually|living|over|up|down|here) )*in "
        r"(?-i:[A-Z])(?!(?:anuary|ebruary|arch|pril|ay|une|uly|ugust|eptember|ctober|ovember"
        r"|ecember)\b)[\w'-]+(?!.*\b(?:week|weekend|days?|holiday|trip|until|till|conference|visiting"
        r"|hospital|train)\b)",
        sure=0.8,
    ),
    *rules(
        "place",
        rf"{WE} {ADV}(?:live|am living|are living|have lived|lived|reside|stay|used to live|have been living"
        rf"|am based|are based|rent|am renting|grew up|was raised|were raised|was born|was brought up"
        rf"|settled(?: down)?|spent (?:my|our) (?:childhood|youth|teens|twenties)|have a (?:flat|house"
        rf"|place|room|cabin|cottage)|own a (?:flat|house|place|cabin|cottage)) {ADV}(?:in|near|on|outside"
        rf"|just outside|close to|by|at|around|up|down|out|north|south|east|west|between|next to|abroad"
        rf"|alone|with|off|not far|here in|over in|half|a few|about|some|right|together|and raised|to)"
        rf" ?{PLACE}\w*",
        rf"{AM}{ADV}(?:originally |actually )?from (?!here on|now|scratch|the (?:start|beginning)|time)(?:\w+)",
        rf"{WE} {ADV}(?:come|came|hail) from (?!work|the (?:shop|gym|store|office|doctor)|a (?:meeting|walk))\w+",
        rf"{WE} {ADV}(?:have {ADV})?(?:moved|relocated|emigrated|immigrated|moved back) (?:here |back |out "
        rf"|in |over |away |down |up |house )?{ADV}(?:to|from|into|here|in with|out of|with|last|in|abroad"
        rf"|home)",
        rf"{MY} (?:home ?town|home|flat|house|apartment|city|village|address|town|place|neighbou?rhood"
        rf"|postcode|country) is (?:in|at|on|near|called|a|an|the)? ?(?!so|very|too|cold|messy|full|nice"
        rf"|dirty|on fire|great)\w+",
        rf"{WE} {ADV}(?:have )?(?:bought|rent|own|rented|inherited) (?:an? |our |my )(?:\w+ ){{0,3}}(?:house"
        rf"|flat|apartment|cottage|cabin|farm|farmhouse|barn|condo|studio|bungalow|narrowboat|houseboat|place|home"
        rf"|land)\b",
    ),
]
WORK = [
    *rules(
        "work",
        rf"{WE} {ADV}(?:work|am {ADV}working|have worked|have been working|used to work|worked|have {ADV}worked)"
        rf" {ADV}(?!(?:on|out|hard|through|late|with you|this|it|that|around|for me|for us|fine|well|today"
        rf"|at (?:it|this|that))\b)(?:as|at|for|in|with|from home|remotely|nights?|night shifts?|shifts?"
        rf"|part[- ]time|full[- ]time|freelance|evenings|weekends|abroad|there|four|three|two|\d|shift"
        rf"|early|late shifts?|days|retail|construction|over|self|mostly|double)\b",
        rf"{BEEN}(?:an? |the )?(?:\w[\w-]+ ){{0,3}}?(?:{OCCUPATIONS})s?\b(?! (?:of (?:a|the|my)|about|here"
        rf"|sometimes|up|question|who does))",
        rf"{BEEN}an? (?:[\w-]+ ){{0,3}}?(?!{NO_OCCUPATION}\b)\w{{2,}}(?:er|or|ist|ian|eer|ologist|yst"
        rf"|ician)s?(?= (?:at|in|for|with|by|from|on|to|until|till|since|before|and)\b|,|$)",
        rf"{MY} (?:(?:new|day|current|main|first|old|second|dream|part-time) )*(?:job|profession|occupation"
        rf"|work|employer|company|startup|boss|business|firm|field|trade|career|degree|major|thesis"
        rf"|dissertation|phd|shifts?|office|commute|start-up|side hustle|job title|role|research) (?:is|are"
        rf"|was|involves|starts|takes|has|makes|sells|at|in) (?!(?:so|very|too|killing|driving|annoying"
        rf"|boring|being|an? (?:nightmare|joke|mess|pain)|stressful|great|hard|due|closed|not|hell|fine"
        rf"|good|going|awful|terrible|horrible|okay|done|calling|mad|angry)\b)\w+",
        rf"{WE} {ADV}(?:teach(?! (?:me|us|him|her|them)\b)|taught|lecture|freelance|study|am studying|are studying"
        rf"|studied|have studied"
        rf"|am majoring|major|(?:am doing|did|do|finished|am finishing|started) (?:a|an|my) (?:\w+ )?(?:phd"
        rf"|master|masters|bachelor|degree|apprenticeship|internship|mba|placement|gcses|a-levels|ged)|have"
        rf" (?:a|an|my) (?:\w+ )?(?:phd|master|masters|bachelor|degree|diploma)|graduated|dropped out|am"
        rf" retraining|am training|went to (?:uni|university|college|school)|go to (?:uni|university"
        rf"|college|school|night school)|am at (?:uni|university|college|school)|am in (?:my )?(?:first"
        rf"|second|third|fourth|final|last|\w+ grade|year|high school|college|uni|sixth form|med school|law"
        rf" school|grad school|sales|marketing|finance|hr|it\b|retail|tech|construction|logistics"
        rf"|insurance)|am taking (?:a|an) (?:\w+ )*(?:course|class)|am working towards) ?(?!(?:this|it|that"
        rf"|the (?:text|document|recipe|map)|you)\b)[\w'-]*",
        rf"{WE} {ADV}(?:run|own|manage|founded|started|set up|opened|co-?own|lead|co-founded) (?:a|an|my own"
        rf"|our own|our|the family|my|the) (?:[\w-]+ ){{0,3}}?(?:business|bakery|shop|company|startup"
        rf"|start-up|farm|cafe|café|restaurant|studio|practice|salon|bar|pub|hotel|agency|firm|bookshop"
        rf"|bookstore|store|garage|workshop|nursery|school|clinic|blog|podcast|channel|charity|b&b"
        rf"|guesthouse|vineyard|brewery|food truck|team|department|stall|gallery|campsite|kiosk|newsletter"
        rf"|choir|club|gym|webshop|shop online|etsy \w+|youth \w+|band|pharmacy|deli|florist'?s?|library"
        rf"|kitchen|lab)\b",
        rf"{AM}(?:retired|semi-retired|unemployed|self-employed|self employed|between jobs|out of work"
        rf"|freelance|freelancing|on (?:maternity|paternity|parental|sick|garden) leave|on a sabbatical"
        rf"|looking for (?:a|an) (?:new |first )?(?:\w+ )?(?:job|internship|apprenticeship)|job[- ]?hunting"
        rf"|in charge of|responsible for|employed|home ?schooled|an? (?:\w+ ){{0,2}}by (?:trade|training"
        rf"|profession|day))\b",
        rf"{WE} {ADV}(?:have )?{ADV}(?:retired|quit (?:my|the) (?:\w+ )?job|left (?:my|the) (?:\w+ )?(?:job"
        rf"|company|firm|army|navy)|lost my (?:\w+ )?job|got (?:laid off|fired|made redundant|promoted|(?:a"
        rf"|an|the|my) (?:\w+ ){{0,3}}(?:job|promotion|internship|position|apprenticeship|offer|degree))"
        rf"|was (?:laid off|made redundant|promoted)|changed (?:jobs|careers)|switched (?:jobs|careers)|"
        rf"(?:have )?started (?:(?:a|my|as|at|in) )+(?:\w+ )*(?:job|course|degree|apprenticeship|internship"
        rf"|career|position|role|new|phd|master|training|uni|college|work)|join(?:ed)? (?:the )?(?:\w+ )?"
        rf"(?:army|navy|police|company|team|fire))",
        rf"{WE} {ADV}do (?:the )?\w+ (?:for|at) (?:an?|the|my)\b(?! (?:living wage|sake|same|moment))",
        rf"{WE} {ADV}(?:cook|clean|nurse|intern|preach|guard|serve|wait tables|tend bar|deliver|drive|tutor"
        rf"|manage) (?:[\w-]+ ){{0,2}}?(?:in|at|for|with) (?:an?|the|my|our) \w+",
        rf"{WE} {ADV}(?:have )?{ADV}(?:left|joined|taken over|took over) (?:my |the |our |a )?(?:\w+ )?(?:"
        rf"(?-i:[A-Z])\w+|(?:[\w']+ ){{0,3}}?(?:shop|bookshop|business|company|firm|farm|practice|bakery"
        rf"|cafe|café|pub|restaurant|team|department|board|army|navy|police|force)\b)",
        rf"{WE} {ADV}(?:have )?(?:handed|put|gave) in my (?:notice|resignation)",
    ),
]
