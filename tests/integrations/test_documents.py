import hashlib
import io
import os
import re
import signal
import time
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Dictionary, Name, Pdf
from PIL import Image

from app.integrations import documents
from app.integrations.documents import (
    Cleaned,
    DocumentRefused,
    Encrypted,
    NotPdf,
    Page,
    Place,
    TooManyPages,
    TooSlow,
    Undecodable,
    names,
    refusals,
    running,
)
from tests.pdfs import A4, changed, heavy, hostile, lines, locked, pages, pdf

pytestmark = pytest.mark.once


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(folder=tmp_path / "files", workshop=tmp_path / "workshop", revision=3)


def clean(folder: Path, content: bytes) -> tuple[Cleaned, bytes]:
    """Clean a PDF: what is said of it, and what is kept."""
    (folder / "sent").write_bytes(content)
    found = documents.clean(folder / "sent", folder / "made")
    return found, (folder / "made").read_bytes()


def draw(place: Place, content: bytes, *, count: int = 1) -> list[Page]:
    source = place.workshop / "source.pdf"
    source.parent.mkdir(exist_ok=True)
    source.write_bytes(content)
    made = documents.draw(source, place, pages=count)
    source.unlink()
    return made


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        assert image.format == "WEBP"
        return image.size


# What is taken, and what is not


def test_a_pdf_is_written_anew_and_what_is_written_is_said(tmp_path: Path) -> None:
    found, kept = clean(tmp_path, pdf("Une", "Deux", "Trois"))

    assert found == Cleaned(pages=3, size=len(kept), sha256=hashlib.sha256(kept).hexdigest())
    with pikepdf.open(io.BytesIO(kept)) as made:
        assert len(made.pages) == 3


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", NotPdf),
        (b"<!doctype html><script>alert(1)</script>", NotPdf),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, NotPdf),
        (b"\0" * 2000 + pdf("Trop loin"), NotPdf),
        (b"%PDF-1.7\n", Undecodable),
        (b"%PDF-1.7\n" + os.urandom(5000), Undecodable),
        (pdf("Coupé")[:400], Undecodable),
        (locked(pdf("Un secret"), user="secret"), Encrypted),
        (locked(pdf("Un secret")), Encrypted),
        (pages(501), TooManyPages),
    ],
    ids=["empty", "html", "png", "far", "head", "noise", "cut", "locked", "owner", "long"],
)
def test_anything_else_is_refused_and_says_why(
    tmp_path: Path, content: bytes, kind: type[DocumentRefused]
) -> None:
    with pytest.raises(kind):
        clean(tmp_path, content)


def test_five_hundred_pages_are_taken(tmp_path: Path) -> None:
    assert clean(tmp_path, pages(500))[0].pages == 500


def test_a_pdf_without_pages_is_refused(tmp_path: Path) -> None:
    def empty(made: Pdf) -> None:
        del made.pages[0]

    with pytest.raises(TooManyPages):
        clean(tmp_path, changed(pdf("Plus rien"), empty))


def test_a_page_tree_that_bites_its_tail_is_refused(tmp_path: Path) -> None:
    source = pdf("Une")
    number = re.search(rb"/Pages (\d+) 0 R", source)[1]  # type: ignore[index]  # it has pages
    looped = re.sub(rb"/Kids \[ [0-9]+ 0 R \]", b"/Kids [ %b 0 R ]" % number, source)
    assert looped != source

    with pytest.raises(DocumentRefused):
        clean(tmp_path, looped)


def test_what_acts_asks_or_comes_along_is_gone(tmp_path: Path) -> None:
    source = hostile()
    assert source.count(b"EVIL") > 5

    _found, kept = clean(tmp_path, source)

    with pikepdf.open(io.BytesIO(kept)) as made:
        for key in ("/OpenAction", "/AA", "/AcroForm", "/Collection"):
            assert key not in made.Root
        assert not made.attachments
        text = _all_of(made)
    for word in ("EVIL", "JavaScript", "Launch", "SubmitForm", "GoToR", "Widget", "EmbeddedFile"):
        assert word not in text
    assert "https://espci.fr" in text


def _all_of(made: Pdf) -> str:
    """All that a PDF holds, its streams included."""
    parts = []
    for one in made.objects:
        parts.append(repr(one))
        if isinstance(one, pikepdf.Stream):
            parts.append(one.read_bytes().decode("latin-1"))
    return "\n".join(parts)


def test_links_within_the_document_and_marks_stay(tmp_path: Path) -> None:
    def mark(made: Pdf) -> None:
        first, second = made.pages
        inside = Dictionary(S=Name.GoTo, D=[second.obj, Name.Fit])
        link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=inside)
        first.obj.Annots = pikepdf.Array([link])

    _found, kept = clean(tmp_path, changed(pdf("Une", "Deux"), mark))

    with pikepdf.open(io.BytesIO(kept)) as made:
        assert Name.GoTo == made.pages[0].obj.Annots[0].A.S


def test_a_name_written_otherwise_hides_nothing(tmp_path: Path) -> None:
    def hide(made: Pdf) -> None:
        made.Root.OpenAction = Dictionary(S=Name.JavaScript, JS="EVIL")

    hidden = changed(pdf("Bonjour"), hide).replace(b"/OpenAction", b"/Open#41ction")

    assert b"EVIL" not in clean(tmp_path, hidden)[1]


# Pages


def test_each_page_is_drawn_twice_and_the_first_is_the_cover(place: Place) -> None:
    made = draw(place, pdf("Café d'été", "Fin"), count=2)

    assert [(one.number, one.width, one.height, one.text) for one in made] == [
        (1, 1600, 2265, "Café d'été"),
        (2, 1600, 2265, "Fin"),
    ]
    assert {path.name: size_of(path) for path in place.folder.iterdir()} == {
        names.cover(3): (480, 680),
        **{names.page(3, number): (1600, 2265) for number in (1, 2)},
        **{names.small(3, number): (480, 680) for number in (1, 2)},
    }
    assert list(place.workshop.iterdir()) == []


def test_a_cover_is_light(place: Place) -> None:
    def noise(made: Pdf) -> None:
        image = made.make_stream(
            os.urandom(600 * 800 * 3),
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=600,
            Height=800,
            ColorSpace=Name.DeviceRGB,
            BitsPerComponent=8,
        )
        page = made.pages[0].obj
        page.Resources.XObject = Dictionary(Im=image)
        page.Contents = made.make_stream(b"595 0 0 842 0 0 cm /Im Do")

    draw(place, changed(pdf("Du bruit"), noise))

    assert (place.folder / names.cover(3)).stat().st_size <= 60_000


@pytest.mark.parametrize(
    ("size", "drawn"),
    [
        (A4, (1600, 2265)),
        ((842.0, 595.0), (1600, 1131)),
        ((3.0, 3.0), (1600, 1600)),
        ((10.0, 14_400.0), (4, 4800)),
        ((14_400.0, 14_400.0), (1600, 1600)),
        ((200_000.0, 200_000.0), (1600, 1600)),
    ],
)
def test_what_is_drawn_has_bounds_whatever_a_page_says(
    place: Place, size: tuple[float, float], drawn: tuple[int, int]
) -> None:
    (made,) = draw(place, pdf("Grand", size=size))

    assert (made.width, made.height) == drawn


def test_a_picture_as_large_as_a_city_does_no_harm(place: Place) -> None:
    def bomb(made: Pdf) -> None:
        image = made.make_stream(
            b"\0" * 1000,
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=60_000,
            Height=60_000,
            ColorSpace=Name.DeviceRGB,
            BitsPerComponent=8,
        )
        page = made.pages[0].obj
        page.Resources.XObject = Dictionary(Im=image)
        page.Contents = made.make_stream(b"595 0 0 842 0 0 cm /Im Do")

    begun = time.monotonic()
    try:
        made = draw(place, changed(pdf("Une bombe"), bomb))
    except DocumentRefused:
        assert not place.folder.exists()
    else:
        assert (made[0].width, made[0].height) == (1600, 2265)
    assert time.monotonic() - begun < 30


def test_a_damaged_document_is_refused_with_its_pages(place: Place) -> None:
    with pytest.raises(Undecodable) as refusal:
        draw(place, b"%PDF-1.7\nnothing", count=2)

    assert refusal.value.pages == "1-2"
    assert refusals.reason(refusal.value) == "Undecodable 1-2"
    assert list(place.workshop.iterdir()) == [place.workshop / "source.pdf"]


def test_a_page_that_is_not_there_is_refused(place: Place) -> None:
    with pytest.raises(Undecodable):
        draw(place, pdf("Une"), count=2)


def test_a_file_that_is_not_there_is_no_damaged_document(place: Place) -> None:
    with pytest.raises(OSError, match="No such file"):
        documents.draw(place.folder / "none.pdf", place, pages=1)


def test_drawn_twice_it_is_the_same(place: Place) -> None:
    content = pdf("Une fois", "Deux fois")
    draw(place, content, count=2)
    first = {path.name: path.read_bytes() for path in place.folder.iterdir()}

    draw(place, content, count=2)

    assert {path.name: path.read_bytes() for path in place.folder.iterdir()} == first


def test_two_hundred_pages_are_drawn(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "AT_ONCE", 60)
    texts = [f"Page {number}" for number in range(1, 201)]

    made = draw(place, pdf(*texts, size=(595, 30)), count=200)

    assert [(one.number, one.text) for one in made] == list(enumerate(texts, start=1))
    drawn = {path.name for path in place.folder.iterdir()}
    assert len(drawn) == 401
    assert names.page(3, 200) in drawn
    assert list(place.workshop.iterdir()) == []


def test_a_word_that_a_line_cuts_is_whole_in_the_text(place: Place) -> None:
    (made,) = draw(place, lines("C'est très impor-", "tant, et un porte-", "feuille", "Fin -"))

    assert made.text == "C'est très important, et un portefeuille\nFin -"


def test_a_hundred_megabytes_take_little_memory(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    peaks = tmp_path / "peaks"
    measured = tmp_path / "measured.py"
    measured.write_text(_MEASURED.format(peaks=peaks, child=running._PROGRAM.path))
    monkeypatch.setattr(running, "_PROGRAM", _with(measured))
    sent, made = place.workshop / "sent", place.workshop / "made"
    place.workshop.mkdir()
    heavy(sent, documents.LARGEST)
    assert 98_000_000 < sent.stat().st_size < documents.LARGEST

    found = documents.clean(sent, made)
    (page,) = documents.draw(made, place, pages=found.pages)

    assert found.size > 98_000_000
    assert (page.width, page.height) == (1600, 2265)
    cleaning, drawing = (int(peak) for peak in peaks.read_text().split())  # in kilobytes
    assert cleaning < 300_000
    assert drawing < 500_000


#: The program, that tells at its end what memory it took at most.
_MEASURED = """
import atexit, re, runpy
from pathlib import Path

def tell():
    peak = re.search(r"VmHWM:\\s+([0-9]+) kB", Path("/proc/self/status").read_text())[1]
    with open("{peaks}", "a") as file:
        file.write(peak + "\\n")

atexit.register(tell)
runpy.run_path("{child}", run_name="__main__")
"""


# Whatever becomes of the process apart


@pytest.mark.parametrize(
    ("program", "kind"),
    [
        ("import time; time.sleep(9)", TooSlow),
        (f"import os; os.kill(os.getpid(), {int(signal.SIGSEGV)})", Undecodable),
        (f"import os; os.kill(os.getpid(), {int(signal.SIGKILL)})", TooSlow),
    ],
)
def test_its_end_is_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, kind: type[DocumentRefused]
) -> None:
    child = tmp_path / "child.py"
    child.write_text(program)
    monkeypatch.setattr(running, "CHECK_SECONDS", 0.3)
    monkeypatch.setattr(running, "_PROGRAM", _with(child))

    with pytest.raises(kind):
        clean(tmp_path, pdf("Peu importe"))


def _with(child: Path) -> running.Program:
    program = running._PROGRAM
    return running.Program(
        path=child,
        environment=program.environment,
        refusals=program.refusals,
        crashed=program.crashed,
    )


def test_one_at_once_is_looked_at_and_others_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_PATIENCE", 0.01)

    with running._turn, pytest.raises(refusals.ReadersBusy), refusals.told():
        clean(tmp_path, pdf("Plus tard"))
