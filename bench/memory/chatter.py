"""What else the personas of the test split say and ask: several facts at once, small talk, and things of no memory."""

from __future__ import annotations

NAMES = ("Aldo", "Birgit", "Cosmo", "Dunja", "Eamon", "Fleur", "Gwen", "Hamid", "Ilse", "Jarek")

SEVERAL = (
    ("What are my mum and my niece called?", ("mother", "niece")),
    ("How are the parrot and the tortoise named?", ("parrot", "tortoise")),
    ("For a guest list: name my best friend and our neighbour.", ("friend", "neighbour")),
    ("A dinner for me: which dessert to make and which food to leave out?", ("dessert", "dislike")),
    ("Which job do I have, and with which firm?", ("job", "firm")),
    ("Note my height and my shoe size for the costume.", ("height", "shoes")),
    ("Which deadlines have I got for passport and taxes?", ("passport", "tax")),
    ("Whom do I pay for internet and for insurance?", ("internet", "insurer")),
    ("What am I reading, and which author do I admire?", ("reading", "author")),
)

FILLERS = (
    "Yesterday evening there was {v} on our street.",
    "I can't decide whether I need {v}.",
    "My cousin's husband swears by {v}.",
    "The shop around the corner has stopped selling {v}.",
    "We argued about {v} for an hour.",
    "I finally got round to fixing the {v}.",
    "People keep sending me pictures of {v}.",
    "It rained so hard that the {v} flooded.",
    "Last week I learned a lot about {v}.",
)
FILLED = (
    ("a parade", "a power cut", "a street party", "a film crew", "a loose cow"),
    ("a raincoat", "a dishwasher", "a second monitor", "a bread machine", "new curtains"),
    ("fasting", "crystals", "cold brew", "heat pumps", "compression socks"),
    ("newspapers", "fresh bread", "light bulbs", "stamps", "sunflower oil"),
    ("recycling", "politics", "dishes", "board games", "bedtimes"),
    ("doorbell", "shower head", "fence", "tap", "blinds"),
    ("sunsets", "acorns", "kittens", "vintage cars", "sourdough"),
    ("basement", "underpass", "car park", "playground", "bakery"),
    ("tundra", "sign language", "composting", "medieval bridges", "whales"),
)

GENERAL = (
    "Which river flows through Vienna?",
    "Invent a name for a bakery.",
    "Turn this into bullet points: milk, then eggs, then flour.",
    "Why does bread rise?",
    "Translate 'see you tomorrow' into Portuguese.",
    "Fix this sentence: him and me was going.",
    "Explain recursion to a beginner.",
    "I need a rhyme for window.",
    "How many minutes does a soft-boiled egg take?",
    "Who wrote The Tempest?",
    "Draft a polite complaint about a late parcel.",
    "When did the Berlin Wall fall?",
    "That's perfect, cheers.",
    "Can you cut that down to one line?",
    "How do vaccines work?",
    "Name three deserts.",
    "Regular expression for an email address?",
    "How far is the moon?",
    "A joke about accountants, please.",
    "Hi there!",
    "Sorry, I didn't get that, once more?",
    "What's the difference between weather and climate?",
    "Ideas for a school play about pirates.",
    "Is glass a liquid?",
    "Continue the story.",
    "Give me a packing list for a rainy hike.",
    "What does 'ubiquitous' mean?",
    "How should I thank someone for a gift?",
)
