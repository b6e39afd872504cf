"""The split on which the weights, the floor and the order of recall are chosen; `earlier` is its second part."""

from __future__ import annotations

from bench.memory.topic import Material, Topic

TOPICS = (
    Topic(
        "home",
        ("I live in {v}.", "My flat is in {v}."),
        ("Where do I live?", "Which city is my home in now?"),
        ("Lisbon", "Leeds", "Graz", "Utrecht", "Bergen", "Turin"),
        ("I moved from {old} to {v}.", "I live in {v} now, no longer in {old}."),
    ),
    Topic(
        "job",
        ("I work as a {v}.", "My job is being a {v}."),
        ("What do I do for a living?", "What is my profession at the moment?"),
        ("nurse", "carpenter", "tax adviser", "bus driver", "translator", "chemist"),
        ("I stopped being a {old} and became a {v}.", "I changed careers: I am a {v} now, not a {old}."),
        near="work",
    ),
    Topic(
        "employer",
        ("I am employed at {v}.", "The company I work for is {v}."),
        ("Which company employs me?", "Who is my employer these days?"),
        ("Brightwater", "Kestrel & Sons", "Nordlicht", "Halden Foods", "Optima Rail"),
        ("I left {old} and started at {v}.",),
        near="work",
    ),
    Topic(
        "sister",
        ("My sister is called {v}.", "{v} is my sister."),
        ("What is my sister's name?", "Do you remember how my sister is called?"),
        ("Marta", "Ines", "Paula", "Greta", "Nora"),
        near="siblings",
    ),
    Topic(
        "brother",
        ("My brother's name is {v}.", "I have a brother, {v}."),
        ("What is my brother called?", "Who is my brother?"),
        ("Tomas", "Felix", "Anton", "Henry", "Leo"),
        near="siblings",
    ),
    Topic(
        "dog",
        ("I have a dog named {v}.", "My dog {v} is a terrier."),
        ("What is the name of my dog?", "How is my dog called?"),
        ("Biscuit", "Bruno", "Pepper", "Waffle", "Rocket"),
        near="pets",
    ),
    Topic(
        "cat",
        ("Our cat is called {v}.", "I adopted a cat and named it {v}."),
        ("What did I name my cat?", "What's our cat called?"),
        ("Misty", "Tiger", "Olive", "Socks", "Luna"),
        near="pets",
    ),
    Topic(
        "diet",
        ("I am {v}.", "I eat a {v} diet."),
        ("What kind of diet do I follow?", "Is there food I don't eat on principle?"),
        ("vegetarian", "vegan", "pescatarian"),
        ("I used to be {old} and I am {v} now.",),
        near="food",
    ),
    Topic(
        "allergy",
        ("I am allergic to {v}.", "I can't eat {v}, I get a rash."),
        ("What am I allergic to?", "Which food gives me an allergic reaction?"),
        ("peanuts", "shellfish", "strawberries", "soy", "celery"),
        near="food",
    ),
    Topic(
        "instrument",
        ("I play the {v}.", "I have been learning the {v} for years."),
        ("Which instrument do I play?", "What musical instrument am I learning?"),
        ("cello", "trumpet", "accordion", "clarinet", "banjo"),
    ),
    Topic(
        "sport",
        ("I go {v} twice a week.", "My sport is {v}."),
        ("Which sport do I do?", "How do I keep fit?"),
        ("rowing", "climbing", "swimming", "fencing", "cycling"),
        ("I gave up {old} and took up {v}.",),
    ),
    Topic(
        "car",
        ("I drive a {v}.", "My car is a {v}."),
        ("What car do I have?", "Which car do I drive at present?"),
        ("Skoda Fabia", "Fiat Panda", "Toyota Yaris", "Renault Clio"),
        ("I sold my {old} and bought a {v}.",),
        near="transport",
    ),
    Topic(
        "birthday",
        ("My birthday is on {v}.", "I was born on {v}."),
        ("When is my birthday?", "On what date was I born?"),
        ("3 May", "17 November", "29 January", "8 August", "21 June"),
        near="dates",
        dated=True,
    ),
    Topic(
        "dentist",
        ("I have a dentist appointment on {v}.", "The dentist expects me on {v}."),
        ("When do I have to go to the dentist?", "What day is my dental appointment?"),
        ("12 March", "4 April", "19 September", "30 October"),
        near="appointments",
        dated=True,
    ),
    Topic(
        "exam",
        ("My driving test is on {v}.", "I take my driving test on {v}."),
        ("When is my driving test?", "On which day do I take the driving exam?"),
        ("2 February", "23 May", "14 July", "9 December"),
        near="appointments",
        dated=True,
    ),
    Topic(
        "language",
        ("I am learning {v}.", "I take evening classes in {v}."),
        ("Which language am I studying?", "What foreign language do I learn?"),
        ("Japanese", "Finnish", "Arabic", "Greek"),
        ("I switched from learning {old} to learning {v}.",),
    ),
    Topic(
        "coffee",
        ("I take my coffee {v}.", "I like coffee {v}."),
        ("How do I like my coffee?", "How should somebody make coffee for me?"),
        ("black with no sugar", "with oat milk", "very strong", "with two sugars"),
        near="food",
    ),
    Topic(
        "laptop",
        ("My laptop is a {v}.", "I use a {v} as my computer."),
        ("What laptop do I use?", "Which computer do I have now?"),
        ("ThinkPad X13", "MacBook Air", "Dell XPS", "Framework 13"),
        ("My old {old} broke, I have a {v} now.",),
        near="devices",
    ),
    Topic(
        "phone",
        ("I have a {v} phone.", "My phone is a {v}."),
        ("What phone do I own?", "Which mobile do I use?"),
        ("Pixel 8", "iPhone 13", "Galaxy S22", "Fairphone 5"),
        near="devices",
    ),
    Topic(
        "doctor",
        ("My family doctor is {v}.", "I see {v} when I am ill."),
        ("Who is my doctor?", "What is my physician's name?"),
        ("Dr Weber", "Dr Osei", "Dr Lindqvist", "Dr Romano"),
        ("{old} retired, my family doctor is {v} now.",),
    ),
    Topic(
        "holiday",
        ("This summer we travel to {v}.", "Our holiday goes to {v}."),
        ("Where do I go on holiday?", "What is our vacation destination?"),
        ("Crete", "Scotland", "the Azores", "Slovenia"),
        ("We changed our plans, the holiday goes to {v} instead of {old}.",),
    ),
    Topic(
        "fear",
        ("I am afraid of {v}.", "{v} scare me."),
        ("What am I scared of?", "Do I have any phobia?"),
        ("spiders", "heights", "needles", "lifts"),
    ),
)

SEVERAL = (
    ("Who are my brother and my sister?", ("sister", "brother")),
    ("What are the names of my pets?", ("dog", "cat")),
    ("What must a cook know about what I eat and what I cannot tolerate?", ("diet", "allergy")),
    ("What is my job and which company is it at?", ("job", "employer")),
    ("Which electronic devices do I own, phone and laptop?", ("phone", "laptop")),
    ("Which appointments do I have, dentist and driving test?", ("dentist", "exam")),
)

FILLERS = (
    "I watched {v} last night and liked it.",
    "Today the {v} at the office broke down again.",
    "I find {v} rather boring.",
    "A colleague told me about {v}.",
    "I tried to repair the {v} myself.",
    "I think {v} has become too expensive.",
    "I read an article on {v} on the train.",
    "My neighbour complained about the {v}.",
)
FILLED = (
    ("a film on penguins", "an old western", "the football final", "a play by Ibsen", "a concert"),
    ("printer", "heating", "lift door", "coffee machine", "projector"),
    ("cricket", "opera", "card games", "shopping", "gardening shows"),
    ("a new bakery", "meditation", "solar panels", "a book club", "beekeeping"),
    ("washing machine", "garden gate", "toaster", "bicycle lamp", "kitchen tap"),
    ("butter", "petrol", "cinema", "public transport", "rent"),
    ("deep sea fish", "the tides", "glaciers", "medieval maps", "sleep"),
    ("noise", "hedge", "parking", "bins", "stairwell light"),
)

GENERAL = (
    "What is the capital of Australia?",
    "Write a short poem about rain.",
    "How many grams are in a pound?",
    "Explain how a vaccine works.",
    "Translate 'good morning' into French.",
    "Fix this sentence: he go to school.",
    "What is the difference between TCP and UDP?",
    "Give me three synonyms for happy.",
    "How do I boil an egg?",
    "Summarise the plot of Hamlet.",
    "Write a Python function that reverses a list.",
    "Why is the sky blue?",
    "Thanks, that helps.",
    "Make it shorter, please.",
    "What does photosynthesis do?",
    "Who wrote Don Quixote?",
    "Draft a polite email that declines a meeting.",
    "What is 17 times 23?",
    "Tell me a joke about cows.",
    "Hello!",
)

MATERIAL = Material(
    ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gita", "Hugo"), TOPICS, SEVERAL, FILLERS, FILLED, GENERAL
)
