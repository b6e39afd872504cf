"""A split written afresh, by somebody who had seen neither how recall works nor the splits it is reported on."""

from __future__ import annotations

from bench.memory import afresh_topics
from bench.memory.topic import Material, Topic

TOPICS = (
    *afresh_topics.TOPICS,
    Topic(
        "club",
        ("I've had a season ticket for {v} since I was twelve.", "When {v} lose, my whole weekend is ruined."),
        (
            "Which football team do I support?",
            "Whose scarf would you see me wearing in the stands?",
        ),
        ("Everton", "Ajax", "Celtic", "Werder Bremen", "Real Betis"),
    ),
    Topic(
        "games night",
        ("On Thursdays four of us sit round the kitchen table with {v}.", "Thursday is {v} night with the gang."),
        (
            "What do my friends and I play every week?",
            "A newcomer is joining our Thursday round and would like to study the rules first. Rules of what?",
        ),
        ("Catan", "Carcassonne", "Scrabble", "backgammon", "mah-jong"),
        (
            "Our Thursday crowd got bored with {old}, it's {v} that gets unpacked these days.",
            "We've swapped {old} for {v} at our Thursday get-together.",
        ),
        near="leisure",
    ),
    Topic(
        "craft",
        ("I've got completely hooked on {v}.", "Most evenings you'll find me busy with {v}, it calms me down."),
        (
            "What's my hobby?",
            "My uncle would like to give me supplies for the thing I do in my spare time. What's he to buy?",
            "How do I unwind with my hands once the day is over?",
        ),
        ("crochet", "model railways", "watercolours", "bookbinding", "wood carving"),
        (
            "All the {old} stuff went into the attic, my evenings belong to {v} now.",
            "I lost interest in {old} and threw myself into {v}.",
        ),
        near="leisure",
    ),
    Topic(
        "medication",
        ("I'm on {v}, one tablet every morning.", "I have to swallow {v} daily for the rest of my life."),
        (
            "What medicine do I take?",
            "Is grapefruit juice a problem with the pills I've been prescribed?",
            "I'm at the pharmacy for my repeat prescription and my mind's gone blank, what was it?",
        ),
        ("levothyroxine", "metformin", "ramipril", "sertraline", "omeprazole"),
        (
            "They took me off {old} at the surgery and gave me {v} instead.",
            "Because {old} gave me headaches, I've been switched over to {v}.",
        ),
        near="health",
    ),
    Topic(
        "blood",
        ("The donor card says I'm {v}.", "I turned out to have blood group {v}."),
        (
            "Do you know my blood type?",
            "If I'm ever wheeled into casualty needing a transfusion, what should the bag say?",
        ),
        ("O negative", "AB positive", "A positive", "B negative"),
        near="health",
    ),
    Topic(
        "injury",
        ("I've had trouble with my {v} ever since that skiing accident.", "A fall off a ladder wrecked my {v}."),
        (
            "Where does it hurt me whenever the weather turns?",
            "First Pilates class tonight! Is there anything the trainer should go easy on with me?",
        ),
        ("left knee", "right shoulder", "lower back", "left ankle", "right wrist"),
    ),
    Topic(
        "dish",
        ("You can always win me over with {v}.", "There's nothing I would rather eat than {v}."),
        (
            "What is my favourite meal?",
            "It was a rotten day and I want to cook something that never fails to cheer me up. Ideas?",
        ),
        ("pierogi", "pad thai", "lasagne", "shakshuka", "moussaka"),
        near="food",
    ),
    Topic(
        "dislike",
        ("I can't stand {v}, the smell alone puts me off.", "Keep {v} away from my plate, it's vile."),
        (
            "Is there any food I hate?",
            "The host asks whether there's something I won't touch. What shall I write back?",
            "Which ingredient would make me send a dish back to the kitchen?",
        ),
        ("coriander", "liver", "blue cheese", "beetroot", "aniseed"),
        near="food",
    ),
    Topic(
        "bank",
        ("My current account is with {v}.", "{v} has looked after my salary and savings since I was a student."),
        (
            "Who do I bank with?",
            "The cash machine just swallowed my card, whose helpline do I call?",
        ),
        ("Triodos", "Monzo", "Rabobank", "Nationwide", "Handelsbanken"),
        (
            "I closed my account at {old} and went over to {v}.",
            "All my money sits at {v} these days, I was fed up with the fees at {old}.",
        ),
        near="bills",
    ),
    Topic(
        "electricity",
        ("Our electricity comes from {v}.", "I've signed a power contract with {v} for our place."),
        (
            "Which firm is my energy supplier?",
            "I've just read the meter, where do I send the number?",
            "The lights flicker and I'd like to complain to the people who bill us for it. Who are they?",
        ),
        ("Octopus", "Vattenfall", "Tibber", "Ecotricity"),
        (
            "We cancelled {old}, from this month {v} sends us the electricity bill.",
            "{old} raised the price per kilowatt hour, so I had our contract switched to {v}.",
        ),
        near="bills",
    ),
    Topic(
        "savings",
        ("I'm putting a bit aside each month for {v}.", "One day I'll be able to afford {v}, the jar is filling."),
        (
            "What am I saving up for?",
            "A bonus landed on my account! Which dream of mine does that bring closer?",
        ),
        ("a camper van", "a new kitchen", "a year off", "a pottery kiln", "a sailing boat"),
        (
            "Forget {old}, the money I put by each month is meant for {v} now.",
            "I gave up on {old} and started saving towards {v}.",
        ),
    ),
    Topic(
        "degree",
        ("At university I read {v}.", "I hold a degree in {v} that I've never really used."),
        (
            "What subject did I graduate in?",
            "I'm polishing my CV, what belongs in the education section?",
        ),
        ("geology", "philosophy", "law", "marine biology", "architecture"),
        near="past",
    ),
    Topic(
        "hometown",
        ("I grew up in {v}.", "My whole childhood was spent in {v}, three streets from the station."),
        (
            "Where am I from originally?",
            "I'd love to show somebody my old primary school, which town would we have to drive to?",
            "People ask about my accent all the time. Where did I pick it up?",
        ),
        ("Cork", "Gdansk", "Porto", "Malmö", "Trieste"),
        near="past",
    ),
    Topic(
        "commute",
        ("The {v} gets me to the office and back.", "I do my daily commute on the {v}."),
        (
            "How do I usually get to work?",
            "Transport staff are on strike on Monday. Is that going to mess up my morning?",
        ),
        ("tram", "ferry", "suburban train", "number 7 bus", "underground"),
        (
            "Since the new timetable came in I've been taking the {v} to work, the {old} was hopeless.",
            "I couldn't bear the {old} any more and commute on the {v} now.",
        ),
    ),
    Topic(
        "volunteering",
        ("Every Saturday I lend a hand at {v}.", "I've become a volunteer at {v}, Saturdays only."),
        (
            "What good cause do I give my time to?",
            "Someone would like to drop in on me this Saturday, where will I be busy?",
        ),
        ("the food bank", "the animal shelter", "the repair café", "the hospice shop", "the toy library"),
    ),
)

SEVERAL = (
    ("Which names besides mine go on our family's Christmas card?", ("partner", "daughter")),
    ("Granny is cooking for me on Sunday: what will delight me and what had better stay away?", ("dish", "dislike")),
    ("Will my passport still be good on the day I take off?", ("passport", "flight")),
    ("The hospital form asks for my blood group and my regular tablets, help me fill it in.", ("blood", "medication")),
    ("My surname has changed. Which bank and which power company have to hear about it?", ("bank", "electricity")),
    ("Two lines for a speaker's profile, please: where I was raised and what I studied.", ("hometown", "degree")),
    ("Gift ideas for me: a record by whom, and a novel by whom?", ("band", "author")),
    ("Who do I answer to in my job, and for what?", ("boss", "project")),
)

FILLERS = (
    "The {v} kept me awake until two.",
    "Spent half the afternoon hunting for my {v}.",
    "Somebody on the radio went on and on about {v}.",
    "Saw {v} when I went out for a walk, quite a sight.",
    "Honestly, {v} has turned into a complete mess.",
    "My cousin won't stop raving about {v}.",
    "I finally threw out the {v}.",
    "Had to queue for ages today to get {v}.",
)
FILLED = (
    ("thunder", "party next door", "car alarm", "full moon", "barking across the street"),
    ("keys", "umbrella", "charger", "reading glasses", "left glove"),
    ("crop rotation", "black holes", "tax reform", "Viking ships", "sourdough"),
    ("a heron", "a double rainbow", "two foxes", "a hot-air balloon", "a vintage fire engine"),
    ("online dating", "the postal service", "airport security", "the town council", "customer service"),
    ("her air fryer", "cold showers", "a podcast about spies", "standing desks", "some spa in the hills"),
    ("dead kettle", "mouldy shower curtain", "pile of magazines", "wobbly stool", "cracked mirror"),
    ("a parcel", "a parking permit", "fresh bread", "a replacement key fob", "ice cream"),
)

GENERAL = (
    "How far is the moon from the earth?",
    "Come up with a limerick about a lighthouse keeper.",
    "Convert 72 degrees Fahrenheit to Celsius.",
    "Walk me through how a refrigerator works.",
    "What's the German word for butterfly?",
    "Is it 'fewer people' or 'less people'?",
    "When should I use a hash map rather than a sorted array?",
    "Another word for 'important' that doesn't sound so stiff?",
    "Can vinegar get limescale off a tap?",
    "Who painted The Night Watch, and why is it famous?",
    "Give me a regular expression that matches a postcode like 1234 AB.",
    "Why do cats purr?",
    "Great, exactly what I was after.",
    "Could you put that more simply?",
    "Compare the French and the American Revolution in five bullet points.",
    "What caused the fall of the Western Roman Empire?",
    "Turn these notes into a tidy table with three columns.",
    "If a train covers 240 km in 90 minutes, what is its average speed?",
    "Good evening, are you there?",
    "List the planets from smallest to largest.",
)

MATERIAL = Material(
    ("Iris", "Jonas", "Keira", "Luca", "Mona", "Nils", "Orla", "Pavel"), TOPICS, SEVERAL, FILLERS, FILLED, GENERAL
)
