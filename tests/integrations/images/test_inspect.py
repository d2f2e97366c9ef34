"""What a picture is, and which are refused: by what they hold, never by their names."""

import random
import resource
import threading
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from app.integrations import images
from app.integrations.images import (
    Animated,
    ImageRefused,
    TooManyPixels,
    TooSlow,
    Undecodable,
    UnknownType,
    running,
    sniffing,
)
from tests.integrations.images.pictures import FILES, picture, png, png_chunk, tags, written

pytestmark = pytest.mark.once


def seconds_of_children() -> float:
    """How long processors worked for the programs that were started: others do not count."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@pytest.mark.parametrize(
    ("name", "mode", "kind"),
    [
        ("a.jpg", "RGB", "jpeg"),
        ("a.jpg", "L", "jpeg"),
        ("a.jpg", "CMYK", "jpeg"),
        ("a.png", "RGBA", "png"),
        ("a.png", "P", "png"),
        ("a.webp", "RGB", "webp"),
        ("a.gif", "P", "gif"),
    ],
)
def test_what_is_accepted(tmp_path: Path, name: str, mode: str, kind: str) -> None:
    path = written(tmp_path / name, picture(mode=mode))

    facts = images.inspect(path.rename(tmp_path / "named.exe"))

    assert (facts.format, facts.width, facts.height) == (kind, 96, 64)


def test_sixteen_bits_are_accepted(tmp_path: Path) -> None:
    path = written(tmp_path / "a.png", Image.new("I;16", (40, 30), 40_000))

    assert images.inspect(path).format == "png"


def test_a_heic_is_upright_and_says_the_same_as_a_jpeg() -> None:
    facts = images.inspect(FILES / "turned.heic")

    assert (facts.format, facts.width, facts.height) == ("heic", 64, 96)
    assert (facts.author, facts.caption, facts.lat) == ("Zoé", "Gala", 48.84125)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_size_is_that_of_the_picture_upright(tmp_path: Path, orientation: int) -> None:
    path = written(tmp_path / "a.jpg", exif=tags(x0112=orientation))

    facts = images.inspect(path)

    assert (facts.width, facts.height) == ((64, 96) if orientation >= 5 else (96, 64))


def test_a_picture_that_says_nonsense_of_itself_is_a_picture(tmp_path: Path) -> None:
    noise = random.Random(7).randbytes(60_000)
    for name in ("a.jpg", "a.png", "a.webp"):
        path = written(tmp_path / name, exif=b"Exif\0\0MM\0*\0\0\0\x08" + noise)

        assert images.inspect(path).width == 96


HTML = b"<html><script>alert(1)</script></html>"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 20_000,
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        HTML,
        b"%PDF-1.7\n",
        b"BM" + b"\0" * 100,
        b"II*\0" + b"\0" * 100,
        b"MM\0*" + b"\0" * 100,
        b"RIFF\x10\0\0\0AVI LIST",
        b"\x1aE\xdf\xa3" + b"\0" * 100,
        b"\0\0\0\x1cftypisom\0\0\0\0isomiso2avc1mp41",
        b"\0\0\0\x1cftypavif\0\0\0\0mif1avifmiaf",
        b"\0\0\0\x1cftypmif1\0\0\0\0mif1heicavif",
        b"PK\x03\x04" + b"\0" * 100,
        b"\x7fELF" + b"\0" * 100,
        b" \xff\xd8\xff\xe0",
    ],
)
def test_what_is_no_picture_of_ours_is_refused_whatever_it_is_called(
    tmp_path: Path, data: bytes
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(data)

    with pytest.raises(UnknownType):
        sniffing.format_of(path)


def test_a_drawing_that_is_called_a_picture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')

    with pytest.raises(UnknownType):
        images.inspect(path)


@pytest.mark.parametrize(
    "head", [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\x10\0\0\0WEBPVP8 ", b"GIF89a"]
)
def test_what_only_begins_like_a_picture_is_damaged(tmp_path: Path, head: bytes) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(head + HTML)

    with pytest.raises(Undecodable):
        images.inspect(path)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.heic", "progressive.jpg"])
@pytest.mark.parametrize("part", [0.5, 0.9])
def test_what_is_not_whole_is_refused(tmp_path: Path, name: str, part: float) -> None:
    path, noise = tmp_path / name, Image.effect_noise((200, 150), 60).convert("RGB")
    if name == "a.heic":
        path.write_bytes((FILES / "turned.heic").read_bytes())
    else:
        written(path, noise, **({"progressive": True} if name == "progressive.jpg" else {}))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])

    with pytest.raises(Undecodable):
        images.inspect(path)


def test_what_comes_behind_a_picture_makes_it_no_other(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.png"):
        path = written(tmp_path / name)
        path.write_bytes(path.read_bytes() + b"PK\x03\x04" + HTML)

        assert images.inspect(path).format == {"a.jpg": "jpeg", "a.png": "png"}[name]


def test_a_gif_that_is_a_script_too_is_no_more_than_its_picture(tmp_path: Path) -> None:
    path = written(tmp_path / "a.gif", picture(mode="P"), comment=b"*/=1;alert(1)//")

    assert images.inspect(path).format == "gif"


def test_a_bomb_of_pixels_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(13_000, 13_000, zlib.compress(bytes(13_000 * 1626))))
    assert path.stat().st_size < 25_000

    begun = seconds_of_children()
    with pytest.raises(TooManyPixels):
        images.inspect(path)

    assert seconds_of_children() - begun < 1


@pytest.mark.parametrize("size", [(20_001, 10), (10, 20_001)])
def test_a_side_that_is_too_long_is_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(*size, b""))

    with pytest.raises(TooManyPixels):
        images.inspect(path)


def test_a_text_that_unpacks_without_end_is_not_unpacked(tmp_path: Path) -> None:
    bomb = b"Comment\0\0" + zlib.compress(bytes(100_000_000), 1)
    path = tmp_path / "a.png"
    rows = zlib.compress(bytes(5 * 10))
    path.write_bytes(png(32, 10, rows, before=png_chunk(b"zTXt", bomb)))

    begun = seconds_of_children()
    with suppress(Undecodable):
        images.inspect(path)

    assert seconds_of_children() - begun < 2


@pytest.mark.parametrize(("name", "frames"), [("a.gif", 3000), ("a.webp", 3), ("a.png", 3)])
def test_what_moves_is_refused(tmp_path: Path, name: str, frames: int) -> None:
    first, *more = (Image.new("P", (8, 8), number % 251) for number in range(frames))
    first.putpalette(bytes(range(256)) * 3)
    for image in more:
        image.putpalette(bytes(range(256)) * 3)
    path = written(tmp_path / name, first, save_all=True, append_images=more)

    begun = seconds_of_children()
    with pytest.raises(Animated):
        images.inspect(path)

    assert seconds_of_children() - begun < 1


def test_a_sequence_of_heic_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.heic"
    data = (FILES / "turned.heic").read_bytes()
    path.write_bytes(data.replace(b"ftypheic", b"ftyphevc", 1))

    with pytest.raises(Animated):
        images.inspect(path)


def test_a_file_that_is_gone_is_nobodys_fault(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        images.inspect(tmp_path / "a.jpg")


@pytest.mark.parametrize(
    ("program", "refusal"),
    [
        ("import time; time.sleep(60)", TooSlow),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", TooSlow),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", Undecodable),
    ],
)
def test_a_decoder_that_hangs_or_dies_is_a_picture_that_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, refusal: type[ImageRefused]
) -> None:
    child = tmp_path / "child.py"
    child.write_text(program)
    monkeypatch.setattr(running, "_CHILD", child)
    monkeypatch.setattr(running, "SECONDS", 0.5)

    with pytest.raises(refusal):
        images.inspect(written(tmp_path / "a.jpg"))


def test_a_program_that_is_broken_is_not_said_to_be_the_pictures_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "child.py"
    child.write_text("raise ImportError('pyvips')")
    monkeypatch.setattr(running, "_CHILD", child)

    with pytest.raises(RuntimeError, match="pyvips"):
        images.inspect(written(tmp_path / "a.jpg"))


def test_more_than_two_at_once_wait_then_are_asked_to_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_PATIENCE", 0.01)
    monkeypatch.setattr(running, "_turns", threading.BoundedSemaphore(1))
    path = tmp_path / "photo"
    path.write_bytes(b"not a picture")

    with running._turns, pytest.raises(images.Busy):
        images.inspect(path)
    with pytest.raises(images.UnknownType):
        images.inspect(path)
    with pytest.raises(images.UnknownType):  # the turn was given back
        images.inspect(path)
