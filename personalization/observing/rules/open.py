"""Rules with open slots: what the shape of a statement tells, whatever words fill it.

In English the simple present of a deed is a habit ("I paint miniatures"), a perfect with a span of years is a part of
one's life, and "I am a ..." is what one is. What a shape takes in too much is in the lists below.
"""

from __future__ import annotations

from personalization.observing.rules.phrases import ADV, AM, MY, RELATION, WE
from personalization.observing.rules.rule import rules
from personalization.observing.vocabulary import BRANDS, CIRCLE, FAMILY, HOLDINGS, NATIONS, PASTIMES, PETS, one_of

# What no habit is told with in the simple present.
MIND = one_of(  # of the mind and of talk
    "think, mean, guess, know, see, get, need, want, hope, wish, feel, believe, understand, remember, forget",
    "agree, disagree, wonder, suppose, assume, imagine, recall, reali[sz]e, notice, find, doubt, bet, swear",
    "promise, thank, apologi[sz]e, appreciate, care, mind, say, tell, ask, call, hear, look, seem, sound, expect",
    "plan, intend, reckon, figure, gather, fear, worry, miss, owe, deserve, love, like, hate, prefer, enjoy",
    "insist, suggest, recommend, admit, confess, accept, mention, argue, conclude, describe, quote, cite, spell",
    "pronounce, welcome, rely, depend, sense, recogni[sz]e, dare, beg, demand, request, rate, rank",
)
MANY = one_of(  # of many uses; as habits they are below
    "try, go, come, give, take, have, do, show, live, meet, bring, keep, share, watch, stay, read, eat, drink",
    "make, run, write, play, walk, wake, cook, bake, sleep, work, study, spend, wear, own, sell",
)
STEP = one_of(  # steps of doing something on a screen, in a kitchen, in a game
    "add, answer, apply, attach, attack, become, begin, blend, boil, book, bow, browse, buy, calculate, cast",
    "change, charge, check, choose, chop, click, clone, close, commit, compare, compile, connect, convert, copy",
    "count, crack, cross, cry, cut, debug, declare, define, delete, die, discover, divide, download, drag, drain",
    "draw, drop, end, enter, execute, fail, finish, fix, fry, google, grab, grate, hang, happen, heat, hit, hold",
    "hover, ignore, import, initiali[sz]e, install, knead, laugh, lean, leave, log, loop, lose, marinate, merge",
    "mix, move, multiply, open, order, panic, pass, paste, pay, peel, pick, plug, point, pour, preheat, press",
    "pretend, print, pull, push, put, reboot, receive, refer, refresh, remove, replace, reply, reset, restart",
    "return, rinse, round, save, scroll, search, season, select, send, serve, set, sign, sit, skip, slice",
    "slipped, smell, soak, solve, spot, sprinkle, stand, start, stepped, stir, stop, submit, subtract, surrender",
    "swap, swipe, switch, tap, taste, test, throw, tripped, turn, type, unplug, update, upload, use, wait, whisk",
    "win",
)
PAST = one_of(  # told as past
    "went, saw, made, took, came, thought, knew, got, gave, told, said, felt, left, kept, met, ran, ate, drank",
    "slept, wrote, bought, brought, caught, found, heard, lost, paid, sent, spent, stood, understood, won, broke",
    "chose, fell, flew, forgot, hung, hid, led, rang, rode, rose, sang, sat, shook, shot, slid, sold, spoke",
    "stole, stuck, swam, swore, threw, tore, woke, wore, hurt, cost, became, dug, drew, fed, held, laid, dealt",
    "built, burnt, learnt, meant, (?!breed|feed)\\w+ed, \\w+ing, \\w\\w+ly, spat, shut, split, spread, burst, lit",
    "bit, blew",
)
NO_DEED = one_of(  # no deed at all
    "am, are, was, were, had, did, does, will, would, can, could, should, might, may, must, shall, cannot, let",
    "also, just, never, always, not, only, still, now, then, and, or, but, to, in, on, at, for, of, with, from",
    "as, if, i, we, you, he, she, it, they, a, an, the, my, our, this, that, so, too, all, both, even, ever",
    "once, maybe, gonna, accidentally, kind, sort, really, second",
)
MOMENTARY = rf"(?:{MIND}|{MANY}|{STEP}|{PAST}|{NO_DEED})"
# The same, where what is done makes it a habit: "I bake for the market", but not "I bake it for an hour".
HABIT = r"(?:make|bake|cook|run|write|read|watch|eat|drink|play|walk|sleep|wear|sell|grow|keep|study|draw|sew|teach)"
ONLY_NOW = one_of(  # what follows such a verb if it is no habit
    "this, that, these, those, it, them, him, her, you, your, the, a, an, my, our, to, up, out, off, on, in, at",
    "for, of, and, or, so, no, not, any\\w*, some\\w*, every\\w*, nothing, how, what, when, where, why, who, if",
    "about, all, more, less, better, too, very, one, ones, enough, much, many, here, there, again, now, today",
    "things?, stuff, me, us, myself, back, down, over, with, from, into, by, as, like, than, errors?, problems?",
    "trouble, results, instructions, steps, answers?, words",
)
OFTEN = (
    r"(?:(?:every|each|most) (?:single |other )?(?!time)\w+|(?:once|twice|\w+ times|\d+x) (?:a|per) \w+"
    r"|on (?:the side|weekends|(?:mon|tues|wednes|thurs|fri|satur|sun)days?)|at (?:the )?weekends?"
    r"|for (?:a living|fun|a hobby)|(?:to|from) work|after work|in my (?:spare|free) time|part[- ]time|full[- ]time"
    r"|regularly|daily|a lot|in (?:summer|winter))\b"
)
ACCIDENT = one_of(  # what one keeps, makes or runs only now
    "sure, sense, notes?, mistakes?, track, money, going, late, well, first, out, progress, changes, knight",
    "king, queen, rook, bishop, pawn, cards?, instructions?, errors?, plans, excuses, dinner, lunch, soup",
)
NOBODY = one_of(  # "I am a ..." that says nothing of the person
    "bit, little, tad, mess, loser, idiot, lot, bother, sucker, believer, disaster, failure, goner, wreck",
    "zombie, fool, robot, computer, genius, legend, god, king, queen, monster, killer, potato, ghost, liar",
    "joke, burden, pain, rock, few, couple of, minute, hour, day, week, step, mile, second, moment, million",
    "thousand, hundred, percent, danger, star, user, customer, character, human, human being, person, man of",
    "woman of, guy who, girl who, big girl, big boy, grown[- ]?up, dead man, lost cause, slow, fast, sinner",
    "winner, saint, child at, open book, fan of (?:your?|this|that|it|the \\w+), good, bad, better, worse, no",
    "not, thought, test, number, variable, function, string, machine, program, sentence, word, very, nobody",
    "nothing, case, head, fly on, stranger to, bag of, ball of, bundle of, shadow, bull in, deer in, fish out",
    "broken record, vampire, superhero, wizard, billionaire, millionaire, defendant, tester, hater, former",
    "other",
)
UNTOLD = one_of(  # in "my dad ...s": what says nothing of him, or is no verb
    "is, was, has, does, says, thinks, wants, needs, asks, tells, calls, comes, goes, sends, gives, looks, seems",
    "feels, gets, makes, takes, puts, sounds, knows, hopes, texts, insists, reckons, claims, mentions, agrees",
    "means, leaves, lets, tries, shows, brings, stays, sits, stands, starts, stops, wonders, keeps, suggests",
    "recommends, believes, bets, sees, finds, arrives, visits, laughs, cries, buys, books, pays, waits, expects",
    "forgets, jokes, treats, toys, turns, deserves, wakes, hears, \\w*ss, as, us, this, his, its, dogs?, cats?",
    "sons?, kids, friends, things, ours, yours, times, eyes, shoes, clothes, parents, pictures, photos, teeth",
    "nails, claws, ears, paws, legs, names, years, days, hands, birthdays, cards, games, rules, words, views",
    "feelings, plants, keys, emails, messages, results",
)
# What is said of this conversation, or of a thing before one's eyes, is no habit.
AT_LARGE = (
    r"(?![^,]*\b(?:it|this|that|these|those|them|you|your|yours|here|now|again|then|on (?:the|my) list"
    r"|the (?:one|answer)|the same$)\b)"
)
LONG = (
    r"(?:for (?:\w+ ){0,3}(?:years?|months|decades)"
    r"|since (?:\d+|I was|school|uni|child|college|birth|lockdown|(?-i:[A-Z]))"
    r"|all my life|my (?:whole|entire) life|(?:\w+ times|twice|once)$)\b"
)
LONG_AGO = (
    r"(?:in (?:19|20)\d\d|last (?:year|spring|summer|autumn|fall|winter)|(?:years?|months) ago"
    r"|when I was (?:\d+|an?|young|little|small|six|seven|eight|nine|ten|at)"
    r"|as a (?:kid|child|teen\w*|student|boy|girl)|in lockdown|at (?:uni|school))\b"
)
OPEN = [
    # "I paint miniatures", "I nurse on a ward", "we cycle everywhere"
    *rules(
        "like",
        rf"{AT_LARGE}{WE} {ADV}(?!{MOMENTARY}\b)[a-z]{{3,}} (?!(?:the|to|up|out|off|back|down|over|away|and|so|if"
        rf"|how|what|when|where|why|who|whether|into|no|any\w*|some\w*|every(?:thing|one|body)|nothing|more|less"
        rf"|better|too|very|one|ones|enough|much|me|us|errors?|problems?)\b)\w+",
        rf"{AT_LARGE}{WE} {ADV}(?!{MOMENTARY}\b)[a-z]{{3,}} to (?!{MOMENTARY}\b)[\w-]+(?:s|ing|ry|music|radio|work"
        rf"|school)\b",
        rf"{AT_LARGE}{WE} {ADV}(?:{HABIT}) (?:far |way |my own |our own )?(?!{ONLY_NOW}\b)(?!\w+ing\b|{ACCIDENT}\b)\w+",
        rf"{AT_LARGE}{WE} {ADV}(?:(?!{MOMENTARY}\b)[a-z]{{3,}}|{HABIT}) (?:[\w'-]+ ){{0,6}}?{OFTEN}",
        rf"{AT_LARGE}{WE} {ADV}do (?:not do )?(?:a (?:bit|lot) of |some |\d+[- ]?(?:hour|h) |a little"
        rf" )*(?!{MOMENTARY}\b)(?!{ONLY_NOW}\b)(?!(?:well|fine|good|great|okay|ok|best|know|believe|agree|have|exactly"
        rf"|just|need|want|like|wrong|right|what|same)\b)[\w-]+",
        rf"{AT_LARGE}{WE} {ADV}(?:do not|never|cannot|no longer) (?:even |really |actually"
        rf" )?(?:(?!{MOMENTARY}\b)[a-z]{{3,}}|{HABIT})(?:$| (?!(?:the|to|out|up|well|right|properly|any(?:thing"
        rf"|more)?)\b)\w+)",
        # "I have been at the same firm for 18 years", "I sold my business last year"
        rf"{AT_LARGE}{WE} {ADV}have {ADV}(?!(?:tried|looked|asked|read|waited|thought|wanted|meant|seen|heard"
        rf"|needed)\b)\w+ .*\b{LONG}",
        rf"{AT_LARGE}{WE} {ADV}(?!(?:thought|asked|read|heard|saw|tried|wanted|knew|guess|think|will|would|said|told"
        rf"|am|are|have|do)\b)\w+ .*\b{LONG_AGO}",
        rf"{AT_LARGE}{WE} once (?!(?:more|again|I|you)\b)\w+ \w+",
        rf"{AT_LARGE}{WE} have (?:written|published|run|completed|climbed|visited|lived in|restored|built|made"
        rf"|raised|recorded|won|directed|coached|walked|cycled|sailed|been to) (?:\d+|two|three|four|five|six|seven"
        rf"|eight|nine|ten|a dozen|several|a few|many) \w+",
        rf"{AT_LARGE}{WE} have never (?!(?:seen|heard|tried|had|thought|said|used|noticed|got|found|read|understood"
        rf"|known|been (?:so|sure|good))\b)[a-z]+ (?!(?:of|about)\b)\w+",
        rf"{AT_LARGE}{WE} {ADV}used to (?!(?:so|think|be able|be (?:a (?:bit|lot)|fun|good|better|easier|cheaper)"
        rf"|having?|the|hear|see|get)\b)\w+",
        rf"{AT_LARGE}{WE} {ADV}(?:have )?(?:started|taken up|got into|took up|switched to|converted to|given up|gave"
        rf" up|stopped) (?!(?:to|on|at|with|reading|writing|thinking|wondering|getting|seeing|working on"
        rf"|feeling)\b)\w+",
        rf"{AT_LARGE}{WE} {ADV}find [\w' -]+? (?:unbearable|boring|hard|difficult|easy|relaxing|calming|disgusting"
        rf"|exhausting|stressful|confusing|tedious|fascinating|overwhelming|gross|too \w+|soothing)\b",
        rf"{AT_LARGE}{WE} (?:cannot get enough of|would (?:much |always |far )?rather (?!(?:not|have|use|go"
        rf" with)\b)\w+ .*\bthan) \w+",
        rf"{WE} {ADV}(?:do not |no longer )?(?:have|own) (?:an? |any |no |two )?(?:(?!cold|hot|not|got)[\w-]+"
        rf" ){{0,2}}?(?:{HOLDINGS})(?=$|,| (?:and|or|but|in(?! mind)|at|with|so|anymore|any more|of)\b)",
        r"(?!(?:it|this|that|these|those|you|he|she|they|we|I|what|which|the|your|his|her)\b)(?:[\w-]+"
        r" ){1,3}(?:scares?|terrif(?:y|ies)|freaks?|frightens?|relaxes|relax|calms?|bores?|disgusts?|stresses) me\b",
        rf"(?:{PASTIMES}) is my (?:favou?rite|passion|hobby|thing|life|escape|therapy)|[\w' -]+ (?:is|are) a no from"
        rf" me|give me [\w' -]+ over [\w' -]+ any day|home is (?:an?|in|the|on|near|(?-i:[A-Z]))",
        rf"{MY} (?:\w+ )?(?:fav|fave|favs) \w+(?: \w+)? (?:is|are) (?!the\b)\w+",
        rf"{WE} {ADV}(?:rent|commute|garden|knit|crochet|hike|sail|surf|ski|homeschool|freelance|foster|compost"
        rf"|cycle|swim)$",
        rf"{AM}(?:both|all|mostly) (?:[\w-]+ ){{0,2}}?\w+(?:ers|ors|ists|ians|ics|ans|mates)\b(?! (?:of|about))",
        rf"{AM}(?:an? \w+ )?in (?:my|our) (?:early |mid |late |mid-|late )*(?:\w+ties|\d0s|teens)\b|{AM}(?:pushing"
        rf"|nearly|almost|about to turn) \d\d\b|it is my \d+(?:st|nd|rd|th)\b",
        r"there (?:are|is) (?:\w+ of us|only me|just me|just the two of us)\b.*\b(?:home|house|flat|family"
        r"|household)\b|it is just (?:me and my|the two of us|me at home) ?\w+",
        rf"{WE} {ADV}have (?:(?:very|really|no|a bad|bad|a terrible|a good|perfect|poor) )*(?:[\w-]+ )?(?:hair|skin"
        rf"|eyes|feet|teeth|hands|hips|knees|sense of \w+|pitch|memory|eyesight|hearing|freckles|dreadlocks|accent"
        rf"|tattoos?|piercings?|scars?)\b(?! (?:on|in|of))",
        rf"{MY} (?:\w+ )?(?:hair|skin|eyes|soil|accent|garden|balcony|roof|kitchen|bathroom|voice|complexion) (?:is"
        rf"|are|faces?|gets?) (?:(?:naturally|very|really|quite|pretty) )*(?!(?:wet|dirty|messy|a mess|ready|done"
        rf"|full|cold|too|so|sore|tired|itchy)\b)\w+",
        rf"{WE} {ADV}(?:have )?(?:passed|failed) my (?:[\w-]+ ){{0,3}}?(?:test|exams?|finals|bar|viva|theory"
        rf"|a-levels|gcses)\b|{WE} cannot \w+ to save my life|no [\w -]+ for me$|{AM}(?:short|tall|only)?,? ?\d{{3}}"
        rf" ?cm\b",
        r"(?!(?:it|this|that|these|those|you|he|she|they|we|I|what|which|the|your|his|her)\b)(?:[\w-]+ ){1,3}makes?"
        r" me (?:happy|sad|anxious|nervous|calm|sleepy|dizzy|cry|jittery|hyper|gassy)\b",
        rf"{WE} am trying to (?:cut (?:down|back)|quit|give up|lose|learn|eat (?:less|more)|stop|save|get (?:fit"
        rf"|pregnant|better at)) \w+|[\w' -]+ (?:is|are) (?:best|better|hard|tough|difficult|too much) for me$",
        r"(?:I use|use|I am \w+,|my pronouns are) (?:she|he|they)/\w+",
        rf"{MY} (?:[\w-]+ ){{1,3}}(?:is|are) (?:an? )?(?:[\w-]+ )?(?:{BRANDS})\b",
        rf"{AM}\d\d,? (?:male|female|m|f|nb)\b|{AM}up at \w+ (?:every|most|each)\b",
        sure=0.8,
    ),
    # "I sleep badly", "I bruise easily"
    *rules(
        "health",
        rf"{WE} {ADV}(?:sleep|hear|see|bruise|burn|blush|tire|digest|walk|faint|freeze|sweat|cough|snore|stutter"
        rf"|stammer) ?(?:really |very |so )?(?:badly|poorly|lightly|easily|terribly|slowly|with a \w+|little|on my"
        rf" \w+|in my sleep|a lot)\b",
        rf"{WE} {ADV}(?:stammer|stutter|snore|lisp|sleepwalk|lip-?read)\b",
        rf"{WE} {ADV}(?:have|had|have had|am having) (?:my|an?|two|three|several) (?:wisdom teeth|[\w-]*(?:section"
        rf"|ectomy|plasty|graft|stent|bypass|filling|abortion|pregnanc)\w*)",
        rf"{AM}on (?:the|a) (?:(?:autism|autistic|waiting|transplant|donor) )+\w+",
        rf"{WE} {ADV}(?:have|have had|get|live with|suffer from) (?:[\w-]+ ){{0,3}}(?:pain|aches?|allerg\w+|phobia"
        rf"|disease|deficiency|syndrome|disorder|condition|infection|injury|ulcers?|reflux|palpitations|cramps|tics"
        rf"|seizures|attacks)\b(?! (?:today|now|from|because))",
        rf"{WE} (?:had|have had) my \w+ (?:out|removed|replaced|done)\b|{MY} (?:left |right )?(?:ear|eye|knee|hip"
        rf"|arm|leg|hand|thyroid|shoulder) (?:does not|do not|never) works?",
        rf"{MY} (?:doctor|gp|consultant|psychiatrist|dentist|midwife) has (?:got )?me on \w+|[\w' -]+ (?:makes|make)"
        rf" my (?:\w+ )?(?:joints|skin|asthma|eczema|migraines?|back|knees?|stomach|head|eyes|hands) \w+|[\w -]+"
        rf" sets? off my \w+|[\w' -]+ brings? me out in \w+",
        rf"{AM}registered (?:blind|disabled|deaf|partially)\b",
        rf"{WE} {ADV}(?:react|swell|break out|come out) (?:badly |in (?:hives|a rash|spots) )?(?:up )?(?:to|from"
        rf"|with|after|when) \w+",
        rf"{WE} {ADV}(?:have|avoid|skip|limit) (?:dys\w+|a dys\w+)|{WE} {ADV}avoid (?:anything|all|any|most)?"
        rf" ?(?!(?:it|this|that|you|the|using|being|having)\b)\w+",
        rf"{MY} (?:doctor|gp|physio|dentist|midwife|consultant|therapist|optician|nurse|cardiologist) (?:says|said"
        rf"|told me|wants me|has told me|put me|thinks|banned|advised) .*\b(?:no|not|never|off|avoid|stop|low|less"
        rf"|until|till|have|need)\b.*",
        rf"{WE} {ADV}wear (?:[\w-]+ )?(?:bifocals|varifocals|contacts|lenses|glasses|a brace|braces|a \w+ aid"
        rf"|compression \w+)\b",
        r"(?!(?:it|this|that|these|those|you|he|she|they|we|I|what|which)\b)(?:[\w-]+ ){1,2}(?:could|would|will|can"
        r"|nearly|almost) (?:kill|hospitali[sz]e|choke) me\b",
        sure=0.8,
    ),
    # "I am a postie", "we are a vegan family"
    *rules(
        "work",
        rf"{AM}(?:now )?(?:an?) (?!(?:[\w-]+ )?{NOBODY}\b)(?:[\w-]+ ){{0,4}}?(?!(?:{NOBODY})\b)[\w-]{{3,}}(?=$|,|"
        rf" (?:at|in|for|with|by|from|on|since|and|of|to|who|here|now)\b)",
        sure=0.8,
    ),
    *rules(
        "person",
        rf"(?!{MY} (?:\w+ )?\w+ {UNTOLD}\b){RELATION} {ADV}(?!{UNTOLD}\b)[a-z]{{2,}}s(?:$|,| (?!(?:are|is|were|have"
        rf"|it|this|that|me|you|to (?:me|say)|how|what|when|if|the (?:same|answer|idea))\b))",
        rf"{RELATION}(?:'s| is| are) {ADV}(?:{NATIONS})$",
        rf"{RELATION} (?:is|are) {ADV}(?:away )?(?:at|in|on|with) (?!(?:the|a|an|it|this|that|home|here|there"
        rf"|trouble|bed|work|my|your|me|us)\b)(?:[\w-]+ ?){{1,4}}",
        rf"{RELATION} {ADV}(?:married|fought|served|emigrated|founded|survived|beat|won|invented|fled|immigrated"
        rf"|adopted|studied|worked|lived|was a|were|came (?:over |here )?from)\b (?!(?:it|this|that|out|up)\b)\w+",
        rf"{RELATION} (?:cannot|can not|will not|never|does not|do not) (?:have|eat|drink|drive|walk|hear|see|speak"
        rf"|read|swim|fly|work|sleep|tolerate|smoke|like|do|touch|stand|handle)(?:$| (?!(?:it|this|that|me|you)\b))",
        rf"{MY} (?:{CIRCLE}) (?-i:[A-Z])\w+(?:'s| is) (?:an? \w+|\w*an|vegan|vegetarian|from|allergic|pregnant|deaf"
        rf"|blind|getting married|called)\b",
        rf"{AT_LARGE}{MY} (?:{CIRCLE}) (?-i:[A-Z])\w+ {ADV}(?!{UNTOLD}\b)[a-z]{{2,}}s \w+",
        rf"(?:my (?:{FAMILY})(?: [A-Z]\w+)? and I|{WE}) {ADV}(?:share|split|have (?:joint|shared)) (?:an?|the"
        rf"|custody|parenting) ?(?:[\w-]+ )?\w+",
        rf"{WE} have (?:{FAMILY}|{PETS})\b",
        sure=0.8,
    ),
    *rules(
        "place",
        rf"{WE} {ADV}(?:have|own|rent|share) (?:an?|our own|my own) (?:[\w-]+ ){{0,3}}?(?:garden|patch|plot"
        rf"|allotment|yard|balcony|terrace|shed|greenhouse|orchard|pond|flat(?! tyre| tire| battery)|house|cottage"
        rf"|cabin|apartment|room|studio|bungalow|barn|loft|boat|attic|basement)\b",
        sure=0.8,
    ),
    *rules(
        "work",
        rf"{WE} {ADV}(?:have )?{ADV}been made redundant|{WE} {ADV}(?:have )?got into (?-i:[A-Z])\w+",
        rf"{WE} {ADV}(?:do|am doing) (?:an? |my |the )?(?:[\w-]+ ){{0,3}}?(?:course|degree|diploma|certificate"
        rf"|training|apprenticeship|traineeship|placement|internship|residency|a-levels|phd|masters?)\b",
        rf"{WE} {ADV}(?:chair|head|lead|edit|manage|supervise|coordinate) (?:the|an?|our|my) (?!(?:code|text|risk"
        rf"|way)\b)\w+",
        rf"{AT_LARGE}{WE} {ADV}(?:run|own|manage) (?:an?|our|my own|my) (?:[\w'-]+ ){{1,5}}?(?:place|in (?-i:[A-Z])"
        rf"|with my|from home|online|on etsy)",
        rf"{AM}(?:an )?(?:ex|former)[- ]\w+|I was born and (?:bred|raised)",
        rf"{WE} {ADV}own (?:an?|the|my own|our own) (?:[\w-]+ ){{0,3}}?\w+(?:ery|ette|age|shop|store|bar|company"
        rf"|business|salon|agency)\b",
        sure=0.85,
    ),
    *rules(
        "other",
        rf"{AM}an? (?:aries|taurus|gemini|cancer|leo|virgo|libra|scorpio|sagittarius|capricorn|aquarius|pisces)\b",
        sure=0.85,
    ),
]
