"""QR codes, read again as a camera does."""

import re

import pytest
import zxingcpp
from bs4 import BeautifulSoup
from markupsafe import Markup
from PIL import Image

from app.web.qrcodes import QUIET, svg

pytestmark = pytest.mark.once

PIXELS = 4
RUN = re.compile(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z")
TEXTS = [
    "INTERNET EDARTAG 12MONTHS",
    "BCD\n002\n1\nSCT\n\nGRI ESPCI\nFR1420041010050500013M02606\nEUR15.00\n\n\nINTERNET 12MONTHS",
    "été, 12 €, Жанна, 李雷, 😀",
    "漢字",
    "0612345678",
    "é" * 165 + "r",  # 331 bytes
]


def drawn(code: Markup) -> Image.Image:
    """The pixels of a code: those of its path are dark."""
    element = BeautifulSoup(code, "html.parser").svg
    _x, _y, width, height = map(int, element["viewbox"].split())
    image = Image.new("L", (width, height), 255)
    path = element.path["d"]
    assert RUN.sub("", path) == ""
    for x, y, length, back in (map(int, run) for run in RUN.findall(path)):
        assert length == back
        image.paste(0, (x, y, x + length, y + 1))
    return image.resize((width * PIXELS, height * PIXELS), Image.Resampling.NEAREST)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_code_says_its_very_bytes(text: str) -> None:
    (read,) = zxingcpp.read_barcodes(drawn(svg(text, label="Code")))

    assert read.bytes == text.encode()
    assert read.format == zxingcpp.BarcodeFormat.QRCode
    assert read.ec_level == "M"


def test_a_code_has_white_around() -> None:
    image = drawn(svg("x", label="Code"))

    left, top, right, bottom = image.point(lambda grey: 255 - grey).getbbox()

    edge = QUIET * PIXELS
    assert (left, top, right, bottom) == (edge, edge, image.width - edge, image.height - edge)
    assert edge == 16


def test_a_code_is_black_on_white_and_as_wide_as_its_place() -> None:
    element = BeautifulSoup(svg("x", label="Code"), "html.parser").svg

    assert (element.rect["fill"], element.path["fill"]) == ("#fff", "#000")
    assert {"width", "height"} & set(element.attrs) == set()
    assert (element["role"], element["class"]) == ("img", ["qr"])


def test_a_code_has_no_style_of_its_own() -> None:
    assert "style" not in svg("x", label="Code")


def test_a_label_is_no_markup() -> None:
    code = svg("x", label='"><script>alert(1)</script>&')

    element = BeautifulSoup(code, "html.parser").svg
    assert element["aria-label"] == '"><script>alert(1)</script>&'
    assert "<script" not in code
