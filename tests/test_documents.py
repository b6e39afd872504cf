"""Files become passages with their place; what cannot be read is refused in one sentence, in time and without harm."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import psutil
import pytest
from pypdf import PdfReader, PdfWriter

from documents import limits
from documents.reading import kind_of, plain_name, read
from documents.splitting import LONGEST, SHORTEST, passages, tidy
from domain import Passage
from errors import BadInput
from tests.paper import docx, endless_pdf, pdf

OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def locked(user: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(["For you alone."]))))
    writer.encrypt(user, "the owner's", algorithm="AES-256")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


# reading


def test_a_pdf_is_read_page_by_page_and_words_are_joined_across_lines() -> None:
    found = read("report.pdf", pdf(["It is an exam-\nple (of many).", "Second page: naïve."]))
    assert found.passages == (Passage("It is an example (of many).", page=1), Passage("Second page: naïve.", page=2))
    assert found.note == ""
    assert [passage.place for passage in found.passages] == ["page 1", "page 2"]


def test_pages_that_hold_only_pictures_are_told_of() -> None:
    found = read("report.pdf", pdf(["Words.", "", ""]))
    assert found.note == limits.SOME_SCANNED.format(count=2, pages=3)


def test_a_pdf_that_is_only_protected_against_changes_is_read() -> None:
    assert read("bill.pdf", locked("")).passages[0].text == "For you alone."


def test_a_word_file_is_read_under_its_headings_with_tables_row_by_row() -> None:
    found = read("plan.docx", docx("First.", "# Doses", "Take <5 mg>.", table=[["Drug", "Dose"], ["A", "1 mg"]]))
    assert found.passages == (
        Passage("First."),
        Passage("Take <5 mg>.\nDrug | Dose |\nA | 1 mg |", heading="Doses"),
    )
    assert found.passages[1].place == "“Doses”"


def test_markdown_is_read_under_its_headings_but_not_those_in_code() -> None:
    text = "Before.\n\n# One #\nIn one.\n```\n# no heading\n```\n~~~\n```\n# nor this\n~~~\n### Two\nIn two.\n"
    found = read("notes.md", text.encode()).passages
    assert [(passage.heading, passage.text.split("\n")[0]) for passage in found] == [
        ("", "Before."),
        ("One", "In one."),
        ("Two", "In two."),
    ]
    assert "# no heading" in found[1].text and "# nor this" in found[1].text
    assert read("notes.txt", b"# no heading").passages == (Passage("# no heading"),)


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_letters_are_read_as_the_file_says(coding: str) -> None:
    mark = b"\xfe\xff" if coding == "utf-16-be" else b""
    found = read("a.txt", mark + "naïve — 日本 🌱".encode(coding))
    assert (found.passages[0].text, found.note) == ("naïve — 日本 🌱", "")


def test_letters_of_unknown_coding_are_read_as_western_european_and_that_is_said() -> None:
    found = read("a.txt", "“naïve”".encode("cp1252"))
    assert (found.passages[0].text, found.note) == ("“naïve”", limits.AS_WESTERN)


def test_what_a_file_begins_with_counts_before_its_name() -> None:
    assert read("named.txt", pdf(["Still a PDF."])).passages == (Passage("Still a PDF.", page=1),)
    assert kind_of("A.PDF", b"%PDF-1.7") == "pdf"


# refusing


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.pdf", locked("secret"), limits.PROTECTED),
        ("a.docx", OLD_WORD, limits.OLD_WORD),
        ("a.doc", OLD_WORD, limits.OLD_WORD),
        ("a.pdf", pdf(["", ""]), limits.SCANNED),
        ("a.pdf", pdf(["x"])[:120], limits.BROKEN),
        ("a.pdf", b"no PDF at all", limits.BROKEN),
        ("a.docx", b"PK\x03\x04 cut short", limits.BROKEN),
        ("a.docx", docx("x", parts={"word/document.xml": b"<w:docu"}), limits.BROKEN),
        ("a.xlsx", docx("x"), limits.UNKNOWN),
        ("a.txt", docx("x"), limits.UNKNOWN),
        ("a.exe", b"MZ", limits.UNKNOWN),
        ("a", b"text", limits.UNKNOWN),
        ("a.txt", bytes(range(256)) * 9, limits.BINARY),
        ("a.txt", b"", limits.EMPTY),
        ("a.md", b" \n\n ", limits.EMPTY),
        ("a.docx", docx(""), limits.EMPTY),
        ("a.txt", b"word " * 100_000, limits.TOO_MUCH_TEXT),
        ("a.csv", b"," * 1_000_000, limits.TOO_MUCH_TEXT),
        ("a.pdf", pdf(["line of many words in a row\n" * 60] * 300), limits.TOO_MUCH_TEXT),
        ("a.pdf", pdf(["p"] * (limits.PAGES + 1)), limits.TOO_MANY_PAGES),
        ("a.txt", b"x" * (50 * 1024 * 1024), limits.TOO_LARGE),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_is_refused_in_one_sentence_that_names_file_and_remedy(
    name: str, data: bytes, sentence: str
) -> None:
    with pytest.raises(BadInput) as refused:
        read(name, data)
    assert str(refused.value) == sentence.format(name=name)
    assert str(refused.value).count(". ") == 0


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("pictures.docx", docx("x", parts={"word/media/a.png": bytes(200_000_000)})),
        ("text.docx", docx("x", parts={"word/document.xml": b" " * 90_000_000})),
        ("many.docx", docx("x", parts={f"word/{number}": b"" for number in range(limits.PARTS)})),
        ("page.pdf", endless_pdf()),
        ("nested.docx", docx("x", parts={"word/document.xml": b"<w:p>" * 100_000})),
        (
            "laughs.docx",
            docx(
                "x",
                parts={
                    "word/document.xml": b'<!DOCTYPE d [<!ENTITY a "ha">'
                    + b"".join(b'<!ENTITY %c "%b">' % (98 + n, b"&%c;" % (97 + n) * 20) for n in range(9))
                    + b"]><d>&j;</d>"
                },
            ),
        ),
        ("outside.docx", docx("x", parts={"word/document.xml": b'<!DOCTYPE d SYSTEM "file:///etc/passwd"><d/>'})),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bomb_harms_nobody(name: str, data: bytes) -> None:
    before = psutil.Process().memory_info().rss
    with pytest.raises(BadInput, match=name):
        read(name, data)
    assert psutil.Process().memory_info().rss - before < 50 * 1024 * 1024


@pytest.mark.parametrize(("limit", "value"), [("SECONDS", 0.0), ("MEMORY", 1)])
def test_a_reader_that_takes_too_much_time_or_memory_is_ended(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: float
) -> None:
    monkeypatch.setattr(limits, limit, value)
    with pytest.raises(BadInput, match="too intricate"):
        read("a.pdf", pdf(["x"]))
    assert [child for child in psutil.Process().children() if "documents.read_main" in child.cmdline()] == []


def test_reading_leaves_no_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    read("a.docx", docx("words"))
    assert os.listdir(tmp_path) == []  # noqa: PTH208


def test_pictures_in_a_word_file_and_their_addresses_are_not_followed(tmp_path: Path) -> None:
    made = io.BytesIO(docx("words"))
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr("word/media/huge.png", b"\x89PNG" + bytes(1000))
    assert read("a.docx", made.getvalue()).passages == (Passage("words"),)


# names and pieces


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\me\\plan.pdf", "plan.pdf"),
        ("re\u202efdp.txt", "refdp.txt"),
        ('a "b" [c]\n<d>.pdf', "a b c d.pdf"),
        ("x" * 300 + ".docx", "x" * 74 + "….docx"),
        ("..", "document"),
        ("", "document"),
        ("\ud800.md", "?.md"),
    ],
)
def test_a_name_is_shown_without_what_could_mislead(given: str, shown: str) -> None:
    assert plain_name(given) == shown
    assert len(shown) <= 80


def test_passages_are_no_longer_than_the_embedding_model_reads_and_lose_no_word() -> None:
    text = " ".join(f"Sentence number {number} says so." for number in range(200))
    found = passages([Passage(text, page=3)])
    assert " ".join(passage.text for passage in found) == text
    assert all(SHORTEST <= len(passage.text) <= LONGEST for passage in found[:-1])
    assert all(passage.text.endswith(".") and passage.page == 3 for passage in found)


def test_a_text_without_any_break_is_cut_all_the_same() -> None:
    found = passages([Passage("x" * 1000)])
    assert [len(passage.text) for passage in found] == [LONGEST, LONGEST, 1000 - 2 * LONGEST]


def test_paragraphs_are_kept_together_where_they_fit() -> None:
    first, second = "a " * 150 + "end.", "b. " * 100
    assert [passage.text for passage in passages([Passage(f"{first}\n\n{second}")])] == [first, second.strip()]


def test_signs_that_are_not_shown_or_turn_the_text_round_are_left_out() -> None:
    assert tidy("a\x00b\u202ec\r\nd\te\ud800\n\n\n\n f\u200b") == "abc\nd e?\n\nf"
