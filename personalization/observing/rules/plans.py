"""Rules for what the person is going to do."""

from __future__ import annotations

from personalization.observing.rules.phrases import ADV, AM, MY, RELATION, WE
from personalization.observing.rules.rule import rules

PLANS = [  # only where a day to come is named
    *rules(
        "plan",
        rf"{WE} {ADV}(?!(?:not|need|want|think|know|thought|was|were|had|did|went|saw|\w+ed|hope|believe|read"
        rf"|heard|found|can|could|would|might|see|got|will|cannot|do|have|love|like|hate|prefer|made|came"
        rf"|took|met|told|said|left|put|bought|lost|won|ate|ran|gave|sent|paid|began|flew|drove|wrote"
        rf"|forgot|slept|spent|felt|kept|am|are|used|mean|feel|remember|guess|wonder|wish)\b)\w+ ",
        rf"{AM}(?:not )?(?!(?:looking for|trying|asking|thinking|wondering|talking|saying|getting (?:an"
        rf" error|a message|this|that|nothing)|having (?:trouble|problems|issues))\b)(?:\w+ing|off|away"
        rf"|back|due|in|at|on|booked|free|invited|supposed to|scheduled|here|abroad|home|busy)\b",
        rf"{WE} {ADV}(?:have|have got|have booked|booked|got|signed up for|registered for|have signed up for"
        rf"|leave|fly|start|begin|move|travel|go|meet|return|graduate|retire|get|plan|plan to|intend to|am"
        rf" planning|finish|will (?:be|have|move|start|fly|go|travel|visit|run|get|become|marry|turn|give"
        rf"|host|present|return|retire|graduate|stay|take|meet|join|leave|spend|drive|compete|perform)|got"
        rf" tickets (?:for|to)|have tickets (?:for|to)|bought tickets (?:for|to)|have to (?:be|go|fly|give"
        rf"|hand in|submit|finish|renew|move|present)|need to (?:be in|renew|submit|hand in|move|finish"
        rf"|pass)|turn|entered|take|sit|host|play|give|run|see|defend|arranged|scheduled|promised|reserved"
        rf"|arrive|depart|land|marry|pick up|hand in|move into|am due|am booked|celebrate|open|perform|join"
        rf"|head|set off|agreed|have been (?:asked|invited)|was invited|got invited|have until|compete"
        rf"|speak|race|attend|meet up|catch|sail|drive|hike|cycle|visit|expect|volunteer|launch|present"
        rf"|submit|retake|throw|become)\b",
        rf"{MY} (?:[\w']+ ){{1,6}}?(?:is|are|starts?|meets?|arrives?|begins?|takes? place|has been moved"
        rf"|got moved|was moved|ends?|runs? out|expires?|comes? up|leaves?|got postponed|was booked"
        rf"|falls)\b",
        rf"{RELATION} (?:is|are) (?:\w+ )?(?:getting|coming|visiting|moving|having|turning|starting|flying"
        rf"|graduating|arriving|due|staying|marrying|leaving|playing|performing)\b",
        rf"{RELATION}(?:'s|s')? (?:\w+ ){{0,3}}?(?:birthday|\d+(?:th|st|nd|rd)|wedding|party|operation|surgery"
        rf"|graduation"
        rf"|christening|funeral|recital|exam|visit|due date|appointment|anniversary|check-?up|school play"
        rf"|first day|baptism|confirmation|bar mitzvah|prom)(?: \w+){{0,3}}? (?:is|are|starts)\b",
        rf"{RELATION} (?:turns?|starts?|graduates?|arrives?|comes?|moves?|gets? married|will|has (?:an?|her"
        rf"|his|their))\b",
        r"(?:the|our) (?:wedding|move|baby|trip|concert|flight|party|marathon|exam|operation|ceremony"
        r"|funeral|reunion|race|surgery|viva|interview|house sale|christening|appointment|conference|gig"
        r"|holiday|cruise)(?: \w+){0,3}? (?:is|are|starts?|takes place)\b",
        sure=0.88,
    ),
    *rules("plan", r"(?:they|he|she|the \w+|my \w+) (?:wants?|asked|invited|needs?|expects?) me to \w+", sure=0.8),
]
DATED_SCRAPS = rules(
    "plan",
    r"(?!looking|thinking|wondering|trying|asking|needing|hoping|considering|speaking|talking|during"
    r"|according|regarding|including|morning|evening|nothing|something|anything|everything|being"
    r"|having|king|ring|thing|spring|bring|sing|string|missing|assuming|starting (?:from"
    r"|with))\w{2,}ing\b(?!'| (?:her|him|them|it|this|that|these|those|one|there)\b)",
    put="I am ",
    sure=0.8,
) + rules(
    "plan",
    r"(?:the |our |my |first |next |an? )*(?:\w+ )?(?:appointment|gig|exam|interview|flight|wedding"
    r"|surgery|operation|viva|move|due date|funeral|birthday|concert|deadline|rehearsal|recital|trip"
    r"|race|marathon|graduation|scan|driving test|re-?opening|party|open day|christening|ceremony"
    r"|check-?up|audition|performance|housewarming|hand-?in|movers?|plumber|electrician|builders?|decorators?|boiler"
    r" man|lease|contract|visa|tenancy|results|baby|delivery|retirement|half-term|chemo|moving day|procedure|biopsy"
    r"|op)(?:(?: \w+){0,5}? (?:is|are|was moved to|has"
    r" moved to|got moved to|moved to|starts?|comes?|arrives?|ends?|expires?|runs out)\b|(?: (?:at|with|in|for) [\w"
    r" ]{2,30})?,? (?:on|next|this|tomorrow|in|mon|tue|wed|thu|fri|sat|sun|\d)\w*)",
    sure=0.78,
)
UNDATED_PLANS = rules(
    "plan",
    rf"{AM}(?:planning (?:an?|our|my|to|on) (?!ask|use|write)|getting married|moving (?:to|house|in"
    rf" with|back to)|training for (?:a|an|the|my)|saving(?: up)? for|preparing for (?:an?|my|the)"
    rf"|applying (?:for|to|as)|about to (?:move|start|become|retire|graduate|have|get married)|going to"
    rf" (?:be a|have a baby|become a|move to|retire|get married|study|adopt)|organi[sz]ing (?:a|an|my"
    rf"|our)|buying (?:a|our|my) (?:\w+ )?(?:house|flat|home|car|apartment)|emigrating|(?:flying|travelling"
    rf"|traveling|driving|heading|off) (?:out |back |over |up |down )*to (?!(?:bed|work|sleep|the|a|an|get|town"
    rf"|lunch)\b)|looking to "
    rf"(?:buy|move|adopt))\b ?\w*",
    rf"{WE} {ADV}(?:plan|intend) to (?!ask|use|write)\w+|{WE} {ADV}(?:have )?(?:signed up for|registered"
    rf" for|booked) (?:an?|my|our|the|tickets?|flights?) \w+|{WE} will be (?:moving|getting married"
    rf"|retiring|starting)\b.*",
    sure=0.78,
)
