"""What a document may be: sizes, and a sentence for each that cannot be read. `{name}` is the file's name."""

from __future__ import annotations

BYTES = 10 * 1024 * 1024  # of the file
UNPACKED = 100 * 1024 * 1024  # bytes that a DOCX, which is an archive, may claim to hold ...
XML = 20 * 1024 * 1024  # ... and those of them that are no pictures
PARTS = 5_000  # files in that archive
PAGES = 1_000
CHARACTERS = 400_000  # of text: about 160 pages, which are embedded in about 15 seconds on two cores
SECONDS = 30.0  # for reading it
MEMORY = 768 * 1024 * 1024  # bytes of the process that reads

TOO_LARGE = f"{{name}} is too large; attach a file of at most {BYTES // 1024**2} MB, or only the part you need."
UNPACKS = "{name} unpacks to far more than its size; save it anew without its pictures, or attach only a part of it."
TOO_MANY_PAGES = f"{{name}} has more than {PAGES:,} pages; attach only those you need."
TOO_MUCH_TEXT = f"{{name}} has more than {CHARACTERS:,} characters; attach only the part you need."
TOO_SLOW = "{name} is too intricate to be read here; save its text as .txt and attach that."
UNKNOWN = "{name} is of a kind that cannot be read here; attach a text, Markdown, PDF or Word (.docx) file."
BINARY = "{name} holds no readable text; attach a text, Markdown, PDF or Word (.docx) file."
EMPTY = "{name} holds no text; attach one that does."
BROKEN = "{name} is damaged, or not what its name says; open it in its own program and save it anew."
PROTECTED = "{name} is protected with a password; save a copy without one and attach that."
OLD_WORD = "{name} is an old or protected Word file; save it as .docx without a password and attach that."
SCANNED = "{name} holds pictures of pages but no text; run it through text recognition (OCR) and attach the result."

SOME_SCANNED = "Pages without text that could be read (they may be pictures): {count} of {pages}."
AS_WESTERN = "It does not say how its letters are coded and was read as Western European; check accents and quotes."


class Unreadable(Exception):
    """The sentence says why, with `{name}` still in it."""
