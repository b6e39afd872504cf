"""The first topics of the split `afresh`: people, papers, the home, music and games."""

from __future__ import annotations

from bench.memory.topic import Topic

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
)
