"""Rules for what the person likes and does for pleasure."""

from __future__ import annotations

from personalization.observing.rules.phrases import ADV, AM, MY, VAGUE, WE
from personalization.observing.rules.rule import rules
from personalization.observing.vocabulary import INSTRUMENTS, PASTIMES

LIKES = [
    *rules(
        "like",
        rf"{WE} {ADV}(?:(?:do not|cannot|never|no longer|used to|have always|have never) )?{ADV}(?:love"
        rf"|loved|like|liked|enjoy|enjoyed|adore|hate|hated|dislike|prefer|detest|loathe|despise"
        rf"|cannot stand|stand|cannot bear|bear|do not care for|care for|crave|appreciate good) {VAGUE}"
        rf"(?!would)\w+",
        rf"{MY} (?:all[- ]time |absolute |least |current |other )*(?:favou?rite|fave|hobby|hobbies|passion"
        rf"|guilty pleasure|comfort (?:food|film|show)|pet hate|pet peeve|dream (?:car|holiday|destination)"
        rf"|interests|go-to|team|football team|first love|biggest (?:fear|passion)|pastime|thing is|star"
        rf" sign|zodiac sign|religion)\b.{{0,40}}? (?:is|are|include|was|has to be|would be|has always"
        rf" been) (?!(?:the (?:first|second|third|last|one)|not|option|number|that|this)\b)\w+",
        rf"{AM}(?:not )?{ADV}(?:(?:really|much|that) )*(?:more of an? \w+|into (?!a |the (?:problem|room"
        rf"|second|next)|this|that|it|trouble)|an? (?:huge |big |massive |real |total |keen |avid |bit of"
        rf" an? |proper |lifelong |die-?hard |passionate |terrible |hopeless |serious |long[- ]time |much"
        rf" of an? )*(?:fan|lover|addict|enthusiast|supporter|collector|nerd|geek|buff|nut|junkie|runner"
        rf"|cyclist|swimmer|climber|hiker|gardener|reader|gamer|knitter|birder|cook|baker|photographer"
        rf"|sucker for|member of|volunteer)\b|part of (?:an?|the|my|our) \w+ (?:team|group|club|choir|band"
        rf"|orchestra|league)|on (?:the|a|my) (?:\w+ )?(?:team|committee|board)|(?:obsessed with|addicted"
        rf" to|keen on|fond of|crazy about|mad about|nuts about|passionate about|hooked on|partial to"
        rf"|afraid of|scared of|terrified of|frightened of|afraid|picky about|good at|bad at|useless at"
        rf"|terrible at|hopeless at|interested in|not keen on|fascinated by|allergic to)) ?{VAGUE}(?!(?:my"
        rf"|the) (?:answer|reply))\w*",
        rf"{WE} {ADV}(?:have {ADV}|have been |have {ADV}been |took up |have taken up |started |have"
        rf" started |got into |have got into |tried |do |go |went |love |like to |teach |am learning |am"
        rf" teaching myself |did |am getting into |go out |used to do |used to go |used to play )+{ADV}"
        rf"(?:to )?(?:{PASTIMES})\b(?! (?:your|this|that|the|it)\b)",
        rf"{WE} {ADV}(?:play|am learning|am teaching myself|have been learning|have been playing|started "
        rf"(?:learning|playing)|took up|used to play|practi[sc]e|have played|played|am learning to play)"
        rf" {ADV}(?:the |some |a bit of |to play (?:the )?|a little |classical |electric |acoustic |lead "
        rf"|jazz )*(?:{INSTRUMENTS}|{PASTIMES}|in (?:a|an|the)|for (?:a|an|the|my)|video games|computer"
        rf" games|board games|tennis|chess|football|d&d|world of warcraft|minecraft|\w+ball)\b",
        rf"{WE} {ADV}(?:am|have been) (?:restoring|training for|learning|knitting|saving(?: up)? for"
        rf"|renovating|teaching myself|growing|practising|practicing|rewatching|rereading|redoing|doing up|"
        rf"(?:writing|working on|building|designing|making|developing|recording)(?= (?:an?|my|our|the) "
        rf"(?:[\w'-]+ ){{0,3}}?(?:novel|book|thesis|dissertation|memoir|blog|play|screenplay|phd|cookbook"
        rf"|album|musical|degree|startup|house|garden|boat|patent|shed|cabin|pc|deck|tree ?house|kayak"
        rf"|extension|greenhouse|robot|guitar|app|game|board game|website|comic|zine|quilt|trilogy|model"
        rf" railway)\b)) {ADV}(?!(?:it|this|that|you|here|again|something|the (?:code|text|answer|following"
        rf"|recipe|report now|problem|article)|about|to you|from|because|because)\b)(?:an?|my|our|the|some"
        rf"|to|how)? ?\w+",
        rf"{WE} {ADV}(?:go to|attend|belong to|am (?:also )?in|run|joined|have joined|lead|started) (?:an?|the|my|our)"
        rf" (?:[\w-]+ ){{0,4}}?(?:circle|class|club|group|choir|meetup|lessons|church|band|orchestra|league"
        rf"|rehearsals?|society|troupe|guild|gym|support group|book club|quiz team|parkrun)\b(?! (?:of "
        rf"(?:functions|people|words)))",
        rf"{WE} {ADV}(?:sing|play|act|perform|dance|row|swim|coach|train|drum) (?:[\w-]+ ){{0,3}}?(?:in|at"
        rf"|for|with) (?:an?|the|my|our) \w+",
        rf"{WE} {ADV}spend (?:most of |all )?my (?:free time|spare time|weekends|evenings|holidays"
        r"|summers|sundays) \w+",
        rf"in my (?:spare|free) time,? {WE} \w+",
        rf"{WE} {ADV}take (?:my|our) (?:coffee|tea) \w+",
        rf"{WE} {ADV}(?:drink|have) (?:my|our) (?:coffee|tea) \w+",
        rf"{WE} {ADV}have a (?:sweet tooth|phobia|fear of|passion for|soft spot for|black belt|green thumb"
        rf"|thing for|weakness for|season ticket|allotment|vegetable garden|veg garden|pilot'?s licen[cs]e"
        rf"|collection of|big collection|record collection|season pass|huge fear)\b",
    ),
]
