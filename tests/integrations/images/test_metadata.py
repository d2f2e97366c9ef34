"""Who took a picture, when, where: what its tags say, and what of that makes sense."""

import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from PIL.TiffImagePlugin import IFDRational

from app.integrations import images
from app.integrations.images import exif, metadata
from app.integrations.images.metadata import Said
from tests.integrations.images.pictures import LAT, LNG, tags, with_place, written

pytestmark = pytest.mark.once


def said(**values: Any) -> Said:
    return metadata.said(tags(**values).tobytes())


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_a_picture_says_who_took_it_and_what_it_shows(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / name, exif=tags(x013b="Zoé".encode(), x010e=b"Gala"))

    facts = images.inspect(path)

    assert (facts.author, facts.caption) == ("Zoé", "Gala")


def utf16(text: str) -> bytes:
    return text.encode("utf-16-le") + b"\0\0"


@pytest.mark.parametrize(
    ("values", "author"),
    [
        ({"x013b": "Zoé".encode()}, "Zoé"),
        ({"x013b": "Zoé".encode("cp1252")}, "Zoé"),
        ({"x013b": b"Zo\xc3\xa9\0rest"}, "Zoé"),
        ({"x013b": "Zoe\u0301".encode()}, "Zoé"),
        ({"x013b": b"Zoe", "x9c9d": utf16("Autre")}, "Zoe"),
        ({"x013b": b"  \0", "x9c9d": utf16("Zoé 🎭")}, "Zoé 🎭"),
        ({"x013b": b"\xe2\x80\xaeeoZ\x07\x1b[31m\r\n x"}, "eoZ[31m x"),
        ({"x013b": b"<script>alert(1)</script>"}, "<script>alert(1)</script>"),
        ({"x013b": ("é" * 70).encode()}, "é" * 64),
        ({"x013b": b" "}, None),
        ({}, None),
    ],
)
def test_the_author_is_the_artist_else_that_of_windows(
    values: dict[str, bytes], author: str | None
) -> None:
    assert said(**values).author == author


@pytest.mark.parametrize(
    ("values", "caption"),
    [
        ({"x010e": b"Gala", "x9c9b": utf16("Titre")}, "Gala"),
        ({"x9c9b": utf16("Été"), "x9c9c": utf16("Mot")}, "Été"),
        ({"shot_x9286": b"ASCII\0\0\0Mot", "x9c9c": utf16("Autre")}, "Mot"),
        ({"shot_x9286": b"\0" * 8 + b"Mot"}, "Mot"),
        ({"shot_x9286": b"UNICODE\0" + "Été".encode("utf-16-le")}, "Été"),
        ({"shot_x9286": b"UNICODE\0" + "Été".encode("utf-16-be")}, "Été"),
        ({"shot_x9286": b"UNICODE\0" + "夏祭".encode("utf-16-be")}, "夏祭"),
        ({"shot_x9286": b"ASCII\0\0\0" + b"\0" * 40, "x9c9c": utf16("Mot")}, "Mot"),
        ({"x9c9c": utf16("Mot")}, "Mot"),
        ({"x010e": b"a" * 400}, "a" * 280),
    ],
)
def test_the_caption_is_the_description_else_a_title_else_a_comment(
    values: dict[str, bytes], caption: str
) -> None:
    assert said(**values).caption == caption


@pytest.mark.parametrize(
    ("values", "timestamp"),
    [
        ({"x0132": "2024:07:14 23:30:00"}, datetime(2024, 7, 14, 21, 30, tzinfo=UTC)),
        ({"x0132": "2024:01:14 23:30:00"}, datetime(2024, 1, 14, 22, 30, tzinfo=UTC)),
        (
            {"x0132": "2024:07:14 23:30:00", "shot_x9010": "-05:00"},
            datetime(2024, 7, 15, 4, 30, tzinfo=UTC),
        ),
        (
            {"shot_x9003": "2024:07:14 23:30:00", "shot_x9011": "+09:00", "shot_x9010": "-05:00"},
            datetime(2024, 7, 14, 14, 30, tzinfo=UTC),
        ),
        (
            {"x0132": "0000:00:00 00:00:00", "shot_x9003": "2024:07:14 02:00:00"},
            datetime(2024, 7, 14, tzinfo=UTC),
        ),
        (
            {"shot_x9004": "2024:07:14 02:00:00", "shot_x9003": "2024:02:30 02:00:00"},
            datetime(2024, 7, 14, tzinfo=UTC),
        ),
        (
            {"x0132": "2024:07:14 02:00:00", "shot_x9010": "+99:99"},
            datetime(2024, 7, 14, tzinfo=UTC),
        ),
        ({"x0132": "9999:12:31 23:59:59"}, None),
        ({"x0132": "0001:01:01 00:00:00"}, None),
        ({"x0132": "2024:07:14 25:00:00"}, None),
        ({"x0132": "hier"}, None),
    ],
)
def test_the_date_is_the_first_that_makes_sense_by_its_own_clock(
    values: dict[str, str], timestamp: datetime | None
) -> None:
    assert said(**values).timestamp == timestamp


ZERO = IFDRational(0, 0)


@pytest.mark.parametrize(
    ("lat", "lng", "refs", "place"),
    [
        (LAT, LNG, "NE", (48.84125, 2.34725)),
        (LAT, LNG, "SW", (-48.84125, -2.34725)),
        ((48.5, 0.0, 0.0), LNG, "NE", (48.5, 2.34725)),
        ((999.0, 0.0, 0.0), LNG, "NE", (None, None)),
        (LAT, (180.0, 1.0, 0.0), "NE", (None, None)),
        ((ZERO, ZERO, ZERO), LNG, "NE", (None, None)),
        (LAT, LNG, "XE", (None, None)),
        ((48.0,), LNG, "NE", (None, None)),
    ],
)
def test_where_it_was_is_in_signed_degrees_or_is_not_known(
    lat: Any, lng: Any, refs: str, place: tuple[float | None, float | None]
) -> None:
    found = metadata.said(with_place(tags(), lat, lng, refs).tobytes())

    assert (found.lat, found.lng) == place


@given(st.binary(max_size=300), st.sampled_from([b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"]))
def test_no_bytes_are_too_strange_to_be_read(noise: bytes, head: bytes) -> None:
    metadata.said(head + noise)


def test_a_list_that_leads_to_itself_ends() -> None:
    row = struct.pack("<HHII", exif.Tag.shot, 4, 1, 8)
    loop = b"II*\0" + struct.pack("<IH", 8, 1) + row + struct.pack("<I", 8)

    assert metadata.said(loop).author is None


def test_what_is_written_is_read_again() -> None:
    taken = datetime(2024, 7, 14, 23, 30, tzinfo=UTC)

    found = metadata.said(exif.write(author="Zoé".encode(), rights=b"ESPCI", taken=taken))

    assert (found.author, found.timestamp) == ("Zoé", taken)
