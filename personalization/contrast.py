"""Words that exclude each other: who is asked about a brother is not helped by what is known about a sister.

Sentence vectors hold such pairs for nearly the same, so a short list tells them apart. English.
"""

from __future__ import annotations

from personalization.words import Words, in_order

# Groups of alternatives; the words of one alternative mean about the same. Words for several (siblings, pets) are
# left out on purpose: they ask for all.
GROUPS = tuple(
    tuple(in_order(alternative) for alternative in group.split("/"))
    for group in (
        "mother mom mum mama/father dad papa/sister/brother/son boy/daughter girl/aunt/uncle/niece/nephew/"
        "grandmother grandma granny/grandfather grandpa/cousin/godson/goddaughter/grandson/granddaughter/"
        "wife husband spouse partner girlfriend boyfriend fiance fiancee married/friend friends/"
        "neighbour neighbor neighbours neighbors/boss manager supervisor/colleague colleagues coworker/"
        "landlord landlady/"
        "dog puppy/cat kitten/horse pony mare/rabbit bunny/hamster/parrot budgie canary/tortoise turtle/snake/goldfish/"
        "guinea/chicken hens/cow/goat/sheep/donkey",
        "phone smartphone mobile/laptop notebook computer desktop/tablet ipad/camera/printer/television tv/watch "
        "smartwatch/headphones earbuds/router/console",
        "dentist dental/doctor physician gp/optician/vet veterinarian/therapist psychologist/hairdresser barber/lawyer/"
        "physiotherapist/accountant/birthday born/wedding anniversary/funeral/graduation/christening/exam test/"
        "interview/operation surgery/holiday vacation/flight plane/train/ferry/bus",
        "allergic allergy allergies/vegetarian vegan pescatarian",
        "coffee/tea/wine/beer",
        "breakfast/lunch/dinner supper",
        "car/bike bicycle/motorbike motorcycle scooter/boat/caravan campervan",
        "monday/tuesday/wednesday/thursday/friday/saturday/sunday",
    )
)

PLACES = {  # word -> (group, alternative)
    word: (group, place)
    for group, alternatives in enumerate(GROUPS)
    for place, alternative in enumerate(alternatives)
    for word in alternative
}


def excludes(asked: Words, told: Words) -> bool:
    """Whether a question names one alternative of a group and what was told names only others of it.

    Never if they name the same alternative of any group: my sister's dog is told of when my dog is asked for.
    """
    one, other = _named(asked), _named(told)
    return not one & other and not {group for group, _ in one}.isdisjoint(group for group, _ in other)


def _named(text: Words) -> set[tuple[int, int]]:
    return {PLACES[word] for word in text & PLACES.keys()}
