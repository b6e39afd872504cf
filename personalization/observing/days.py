"""Days that a sentence names, in English: "next Friday", "on 12 June", "in two weeks"."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
NUMBERS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "a few": 3,
    "a couple of": 2,
}
SEASONS = {"spring": 5, "summer": 8, "autumn": 11, "fall": 11, "winter": 2}  # the last month of each
MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?"
    r"(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
WEEKDAY = (
    r"(?P<weekday>mon(?:day)?|tue(?:s(?:day)?)?|wed(?:s|nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat"
    r"(?:urday)?|sun(?:day)?)\b"
)
YEAR = r"(?:,? (?P<year>20\d\d))?"
ORDINAL = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"


@dataclass(frozen=True, slots=True)
class Day:
    """`last` is the last day of what was named; `exact` if it is one day, `relative` if it was counted from today."""

    last: date
    exact: bool
    relative: bool


def named_day(text: str, today: date) -> Day | None:
    """The first day, week, month or season to come that the text names; None if it names none, or only past ones."""
    for pattern, read in RULES:
        for found in pattern.finditer(text):
            try:
                day = read(found, today)
            except ValueError:  # the 31st of June
                continue
            if day is not None and day.last >= today:
                return day
    return None


def _month(name: str) -> int:
    return next(number for number, month in enumerate(MONTHS, 1) if month.startswith(name.lower()[:3]))


def _weekday(name: str) -> int:
    return next(number for number, day in enumerate(WEEKDAYS) if day.startswith(name.lower()[:3]))


def _end_of_month(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _iso(found: re.Match[str], today: date) -> Day:
    return Day(date.fromisoformat(found[0]), True, False)


def _calendar(found: re.Match[str], today: date) -> Day:
    month, number, year = _month(found["month"]), int(found["day"]), found["year"]
    day = date(int(year) if year else today.year, month, number)
    return Day(day if year or day >= today else day.replace(year=today.year + 1), True, False)


def _this_month(found: re.Match[str], today: date) -> Day:
    number = int(found["day"])
    first = today.replace(day=1) if number >= today.day else _end_of_month(today.year, today.month) + timedelta(1)
    return Day(first.replace(day=number), True, True)


def _tomorrow(found: re.Match[str], today: date) -> Day:
    return Day(today + timedelta(2 if found["after"] else 1), True, True)


def _counted(found: re.Match[str], today: date) -> Day:
    count = NUMBERS.get(found["count"].lower()) or int(found["count"])
    match found["unit"].lower():
        case "day":
            return Day(today + timedelta(min(count, 10_000)), True, True)
        case "week":
            return Day(today + timedelta(7 * min(count, 1_000)), True, True)
        case "month":
            month = today.month - 1 + min(count, 1_000)
            return Day(_end_of_month(today.year + month // 12, month % 12 + 1), False, True)
    return Day(date(today.year + min(count, 100), 12, 31), False, True)


def _on_weekday(found: re.Match[str], today: date) -> Day | None:
    if found["before"] and found["before"].lower() == "last":
        return None
    ahead = (_weekday(found["weekday"]) - today.weekday()) % 7 or 7
    next_week = found["before"] and found["before"].lower() == "next" and today.weekday() + ahead < 7
    return Day(today + timedelta(ahead + (7 if next_week else 0)), True, True)


def _span(found: re.Match[str], today: date) -> Day:
    later = found["which"].lower() == "next"
    match found["span"].lower():
        case "week" | "weekend":
            return Day(today + timedelta(6 - today.weekday() + (7 if later else 0)), False, True)
        case "month":
            first = _end_of_month(today.year, today.month) + timedelta(1)
            return Day(_end_of_month(first.year, first.month) if later else first - timedelta(1), False, True)
        case "year":
            return Day(date(today.year + later, 12, 31), False, True)
        case season:
            end = _end_of_month(today.year, SEASONS[season])
            return Day(end if end >= today else _end_of_month(today.year + 1, SEASONS[season]), False, True)


def _whole_month(found: re.Match[str], today: date) -> Day:
    month = _month(found["month"])
    year = int(found["year"]) if found["year"] else today.year + (month < today.month)
    return Day(_end_of_month(year, month), False, False)


def _feast(found: re.Match[str], today: date) -> Day:
    end = date(today.year, 12, 31)
    return Day(end, False, False)


def _rule(
    pattern: str, read: Callable[[re.Match[str], date], Day | None]
) -> tuple[re.Pattern[str], Callable[[re.Match[str], date], Day | None]]:
    return re.compile(pattern, re.IGNORECASE), read


RULES = (
    _rule(r"\b20\d\d-\d\d-\d\d\b", _iso),
    _rule(rf"\b{ORDINAL}(?: of)? {MONTH}{YEAR}", _calendar),
    _rule(rf"\b{MONTH} (?:the )?{ORDINAL}\b{YEAR}", _calendar),
    _rule(rf"\b{WEEKDAY},? the (?P<day>\d{{1,2}})(?:st|nd|rd|th)\b", _this_month),
    _rule(r"\b(?P<after>the day after )?(?:tomorrow|tmrw|tmr)\b", _tomorrow),
    _rule(
        r"\bin (?P<count>\d{1,3}|an?|one|two|three|four|five|six|a few|a couple of) (?P<unit>day|week|month|year)s?\b",
        _counted,
    ),
    _rule(
        rf"\b(?:(?P<before>next|this|last|coming) |on (?:the )?|by |until |till |from |to ){WEEKDAY}(?!s)", _on_weekday
    ),
    _rule(r"\b(?:on|for|by|to|until|till|is) the (?P<day>\d{1,2})(?:st|nd|rd|th)\b", _this_month),
    _rule(
        r"\b(?P<which>this|next|the coming) (?P<span>week|weekend|month|year|spring|summer|autumn|fall|winter)\b", _span
    ),
    _rule(
        rf"\b(?:in|this|next|by|until|till|of|for|late|early|mid|end of)[ -](?:late |early |mid[- ]?|the"
        rf" end of )?{MONTH}{YEAR}",
        _whole_month,
    ),
    _rule(r"\b(?:at|for|over|after|before|until) (?:christmas|xmas|new year)\b", _feast),
)
