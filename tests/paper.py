"""Documents as files, made without the libraries that read them."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape

WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Target="word/document.xml" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>'
)


def pdf(pages: Iterable[str], packed: bytes | None = None) -> bytes:
    """A PDF with a line of text for each line of a page. `packed`: what the first page draws instead, deflated."""
    drawn = [_stream(_shown(text)) for text in pages]
    if packed is not None:
        drawn[0] = _stream(packed, " /Filter /FlateDecode")
    first = 4  # after the catalogue, the tree of pages and the font
    leaves = " ".join(f"{first + 2 * number} 0 R" for number in range(len(drawn)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{leaves}] /Count {len(drawn)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, stream in enumerate(drawn):
        box = "/MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >>"
        contents = first + 2 * number + 1
        objects += [f"<< /Type /Page /Parent 2 0 R {box} /Contents {contents} 0 R >>".encode(), stream]
    out, places = b"%PDF-1.4\n", list[int]()
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(out))
    return out + head + table + tail


def endless_pdf() -> bytes:
    """A small file whose page unpacks to a hundred megabytes of drawing."""
    return pdf(["x"], zlib.compress(b"BT (a) Tj ET " * 8_000_000, 9))


def docx(*paragraphs: str, table: Iterable[Iterable[str]] = (), parts: Mapping[str, bytes] | None = None) -> bytes:
    """A Word file; a paragraph that begins with "# " is a heading."""
    body = "".join(map(_paragraph, paragraphs))
    if rows := "".join(f"<w:tr>{''.join(f'<w:tc>{_paragraph(cell)}</w:tc>' for cell in row)}</w:tr>" for row in table):
        body += f"<w:tbl>{rows}</w:tbl>"
    made = {
        "[Content_Types].xml": TYPES.encode(),
        "_rels/.rels": RELATIONS.encode(),
        "word/document.xml": f'<w:document xmlns:w="{WORDS}"><w:body>{body}</w:body></w:document>'.encode(),
        **(parts or {}),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in made.items():
            archive.writestr(name, data)
    return packed.getvalue()


def _shown(text: str) -> bytes:
    lines = [line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)") for line in text.split("\n")]
    drawn = " ".join(f"({line}) Tj T*" for line in lines if line)
    return f"BT /F1 11 Tf 60 780 Td 14 TL {drawn} ET".encode("cp1252")


def _stream(body: bytes, filters: str = "") -> bytes:
    return b"<< /Length %d%b >>\nstream\n%b\nendstream" % (len(body), filters.encode(), body)


def _paragraph(text: str) -> str:
    style = '<w:pPr><w:pStyle w:val="Heading1"/></w:pPr>' if text.startswith("# ") else ""
    shown = escape(text.removeprefix("# "))
    return f'<w:p>{style}<w:r><w:t xml:space="preserve">{shown}</w:t></w:r></w:p>'
