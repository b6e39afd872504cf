"""A split written afresh, by somebody who had seen neither how recall works nor the splits it is reported on."""

from __future__ import annotations

from bench.memory.topic import Material, Topic

TOPICS = (
    Topic(
        "neighbour",
        ("{v} lives in the flat right below mine.", "The person one floor down from me is {v}, always friendly."),
        (
            "Who has the flat underneath me?",
            "My bathroom is leaking through the floor, whose bell do I need to ring?",
        ),
        ("Mrs Kowalski", "Mr Adeyemi", "Mrs Thornton", "Mr Baptiste", "Mrs Halvorsen"),
        (
            "{old} downstairs has moved away, the flat below mine went to {v}.",
            "Since {old} emigrated, it's {v} living one floor down from me.",
        ),
        near="people",
    ),
    Topic(
        "friend",
        ("I've known {v} since nursery school and we tell each other everything.", "Nobody is closer to me than {v}."),
        (
            "Who's my best friend?",
            "I need a huge favour from somebody I trust blindly. Who springs to mind?",
            "Which of my mates would I want giving a speech at my fiftieth?",
        ),
        ("Imogen", "Rashid", "Callum", "Yuki", "Dolores"),
        near="people",
    ),
    Topic(
        "boss",
        ("I report to {v}.", "At the office {v} signs off my leave and tells me what to do."),
        (
            "Who is my line manager right now?",
            "I woke up with a fever, who do I have to tell that I'm not coming in?",
            "Whose approval will I need if I want a pay rise?",
        ),
        ("Ms Okafor", "Mr Steiner", "Ms Delacroix", "Mr Pereira", "Ms Byrne"),
        (
            "{old} got promoted, so my boss is {v} as of Monday.",
            "They've given me a new manager, {v}, because {old} is on parental leave.",
        ),
        near="work",
    ),
    Topic(
        "project",
        ("They have put me in charge of {v}.", "My main task in the office this year is {v}."),
        (
            "What am I responsible for at work?",
            "The directors want a progress report from me by Friday. On what, again?",
        ),
        ("the warehouse move", "the website relaunch", "the annual audit", "the intern programme", "the staff canteen"),
        (
            "They took {old} off my desk and I'm running {v} instead.",
            "A colleague inherited {old}, and I've been handed {v}.",
        ),
        near="work",
    ),
    Topic(
        "partner",
        ("My better half is {v}, we met at a barn dance.", "I'm married to {v}."),
        (
            "Can you tell me the name of my spouse?",
            "I'm writing a Valentine's card, how do I begin it, dear who?",
            "Who will be sitting next to me at the top table at our silver wedding?",
        ),
        ("Robin", "Alex", "Sascha", "Jules", "Kim"),
        near="family",
    ),
    Topic(
        "daughter",
        ("Our little girl {v} took her first steps last week.", "We named our daughter {v} after a great-aunt."),
        (
            "What did we call our baby girl?",
            "I'm sewing a label into my kid's jacket. Which name goes on it?",
        ),
        ("Matilda", "Saoirse", "Beatrix", "Amara", "Linnea"),
        near="family",
    ),
    Topic(
        "anniversary",
        ("We tied the knot on {v}.", "The registry office married us on {v}, in pouring rain."),
        (
            "What date is our wedding anniversary?",
            "I'm not going to forget our big day again! By when do I need the flowers?",
        ),
        ("9 September", "18 April", "27 July", "1 February", "22 December"),
        near="family",
        dated=True,
    ),
    Topic(
        "passport",
        ("My passport runs out on {v}.", "From {v} on I can't leave the country, that's when my passport expires."),
        (
            "Until when are my travel papers valid?",
            "How much longer can I put off that trip to the passport office?",
        ),
        ("11 November 2026", "6 March 2027", "25 August 2026", "2 January 2028"),
        near="dates",
        dated=True,
    ),
    Topic(
        "flight",
        ("I'm booked on a plane to Toronto on {v}.", "On {v} I fly out to see my aunt in Toronto."),
        (
            "What day does my plane leave?",
            "My suitcase needs to be packed by when, exactly?",
            "From which day will I be away in Canada?",
        ),
        ("15 May", "3 October", "28 August", "10 December", "20 June"),
        near="dates",
        dated=True,
    ),
    Topic(
        "lease",
        ("The lease on my flat is up on {v}.", "Our landlord wants the keys back on {v}."),
        (
            "When do I have to be out of here?",
            "I'm about to book a removal van, for what date should it be at the latest?",
        ),
        ("31 August", "30 November", "15 July", "30 September"),
        near="dates",
        dated=True,
    ),
    Topic(
        "balcony",
        ("My balcony is overflowing with {v}.", "I raise {v} in pots out on the balcony."),
        (
            "What did I plant outside this year?",
            "A friend is going to water my plants while I'm gone, which ones does she need to read up on?",
        ),
        ("tomatoes", "chillies", "sweet peas", "geraniums", "sunflowers"),
        (
            "The frost killed the {old}, so there are {v} in the balcony pots now.",
            "No more {old} on the balcony for me, this spring I planted {v}.",
        ),
    ),
    Topic(
        "walls",
        ("We painted the living room {v}.", "The walls in our lounge are {v}."),
        (
            "What colour is my living room?",
            "There's an ugly scuff behind the sofa. Which tin of paint do I touch it up with?",
            "I'm choosing cushions, what shade do they have to go with in the sitting room?",
        ),
        ("sage green", "mustard yellow", "pale pink", "navy blue", "terracotta"),
        (
            "We were sick of {old}, so as of this weekend the living room is {v}.",
            "I rolled {v} over the {old} in the lounge.",
        ),
        near="house",
    ),
    Topic(
        "heating",
        ("We heat the house with a {v}.", "There's a {v} in our cellar that keeps the whole place warm."),
        (
            "What kind of heating have we got?",
            "The man doing the yearly service wants to know what he'll be looking at in our cellar. What do I say?",
        ),
        ("pellet stove", "heat pump", "gas boiler", "wood burner"),
        (
            "The {old} has been ripped out, a {v} does the heating from now on.",
            "Before the winter we replaced our {old} with a {v}.",
        ),
        near="house",
    ),
    Topic(
        "author",
        ("I devour everything {v} has written.", "{v} is the novelist I keep coming back to."),
        (
            "Which writer do I like the most?",
            "I've got a book token to spend, whose shelf should I head for first?",
        ),
        ("Ursula Le Guin", "Terry Pratchett", "Agatha Christie", "Haruki Murakami", "Elena Ferrante"),
        near="taste",
    ),
    Topic(
        "band",
        ("I own every record by {v}.", "To me {v} will always be the greatest band on earth."),
        (
            "Name the group I listen to more than any other.",
            "Whose tour would make me drop everything and queue for tickets?",
            "Put something on for the car ride that I can sing along to from start to finish.",
        ),
        ("Radiohead", "The Cure", "Massive Attack", "Fleetwood Mac", "Portishead"),
        near="taste",
    ),
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
