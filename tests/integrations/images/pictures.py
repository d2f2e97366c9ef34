"""Small pictures for tests, made here."""

import struct
import zlib
from pathlib import Path
from typing import Any

from PIL import Image

from app.integrations.images import Outputs

FILES = Path(__file__).parent / "files"
RED, BLUE = (220, 30, 30), (30, 60, 200)
#: Where the picture of a test was taken: 48° 50' 28.5" N, 2° 20' 50.1" E.
LAT, LNG = (48.0, 50.0, 28.5), (2.0, 20.0, 50.1)


def picture(width: int = 96, height: int = 64, mode: str = "RGB") -> Image.Image:
    """Blue, and red in its upper left quarter: one sees how it is turned."""
    image = Image.new("RGB", (width, height), BLUE)
    image.paste(RED, (0, 0, width // 2, height // 2))
    return image.convert(mode)


def written(path: Path, image: Image.Image | None = None, **options: Any) -> Path:
    """That picture in a file, of the format of its name."""
    (image or picture()).save(path, **options)
    return path


def tags(**said: Any) -> Image.Exif:
    """Tags by their numbers: ``tags(x013b=b"Zoé")``; those of the shot begin with ``shot_``."""
    exif = Image.Exif()
    for name, value in said.items():
        numbers = exif.get_ifd(0x8769) if name.startswith("shot_") else exif
        numbers[int(name.removeprefix("shot_")[1:], 16)] = value
    return exif


def with_place(exif: Image.Exif, lat: Any = LAT, lng: Any = LNG, refs: str = "NE") -> Image.Exif:
    """*exif*, with where the picture was taken."""
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = refs[0], lat, refs[1], lng
    return exif


def outputs(directory: Path) -> Outputs:
    """Where to write what is made of a picture."""
    return Outputs(directory / "original", directory / "large", directory / "thumb")


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG, with its sum."""
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png(width: int, height: int, data: bytes, *, before: bytes = b"") -> bytes:
    """A PNG in black and white of so many pixels, whatever there is of them in *data*."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = png_chunk(b"IHDR", head) + before + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def is_red(image: Image.Image, at: tuple[int, int]) -> bool:
    """Whether a pixel is red rather than blue."""
    pixel = image.convert("RGB").getpixel(at)
    return pixel[0] > pixel[2]
