"""Rules for devices, and what is said of the person besides: languages, origin, age, how to be helped."""

from __future__ import annotations

from personalization.observing.rules.phrases import ADV, AM, BEEN, MY, PART, WE
from personalization.observing.rules.rule import rules
from personalization.observing.vocabulary import DEVICES, LANGUAGES, NATIONS, NO_NATION, SYSTEMS

DEVICE = [
    *rules(
        "device",
        sure=0.75,
    ),
    *rules(
        "device",
        rf"{WE} {ADV}(?:have|have got|own|use|am using|bought|got|have bought|have just bought|inherited"
        rf"|ordered|built|upgraded to|switched to|drive|ride|am (?:still |now |also )?on(?= (?:an?|my|our|the|this"
        rf"|old|new)\b)(?! the (?:phone|pc|computer|tv|boat|bike|screen|server)\b)|run|am running|sold|replaced|have"
        rf" ordered|use mostly|have an old|swapped|picked up|write on|type on|work on|cook on|game on"
        rf"|commute by|have had|rent|lease|leased|am typing (?:this )?on|read on|traded|got given|was given"
        rf"|self-host|host|fly) {ADV}(?:(?:an?|my|our|the|this|old|new|second|first|own|custom|second-hand"
        rf"|used|refurbished|two|three|on|ancient|company|work|trusty|cheap|little|big|\d+|\d{{4}}) |{PART}"
        rf" ){{0,5}}?(?:{DEVICES})(?:\b|(?<=\d))(?! (?:me|you|is (?:slow|dead)|about|number|call|charger"
        rf"|problem|issue|bill|case|question|calls?))",
        rf"{WE} {ADV}(?:use|am using|run|am running|am on|are on|switched (?:from .{{2,30}} )?to|moved "
        rf"(?:from .{{2,30}} )?to|migrated (?:from .{{2,30}} )?to|installed|have installed|dual[- ]boot"
        rf"|daily|work (?:mostly )?on|develop on|code in|write everything in|have been using|switched over"
        rf" to) {ADV}(?:(?:the|an?|my|mostly|only|now|latest|with|plain) )*(?:{SYSTEMS})\b",
        rf"{MY} (?:(?:new|old|current|main|work|first|only|own|home|gaming|ancient|trusty|company|second"
        rf"|other|personal|daily) )*(?:{DEVICES}|os|operating system|browser|editor|setup|rig|ride|internet"
        rf"|provider|wifi|home server|lawnmower|boiler|heating|stove|cooker|hob|fridge)(?:'s| is| are|"
        rf" runs?| has| have| was| uses?| came with) {ADV}(?!(?:slow|dead|broken|jammed|down|leaking|blocked|dying"
        rf"|acting|so|very|too"
        rf"|not|being|making|on (?:fire|the)|in (?:the|for)|at|off|full|stuck|charging|frozen|hot|loud"
        rf"|hanging|crashing|down|gone|nearly|almost|running (?:out|low|slow|hot)|giving|showing|saying"
        rf"|lagging|beeping|great|good|nice|fine|ok|awesome|amazing|ringing|stolen|lost|empty|locked|dirty"
        rf"|a (?:mess|bit|pain)|just|still|about|starting|getting|flat|out|here|there|connected|overheating"
        rf"|already)\b)\w+",
        rf"{WE} {ADV}(?:switched|upgraded|changed|moved) from (?:an? |my )?(?:\w+ ){{1,3}}to (?:an? |the )?"
        rf"(?:[\w.-]+ ){{0,3}}?(?:{DEVICES}|{SYSTEMS})\b",
    ),
]
OTHER = [
    *rules(
        "other",
        rf"{WE} {ADV}(?:(?:do not|cannot|no longer) )?(?:speak|understand|read|am learning|are learning|have"
        rf" been learning|am fluent in|am studying|learnt|learned|know|grew up speaking|am native in|am a"
        rf" native|am trying to learn|started learning|am brushing up(?: on)?|want to improve my|think in"
        rf"|dream in) {ADV}(?:(?:some|a bit of|a little|basic|fluent|only|mostly|good|decent|conversational"
        rf"|broken|both|a few words of|no|native|school|very|bad|rusty|little|bit|much|any|to speak"
        rf"|near-fluent|passable|my) )*(?:{LANGUAGES})\b",
        rf"{MY} (?:native|first|second|mother|home|main|third|strongest|native) (?:language|tongue"
        rf"|languages)(?: is| are| was|'s) \w+",
        rf"(?:{LANGUAGES}) is (?:not )?my (?:native|first|second|third|mother|strongest|best)\b",
        rf"{MY} (?:{LANGUAGES}) is (?:rusty|bad|terrible|poor|basic|good|fluent|not (?:great|good|very good"
        rf"|the best)|ok|okay|shaky|limited|better|intermediate|quite|really|pretty|still|[abc][12])\b",
        rf"{BEEN}(?:half |part |a |an |originally |proudly |practi[sc]ing |non-practi[sc]ing |devout "
        rf"|lapsed |both )*(?!{NO_NATION}\b)(?:{NATIONS})(?:\b(?! (?:food|music|films|movies|wine"
        rf"|literature|cuisine|cooking|teacher|club|restaurant)))",
        rf"{AM}(?:only |about |almost |nearly |turning |over |a )*(?:1[0-9]|[2-9][0-9]|(?:twenty|thirty|forty|fifty"
        rf"|sixty|seventy|eighty|ninety)(?:-\w+)?)(?: now| this year)?"
        rf"(?: years?(?: |-)old| yo| y/o|yo)?(?:$| (?:now|and|with|years|from|but|this|soon|in|next|on)\b)",
        rf"{WE} {ADV}(?:turn|turned|will turn|will be|am turning|have (?:just )?turned) (?:1[0-9]|[2-9][0-9]"
        rf"|thirty|forty|fifty|sixty|seventy|eighty)\b(?! (?:minutes|km|miles|people|percent|euros|dollars"
        rf"|pages|years from))",
        rf"{MY} (?:birthday|bday|b-day|name day|age|height|shoe size|star sign|date of birth|dob|timezone"
        rf"|time zone|lucky number|ring size|dress size|shirt size|jacket size) (?:is|are|was|'s) (?!"
        rf"(?:great|fun|coming up|over|not|a secret)\b)\w+",
        rf"{WE} (?:was born|were born) (?:on|in|at)\b",
        rf"{AM}(?:left|right)[- ]handed|{AM}ambidextrous|{AM}(?:an? )?(?:twin|triplet|only child|orphan"
        rf"|insomniac|introvert|extrovert|night owl|early bird|morning person|early riser|light sleeper"
        rf"|perfectionist|homebody|beginner|complete beginner|total beginner|feminist|pacifist|slow reader"
        rf"|visual learner|visual thinker|non-?smoker|smoker|blood donor|dog person|cat person|(?:\w+ )?"
        rf"(?:native|beginner|learner))\b",
        rf"{WE} {ADV}(?:have never|never) (?:been to|learnt to|learned to|driven|flown|tried|seen snow|been"
        rf" on|ridden|played|skied|used) (?!(?:it|this|that)\b)\w+",
        rf"{WE} {ADV}(?:get up|wake up|go to bed|go to sleep|start work|finish work|work out|eat dinner|have"
        rf" dinner) (?:at|around|before|by|early|late|every)\b(?! (?:it|tomorrow))",
        rf"{AM}off (?:every|on|each) (?:mon|tues|wednes|thurs|fri|satur|sun)days?\b",
    ),
    *rules(
        "other",
        r"(?:please )?(?:do not|never) (?:ever )?(?:use (?:emojis?|jargon|bullet points|exclamation marks"
        r"|slang|imperial|miles)|sugar-? ?coat|lecture me|patroni[sz]e me|call me|apologi[sz]e)\b.*",
        r"(?:use|answer in|reply in|write in|speak|please use) (?:british|american|simple|plain|easy"
        r"|metric|celsius)\b(?! .*(?:for this|this time|in this|here))\w*.*",
        sure=0.8,
    ),
]
