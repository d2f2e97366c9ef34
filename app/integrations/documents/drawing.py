"""The pages of a PDF, drawn, and what they say."""

import ctypes
import math
from pathlib import Path
from typing import Any

import pypdfium2
import pyvips

from app.integrations.documents.contract import (
    LARGEST_COVER,
    LONGEST_TEXT,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    SMALL_HEIGHT,
    SMALL_WIDTH,
    TooSlow,
    Undecodable,
)

_WHITE = (255, 255, 255, 255)
#: Of a pixel: as much as rounding may be wrong by.
_LESS = 0.01


def draw(request: Any) -> dict[str, Any]:
    """Draw the pages of a request: their numbers, and where each goes.

    Raises:
        DocumentRefused: If one cannot be.
        OSError: If the files cannot be read or written.
    """
    pyvips.cache_set_max(0)
    source = Path(request["source"])
    with source.open("rb"):
        pass  # what is not there is no damaged document
    try:
        pdf = pypdfium2.PdfDocument(source)
    except pypdfium2.PdfiumError as error:
        raise Undecodable(str(error)) from error
    return {"pages": [_draw(pdf, wanted) for wanted in request["pages"]]}


def _draw(pdf: Any, wanted: Any) -> dict[str, Any]:
    number = wanted["number"]
    try:
        page = pdf[number - 1]
        scale = _scale(*page.get_size())
        bitmap = page.render(
            scale=scale, fill_color=_WHITE, may_draw_forms=False, rev_byteorder=True
        )
        text = _text(page)
    except (pypdfium2.PdfiumError, IndexError, ValueError, ctypes.ArgumentError) as error:
        raise Undecodable(f"page {number}: {error}") from error
    image = _image(bitmap)
    _write(image, wanted)
    made = {"number": number, "width": image.width, "height": image.height, "text": text}
    page.close()
    return made


def _scale(width: float, height: float) -> float:
    """By how much to enlarge a page of that size, in points, to be as wide as is wanted.

    Raises:
        ValueError: If it has no size.
    """
    if not (math.isfinite(width) and math.isfinite(height) and width > 0 and height > 0):
        raise ValueError(f"its size is {width} by {height}")
    # pdfium rounds up
    return min((PAGE_WIDTH - _LESS) / width, (PAGE_HEIGHT - _LESS) / height)


def _image(bitmap: Any) -> pyvips.Image:
    """The pixels of a page, opaque."""
    bands = bitmap.n_channels
    image = pyvips.Image.new_from_memory(
        bytes(bitmap.buffer), bitmap.stride // bands, bitmap.height, bands, "uchar"
    )
    return image.crop(0, 0, bitmap.width, bitmap.height).extract_band(0, n=min(3, bands))


def _text(page: Any) -> str:
    words = page.get_textpage()
    return str(words.get_text_bounded())[:LONGEST_TEXT]


def _write(image: pyvips.Image, wanted: Any) -> None:
    try:
        image.webpsave(wanted["large"], Q=80, effort=2, keep="none")
        small = image.thumbnail_image(SMALL_WIDTH, height=SMALL_HEIGHT, size="down").copy_memory()
        small.webpsave(wanted["small"], Q=75, effort=3, keep="none")
        if "cover" in wanted:
            Path(wanted["cover"]).write_bytes(_cover(small))
    except pyvips.Error as error:
        if "memory" in str(error):
            raise TooSlow(str(error)) from error
        raise OSError(str(error)) from error


def _cover(small: pyvips.Image) -> bytes:
    """The first page, light enough to be among many."""
    data = b""
    for quality in (80, 60, 40, 20, 5):
        data = bytes(small.webpsave_buffer(Q=quality, effort=4, keep="none"))
        if len(data) <= LARGEST_COVER:
            break
    return data
