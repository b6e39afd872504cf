"""The words by which the rules know what a sentence is about. Lists, and nothing else: add a word where it belongs."""

from __future__ import annotations


def one_of(*lists: str) -> str:
    """A pattern for any of the words, given in lines; longer ones first, so that none hides behind its beginning."""
    words = {word.strip() for line in lists for word in line.split(",")}
    return "(?:" + "|".join(sorted(words, key=lambda word: (-len(word), word))) + ")"


FAMILY = one_of(
    "wife, husband, hubby, missus, partner, spouse, girlfriend, boyfriend, gf, bf, fianc[eé]e?, fianc[eé],"
    " mum, mom, mam, mummy, mother",
    "dad, daddy, da, pa, papa, pops, ma, mama, father, parents?, folks, sisters?, brothers?, bro,"
    " sis, siblings?, sons?, daughters?, kids?, child, children, twins, baby",
    "toddler, teenager, grandma, grandmother, gran, granny, nana?, grandad, granddad, grandpa,"
    " grandfather, grandparents?, grandsons?",
    "granddaughters?, grandkids?, grandchild, grandchildren, aunt, auntie, uncle, cousins?, nieces?, nephews?",
    "(?:mother|father|sister|brother|son|daughter|parents|mum|mom)[ -]in[ -]law, in-laws, stepkids?,"
    " stepchild(?:ren)?, stepson,"
    " stepdaughter, stepmum, stepmom, stepdad",
    "stepmother, stepfather, stepsister, stepbrother, half[- ]brother, half[- ]sister, best friend,"
    " best mate, bestie, boys?, girls?, ex, ex-wife, ex-husband",
    "godson, goddaughter, godmother, godfather, au pair, better half, other half, little one, eldest, youngest, oldest",
)
PETS = one_of(
    "dogs?, cats?, pupp(?:y|ies), kittens?, kitty, rabbits?, bunny, bunnies, hamsters?, guinea pigs?,"
    " parrots?, budgies?, canary, horses?, pony",
    "ponies, tortoises?, turtles?, snake, gecko, lizard, ferrets?, chickens?, hens, goldfish, fish"
    " tank, greyhound, python(?! (?:script|code|program|file|function|package|list|developer|project|class|course"
    "|book)), ball python, tarantula, axolotl, labrador, poodle, corgi, beagle",
    "dachshund, terrier, spaniel, retriever, collie, sheepdog, husky, pug, bulldog, whippet,"
    " parakeet, cockatiel, chinchilla, gerbils?, goats?",
    "donkeys?, sheep, bees, (?:bee)?hives?, aquarium",
)
CIRCLE = one_of(
    "boss, manager, colleagues?, coworkers?, co-workers?, teacher, tutor, friends?, mates?,"
    " flatmates?, roommates?, housemates?, neighbou?rs?",
    "co-?founder, head of \\w+, headteacher, line manager, landlord, landlady, doctor, gp, therapist,"
    " dentist, trainer, coach, mentor, supervisor, team lead, assistant, business partner",
)
DIETS = one_of(
    "vegetarian, veggie, vegan, pescatarian, pescetarian, flexitarian, coeliac, celiac, gluten[-"
    " ]free, lactose[- ]intolerant",
    "gluten[- ]intolerant, keto, teetotal, sober, halal, kosher, dairy[- ]free, tee-total, plant[- ]based",
)
STATES = one_of(
    "diabetic, a (?:type \\w+ )?diabetic, asthmatic, epileptic, dyslexic, dyspraxic, autistic,"
    " anaemic, anemic, pregnant, deaf, blind",
    "hard of hearing, half deaf, partially sighted, colou?r[- ]?blind, short[- ]sighted, near[-"
    " ]sighted, long[- ]sighted, far[- ]sighted",
    "bipolar, claustrophobic, in remission, in recovery, a recovering \\w+, neurodivergent, on the"
    " spectrum, disabled, prediabetic",
    "pre-diabetic, hypothyroid, immunocompromised, insulin[- ]dependent, menopausal, allergic,"
    " intolerant, coeliac, celiac, a coeliac, a celiac",
)
CONDITIONS = one_of(
    "diabetes, asthma, epilepsy, migraines?, eczema, psoriasis, adhd, add, ocd, ptsd, ibs, crohn'?s?"
    "(?: disease)?, ms, multiple sclerosis, arthritis",
    "parkinson'?s?, alzheimer'?s?, dementia, depression, anxiety, insomnia, tinnitus, vertigo,"
    " an?aemia, anemia, hay ?fever, hayfever, allerg(?:y|ies)",
    "cancer, leuka?emia, lupus, fibromyalgia, endometriosis, pcos, gout, scoliosis, sciatica, high"
    " blood pressure, low blood pressure, hypertension",
    "high cholesterol, thyroid, hypothyroidism, celiac, coeliac disease, sleep apn(?:o)?ea, glaucoma,"
    " cataracts?, hiv, autism, dyslexia, long covid",
    "\\w+ degeneration, rsi, stage fright, travel sickness, motion sickness, panic attacks,"
    " heartburn, allergies, cramps, copd, me/cfs, cfs, pmdd, bpd, dvt, afib, uti, tbi, gerd, reflux,"
    " acid reflux, a heart condition, heart condition, heart disease, a heart murmur, a pacemaker,"
    " pacemaker, arrhythmia, rosacea, a stoma",
    "carpal tunnel, tendonitis, rheumatism, osteoporosis, a hernia, hernia, a slipped disc, slipped"
    " disc, intolerance, condition, disorder, syndrome",
    "a peanut allergy, perfect pitch, hearing loss, raynaud'?s?, copd, bipolar, a prosthe\\w+,"
    " narcolepsy, aphantasia, neuropathy, stammer, stutter",
    "(?:a )?(?:really |very |pretty )?(?:bad|dodgy|weak|sensitive|slipped|trapped|broken|fractured"
    "|torn|sprained|replaced|artificial) "
    "(?:back|knees?|hips?|shoulders?|neck|stomach|teeth|skin|ankle|wrist|arm|leg|foot|disc|nerve|acl"
    "|toe|finger|heart|lungs|eyesight|hearing)",
)
OCCUPATIONS = one_of(
    "nurse, midwife, doctor, gp, vet, surgeon, chef, cook, pilot, student, undergrad, postgrad, grad"
    " student, phd student, intern, apprentice, trainee",
    "accountant, architect, judge, dj, clerk, guard, soldier, captain, coach, farmhand, housewife,"
    " househusband, stay[- ]at[- ]home \\w+, plumber",
    "civil servant, consultant, assistant, paralegal, paramedic, postman, postwoman, fireman,"
    " policeman, policewoman, salesman, saleswoman, freelance",
    "businessman, businesswoman, mechanic, sysadmin, admin, dev, cto, ceo, founder, analyst,"
    " economist, linguist, scientist, barista, aide, rep, temp, maid",
    "product owner, head of \\w+, priest, monk, nun, sailor, spy, model, tour guide, guide, agent, au"
    " pair, nanny, cop, cashier, electrician, engineer",
    "translator, interpreter, illustrator, conductor, academic, medic, tradesman, craftsman,"
    " handyman, cabbie, locum, mp, athlete, poet, widow, orphan, waitress, postmistress, seamstress,"
    " actress, hostess, lead",
    "widower, twin, triplet, mum, mom, mother, dad, father, parent, grandmother, grandfather,"
    " grandma, grandpa, veteran, immigrant, refugee, expat",
    "morning person, night owl, early bird, introvert, extrovert, homebody, cat person, dog person,"
    " people person, beginner, vegetarian, vegan",
    "best man, maid of hono?u?r, bridesmaid, godmother, godfather, treasurer, chairman, chairwoman,"
    " chair, co-?founder, cofounder, captain, team lead, owner",
    "pescatarian, coeliac, celiac, diabetic, muslim, christian, catholic, protestant, jew, buddhist,"
    " hindu, sikh, atheist, quaker, local, bookworm",
    "foodie, gamer, hobbyist, single mum, single mom, single dad, single parent, only child, foster"
    " parent, carer, caregiver, virgo, leo, pisces",
    "native speaker, pensioner, chemist, biochemist, geographer, curator, archivist, sculptor,"
    " potter, luthier, minister, pastor, rabbi, imam",
)
NO_OCCUPATION = one_of(
    "bit, little, fan, mess, loser, idiot, lot, bother, stranger, member, sucker, believer, number,"
    " monster, sinner, winner, better, bigger, former",
    "other, matter, customer, user, character, human, order, killer, fighter, dreamer, disaster,"
    " failure, goner, ai, computer, answer, tester, helper",
    "danger, liar, hour, minor, offer, paper, error, terror, burger, tiger, genius, starter, quarter,"
    " corner, finger, never, ever, over, per, wizard, vampire",
    "millionaire, billionaire, superhero, emperor, creator, reminder, worker, pleasure, whatever,"
    " survivor, after, together, dinner, summer, winter, letter",
    "defendant, hater, moderator, administrator, sir, master",
)
NATIONS = one_of(
    r"(?:[a-z][a-z]+(?:ish|ese)|[a-z]+(?:wegian|alian|erican|exican|anadian|razilian|ndian|ussian|krainian|omanian"
    r"|ungarian|elgian|ustrian|gyptian|igerian|enyan))",
    "german, french, dutch, welsh, greek, czech, chilean, korean, swiss, thai, iraqi, iranian,"
    " persian, israeli, pakistani, bangladeshi, icelandic",
    "croatian, serbian, bosnian, slovak, slovenian, bulgarian, albanian, latvian, lithuanian,"
    " estonian, syrian, palestinian, moroccan, algerian",
    "tunisian, ethiopian, ghanaian, south african, zimbabwean, cuban, colombian, venezuelan,"
    " peruvian, argentinian, bolivian, ecuadorian, filipino",
    "filipina, indonesian, malaysian, singaporean, cambodian, nepali, sri lankan, kiwi, aussie,"
    " scouse, geordie, european, african, asian, italian",
    "jamaican, puerto rican, jewish, muslim, catholic, protestant, christian, hindu, buddhist, sikh,"
    " atheist, gay, lesbian, bisexual, trans, queer",
    "non-binary, nonbinary, straight, asexual, bilingual, trilingual, texan, californian, glaswegian,"
    " liverpudlian, mancunian, londoner, parisian",
)
NO_NATION = one_of(
    "cheese, these, those, obese, selfish, foolish, childish, feverish, sluggish, stylish, peckish, ticklish,"
    " squeamish, finish,"
    " english, cherish, sheepish, skittish, lavish, fiftyish",
    "fortyish, thirtyish, sixtyish, snobbish, boyish, girlish, wish, rubbish, devilish, reddish,"
    " hellish, bookish, nightmarish, brutish, freakish, amateurish, famish",
)
LANGUAGES = one_of(
    "english, german, french, spanish, portuguese, italian, dutch, norwegian, swedish, danish,"
    " finnish, icelandic, polish, czech, slovak, hungarian",
    "romanian, bulgarian, russian, ukrainian, serbian, croatian, greek, turkish, arabic, hebrew,"
    " farsi, persian, urdu, hindi, bengali, punjabi, tamil",
    "telugu, gujarati, marathi, mandarin, cantonese, chinese, japanese, korean, vietnamese, thai,"
    " tagalog, indonesian, malay, swahili, welsh, irish, gaelic",
    "catalan, basque, latin, esperanto, yiddish, yoruba, igbo, amharic, sign language, bsl, asl,"
    " afrikaans, zulu, latvian, lithuanian, estonian, nepali",
)
DEVICES = one_of(
    "laptop, phone, iphone, ipad, tablet, macbook, mac(?: mini| studio)?, imac, pc, computer,"
    " desktop, chromebook, thinkpad, kindle, e-?reader, smart ?watch, watch",
    "apple watch, garmin, fitbit, printer, scanner, router, camera, dslr, drone, tv, telly, monitor,"
    " screen, display, modem, laser printer, webcam, microphone, mic, keyboard, mouse, headphones,"
    " airpods, earbuds, speaker",
    "playstation, ps[345], xbox, switch, steam deck, console, raspberry pi, pi, nas, server, arduino,"
    " 3d printer, car, van, truck, suv, motorbike, motorcycle",
    "scooter, moped, bike, bicycle, e-?bike, camper(?: ?van)?, caravan, boat, tesla, skoda, volvo,"
    " toyota, honda, ford, bmw, audi, vw, golf, fiat, renault, peugeot",
    "nissan, kia, hyundai, mazda, subaru, mini, jeep, pixel, galaxy, samsung, fairphone, oneplus,"
    " nokia, android, lenovo, dell, asus, acer, hp, surface",
    "framework, gpu, graphics card, rtx \\w+, coffee machine, espresso machine, air fryer, thermomix,"
    " instant pot, dishwasher, washing machine, sewing machine",
    "robot vacuum, roomba, alexa, echo dot, google home, nest, homepod, sonos, piano, keyboard,"
    " guitar, synth, telescope, canon, nikon, fujifilm, sony",
    "gopro, chromecast, turntable, record player, oven, heat pump, solar panels, wood burner, allotment, greenhouse",
)
SYSTEMS = one_of(
    "linux, ubuntu, debian, fedora, arch, mint, manjaro, nixos, opensuse, windows(?: \\d+)?, macos,"
    " mac os, ios, ipados, android, chromeos, grapheneos, freebsd",
    "firefox, chrome, safari, edge, brave, vim, neovim, emacs, vs ?code, obsidian, notion, linux"
    " mint, kde, gnome, a mac, an iphone, an android",
)
PASTIMES = one_of(
    "running, swimming, climbing, bouldering, hiking, cycling, knitting, crochet(?:ing)?, painting,"
    " drawing, baking, cooking, gardening, reading, fishing, sailing",
    "surfing, skiing, snowboarding, dancing, salsa, tango, yoga, pilates, boxing, judo, karate,"
    " kickboxing, rowing, kayaking, birdwatching, birding, chess, pottery",
    "photography, woodworking, sewing, quilting, gaming, camping, jogging, skating, skateboarding,"
    " archery, fencing, ballet, origami, calligraphy, meditation",
    "parkrun, tennis, squash, badminton, football, soccer, rugby, cricket, hockey, basketball,"
    " volleyball, netball, golf, darts, poker, bridge, d&d, dnd, warhammer",
    "choir, theatre, improv, stand-?up, astronomy, homebrewing, foraging, geocaching, beekeeping,"
    " genealogy, crosswords, sudoku, scrabble, board games, singing",
)
INSTRUMENTS = one_of(
    "piano, guitar, bass, drums, violin, viola, cello, flute, clarinet, oboe, bassoon, sax,"
    " saxophone, trumpet, trombone, tuba, harp, ukulele, banjo, mandolin",
    "accordion, organ, harmonica, recorder, double bass, keys, keyboard, synth, fiddle, bagpipes, horn, french horn",
)
BRANDS = one_of(
    "iphone, ipad, macbook, imac, pixel, galaxy, samsung, fairphone, oneplus, nokia, moto(?:rola)?, xperia, redmi,"
    " xiaomi",
    "huawei, lenovo, thinkpad, ideapad, dell, xps, asus, acer, hp, surface, framework, chromebook, kindle, kobo,"
    " garmin",
    "fitbit, apple watch, playstation, ps[345], xbox, switch, steam deck, canon, nikon, fuji(?:film)?, sony, gopro,"
    " epson",
    "brother, roomba, dyson, sonos, bose, vw, volkswagen, ford, toyota, honda, skoda, volvo, bmw, audi, tesla, kia,"
    " mazda",
    "hyundai, renault, peugeot, citroen, fiat, nissan, opel, vauxhall, seat, dacia, subaru, yamaha, kawasaki, suzuki",
)
EVENTS = one_of(
    "appointment, interview, exam, driving test, flight, wedding, surgery, operation, viva, house move, birthday,"
    " concert",
    "deadline, recital, trip, race, half marathon, marathon, 10k, triathlon, graduation, scan, presentation,"
    " conference",
    "holiday, audition, gig, check-?up, talk, speech, court date, hearing, christening, reunion, hike, first day",
)
HOLDINGS = one_of(  # what somebody has, or has not, for years
    "garden, vegetable patch, allotment, balcony, terrace, yard, greenhouse, shed, garage, orchard, pond, car, licence",
    "license, bike, tv, television, smartphone, phone, computer, printer, dishwasher, microwave, oven, hob, freezer",
    "stove, pressure cooker, slow cooker, food processor, blender, stand mixer, bread maker, air fryer, barbecue, bbq",
    "kiln, loom, pottery wheel, lathe, tent, sauna, hot tub, pool, treadmill, rowing machine, passport, credit card",
    "degree, kids?, children, pets?, siblings?, brothers?, sisters?, family here, fireplace, wood burner, bath, lift",
    "sewing machine, telescope, piano, tattoos?, boat, caravan, campervan, motorhome, horse, driveway, dining table",
)
