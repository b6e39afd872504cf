"""Words tell how alike two texts are, and the index finds the same as comparing all."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from personalization.words import Index, alike, in_order, words
from tests.builders import unhurried

SOME = ("a", "bb", "ccc", "dd", "e", "ff", "g", "hhh", "iii", "j")
some_words = st.frozensets(st.sampled_from(SOME), max_size=8)


def test_words_have_no_case_and_no_punctuation() -> None:
    assert in_order("Don't STOP, Zoë!") == ["don", "t", "stop", "zoë"]
    assert in_order("?!  ...") == ["?!", "..."]
    assert in_order("AI是什么") == ["ai", "是", "什", "么"]
    assert words("") == frozenset()


@unhurried
@given(some_words, some_words)
def test_alike_is_the_share_of_common_words(one: frozenset[str], other: frozenset[str]) -> None:
    union = len(one | other)
    assert alike(one, other, 0.8) == (len(one & other) / union > 0.8 if union else True)


@unhurried
@given(st.lists(some_words, max_size=12), some_words)
def test_the_index_finds_what_comparing_all_finds(known: list[frozenset[str]], asked: frozenset[str]) -> None:
    index = Index(0.8, known)
    for text in known:
        index.add(text)
    assert list(index.alike(asked)) == [place for place, text in enumerate(known) if alike(asked, text, 0.8)]


def test_the_index_finds_a_text_that_lacks_any_one_of_the_words() -> None:
    whole = frozenset(SOME[:6])
    index = Index(0.8, [whole])
    for word in SOME[:6]:
        index.add(whole - {word})
    assert list(index.alike(whole)) == [0, 1, 2, 3, 4, 5]
