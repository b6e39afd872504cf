"""What many rules begin with: who is spoken of, and the words that may stand between."""

from __future__ import annotations

from personalization.observing.vocabulary import FAMILY, PETS

WE = r"(?:I|we|(?:my \w+(?: [A-Z]\w+)?|me) and (?:I|me|my \w+))"
ADV = (
    r"(?:(?:really|actually|also|still|just|now|currently|recently|always|usually|mostly|only|both"
    r"|absolutely|totally|kinda|quite|very|so|do|even|already|finally"
    r"|originally|mainly|often|sometimes|pretty much|kind of|sort of|rather|all|sadly|unfortunately"
    r"|generally|genuinely|truly|severely|badly|mildly|slightly|extremely"
    r"|terribly|deathly|highly|properly|officially|newly|partly|partially|completely|super|too"
    r"|long since|mad|proudly|a bit|a little|myself|regularly|normally|never really) ){0,4}"
)  # few: two such phrases beside each other share them out in every way
AM = rf"{WE} {ADV}(?:am|are) {ADV}"
BEEN = (
    rf"{WE} {ADV}(?:am|are|was|were|have {ADV}been|became|used to be|trained as|qualified as|will be|am"
    rf" training to be|am studying to be|am training as|am training to become) {ADV}"
)
COUNT = r"(?:an?|one|two|three|four|five|six|seven|no|several|some|many|\d+|a couple of|a few|twin|another|our|my)"
MY = r"(?:my|our)"
AGES = (
    r"(?:late|older|younger|little|big|baby|twin|step|new|old|elderly|teenage|eldest|youngest|oldest"
    r"|middle|only|first|second|dear|other|own|poor|lovely|\d+|[\w-]+[- ]year[- ]old|small|beloved"
    r"|rescue|future|soon[- ]to[- ]be|ex|(?-i:[A-Z])[a-z]+(?:ish|an|ese|ch|sh))"
)
NAMED = r"(?:,? (?!Is|Was|Has|Are)[A-Z][\w'-]+,?| \w+ \([^)]*\))?"
RELATION = (
    rf"{MY} (?:{AGES} ){{0,4}}(?:{FAMILY}|{PETS}){NAMED}"
    rf"(?: and (?:{MY} )?(?:{AGES} ){{0,4}}(?:{FAMILY}|{PETS}|[A-Z]\w+))?"
)
VAGUE = (  # what a liking may not be about: this conversation, or nothing
    r"(?!(?:it|this|that|these|those|them|him|her|you|your|yours|how|when|what|where|why|both|all of"
    r"|none|either|neither|everything (?:about|you)|to (?:know|see|hear|think|have|get|be able|say|ask"
    r"|admit|do this|thank|break|add|make|point|learn more|understand|try|use)"
    r"|the (?:first|second|third|fourth|last|idea|ideas|sound|sounds|way|one|ones|new|other|latter"
    r"|former|previous|next|result|answer|reply|tone|title|ending|version|suggestions?|look|option"
    r"|part|fact|plan|draft|name|style|analogy|recipe you|list)|a (?:table|list|summary|different"
    r"|second|quick)|option|number|version|being told|saying|asking|my (?:answer|life)|the (?:more"
    r"|most)|(?:one|two|three)\b|some of|so far|yourself|myself)\b)"
)
PART = (
    r"(?!(?:this|that|it|up|set|on|to|in|with|for|about|from|of|at|and|problems?|issues?|trouble"
    r"|questions?|never|no|seen|lost|been|forgotten|left|tried|read|heard|put|done|used|made"
    r"|my)\b)[\w.'-]+"
)  # of a device's name
PLACE = (
    r"(?!(?:a|an|my|the) (?:mess|lie|dream|bubble|nightmare|hurry|rush|meeting|moment|shower|car|train"
    r"|bus|pub|shop|office|station|airport|gym|bath|queue|library|fear|hope|past|present|future)\b"
    r"|fear|hope|peace|love|denial|trouble|charge|that|this|it|there|case|reality)"
)
