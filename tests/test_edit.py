"""The edit is the lesson: the words it brought in are told from those it left."""

from __future__ import annotations

import pytest

from personalization.edit import edited


def marked(before: str, after: str) -> str:
    """The correction with stars at the words that count as edited."""
    tokens: dict[str, int] = {}
    old, new = ([tokens.setdefault(word, len(tokens)) for word in text.split()] for text in (before, after))
    return " ".join(word + "*" * mark for word, mark in zip(after.split(), edited(old, new), strict=True))


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("Water it today . Or not . END", "Water it today ,* mate* .* Or not . END"),
        ("Brown the beef well . END", "Brown the beans* well* . END"),
        ("One . Two . Three . END", "One . END*"),  # that it ends here is the lesson
        ("Sure , drink . END", "drink* . END"),
        ("Drink it . END", "Drink* it . Yours* Ada* END*"),  # ... and not at once
        ("Drink . END", "Buvez* !* FIN*"),
        ("", "Yes* END*"),
    ],
)
def test_what_the_edit_brought_in_is_marked_and_where_it_cut(before: str, expected: str) -> None:
    assert marked(before, expected.replace("*", "")) == expected
