"""What is made of a picture: upright, in the colours of screens, and silent."""

import base64
import io
import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pyvips
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from app.integrations import images
from app.integrations.images import Undecodable, metadata
from tests.integrations.images.pictures import (
    FILES,
    is_red,
    outputs,
    picture,
    tags,
    with_place,
    written,
)

pytestmark = pytest.mark.once

SRGB = "sRGB"


def description(image: Image.Image) -> str:
    """What the colour profile of a picture is called."""
    profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
    return ImageCms.getProfileDescription(profile).strip()


def redness(image: Image.Image, at: tuple[int, int]) -> int:
    return image.convert("RGB").getpixel(at)[0]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_each_orientation_is_turned_upright(tmp_path: Path, orientation: int) -> None:
    upright = picture(96, 64)
    undone = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    as_shot = upright.transpose(undone[orientation]) if orientation > 1 else upright
    made = outputs(tmp_path)
    source = written(tmp_path / "a.jpg", as_shot, exif=tags(x0112=orientation))

    prepared = images.prepare(source, made)

    assert (prepared.width, prepared.height) == (96, 64)
    for path in (made.original, made.large, made.thumb):
        with Image.open(path) as image:
            assert image.size == (96, 64)
            assert image.getexif().get(0x0112, 1) == 1
            corners = [is_red(image, at) for at in ((8, 8), (88, 8), (8, 56), (88, 56))]
            assert corners == [True, False, False, False]


@pytest.mark.parametrize(("degrees", "red"), [(90, (56, 8)), (180, (88, 56)), (270, (8, 88))])
def test_it_is_turned_clockwise(tmp_path: Path, degrees: int, red: tuple[int, int]) -> None:
    made = outputs(tmp_path)

    prepared = images.prepare(written(tmp_path / "a.png"), made, rotate=degrees)

    with Image.open(made.original) as image:
        assert image.size == (prepared.width, prepared.height)
        assert is_red(image, red)
        assert not is_red(image, (8, 8))


@pytest.mark.parametrize(
    ("name", "mode", "options", "becomes"),
    [
        ("a.jpg", "L", {}, "JPEG"),
        ("a.jpg", "CMYK", {}, "JPEG"),
        ("a.png", "RGBA", {}, "PNG"),
        ("a.png", "P", {}, "PNG"),
        ("a.webp", "RGB", {}, "WEBP"),
        ("a.gif", "P", {}, "JPEG"),
    ],
)
def test_each_kind_is_published_as_it_should_be(
    tmp_path: Path, name: str, mode: str, options: dict[str, object], becomes: str
) -> None:
    made = outputs(tmp_path)

    prepared = images.prepare(written(tmp_path / name, picture(mode=mode), **options), made)

    with Image.open(made.original) as image:
        assert image.format == becomes
        assert description(image) == SRGB
        assert redness(image, (8, 8)) > redness(image, (88, 56)) + 15
    assert prepared.size == made.original.stat().st_size
    for path in (made.large, made.thumb):
        with Image.open(path) as image:
            assert image.format == "WEBP"
            assert redness(image, (8, 8)) > redness(image, (88, 56)) + 15


def test_a_heic_becomes_a_jpeg(tmp_path: Path) -> None:
    made = outputs(tmp_path)

    images.prepare(FILES / "turned.heic", made)

    with Image.open(made.original) as image:
        assert (image.format, image.size) == ("JPEG", (64, 96))
        assert is_red(image, (56, 8))


def test_sixteen_bits_become_eight(tmp_path: Path) -> None:
    made = outputs(tmp_path)

    images.prepare(written(tmp_path / "a.png", Image.new("I;16", (40, 30), 0x8000)), made)

    with Image.open(made.original) as image:
        assert image.mode == "RGB"
        assert abs(image.getpixel((9, 9))[0] - 0x80) <= 2


def test_what_one_sees_through_stays_so_and_is_white_in_previews(tmp_path: Path) -> None:
    made = outputs(tmp_path)
    source = written(tmp_path / "a.png", Image.new("RGBA", (40, 30), (0, 0, 0, 0)))

    images.prepare(source, made)

    with Image.open(made.original) as image, Image.open(made.large) as large:
        assert image.getpixel((9, 9))[3] == 0
        assert min(large.convert("RGB").getpixel((9, 9))) > 250


def test_a_webp_without_loss_stays_without(tmp_path: Path) -> None:
    made, noise = outputs(tmp_path), Image.effect_noise((60, 40), 80).convert("RGB")

    images.prepare(written(tmp_path / "a.webp", noise, lossless=True), made)

    with Image.open(made.original) as image:
        assert image.convert("RGB").tobytes() == noise.tobytes()


def test_colours_of_another_profile_become_those_of_screens(tmp_path: Path) -> None:
    profile = pyvips.Operation.call("profile_load", "p3")
    made, rose = outputs(tmp_path), Image.new("RGB", (40, 30), (200, 64, 64))
    plain = written(tmp_path / "a.png", rose)
    other = written(tmp_path / "b.png", rose, icc_profile=bytes(profile))

    for source, red in ((plain, 200), (other, 216)):
        images.prepare(source, made)

        with Image.open(made.original) as image:
            assert abs(image.getpixel((9, 9))[0] - red) <= 2
            assert description(image) == SRGB


def test_a_profile_that_makes_no_sense_is_left_out(tmp_path: Path) -> None:
    made = outputs(tmp_path)

    images.prepare(written(tmp_path / "a.jpg", icc_profile=b"nonsense" * 40), made)

    with Image.open(made.original) as image:
        assert is_red(image, (8, 8))
    assert b"nonsense" not in made.original.read_bytes()


SECRETS = (b"SN-123456789", b"xmp-secret", b"photoshop-secret", b"comment-secret", b"XP-secret")


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_nothing_that_a_picture_says_is_published_but_what_it_should(
    tmp_path: Path, name: str
) -> None:
    said = tags(
        x8298=b"(c) ESPCI",
        x013b=b"not this one",
        x9c9d="XP-secret".encode("utf-16-le"),
        shot_xa431="SN-123456789",
        shot_x927c=b"comment-secret maker note",
    )
    with_place(said)
    options: dict[str, object] = {"exif": said}
    if name == "a.png":
        told = PngInfo()
        told.add_text("Comment", "comment-secret")
        told.add_itxt("XML:com.adobe.xmp", "<x>xmp-secret</x>")
        options["pnginfo"] = told
    else:
        options["xmp"] = b"<x>xmp-secret</x>"
    if name == "a.jpg":
        options["comment"] = b"comment-secret"
        options["extra"] = b"\xff\xed\x00\x22Photoshop 3.0\0photoshop-secret\0\0"
    source, made = written(tmp_path / name, **options), outputs(tmp_path)
    degrees = _written_degrees(source)
    assert degrees, "the place is in the source, as these bytes"

    taken = datetime(2024, 7, 14, 21, 30, tzinfo=UTC)
    images.prepare(source, made, author="Zoé", timestamp=taken)
    images.make_cover(source, tmp_path / "cover")

    for path in (made.original, made.large, made.thumb, tmp_path / "cover"):
        data = path.read_bytes()
        for secret in (*SECRETS, *degrees, b"not this one", b"GPS"):
            assert secret not in data
            assert secret.decode("latin-1").encode("utf-16-le") not in data
    with Image.open(made.original) as image:
        exif = image.getexif()
        assert exif[0x8298] == "(c) ESPCI"
        assert dict(exif.get_ifd(0x8825)) == {}
        assert exif.get_ifd(0x8769)[0x9003] == "2024:07:14 23:30:00"
        assert exif.get_ifd(0x8769)[0x9011] == "+02:00"
        assert not {"xmp", "comment", "photoshop"} & set(image.info)
        found = metadata.said(image.info["exif"])
        assert (found.author, found.timestamp, found.lat) == ("Zoé", taken, None)


def _written_degrees(source: Path) -> list[bytes]:
    """The fraction of 28.5 seconds, as it is written in a file."""
    data = source.read_bytes()
    forms = [struct.pack(order + "II", 57, 2) for order in "<>"]
    return [form for form in forms if form in data]


def test_a_picture_without_a_word_is_published_without(tmp_path: Path) -> None:
    made = outputs(tmp_path)

    images.prepare(written(tmp_path / "a.jpg", exif=with_place(tags())), made)

    with Image.open(made.original) as image:
        assert "exif" not in image.info


@pytest.mark.parametrize(
    ("size", "large", "thumb"),
    [
        ((4096, 3072), (2048, 1536), (363, 272)),
        ((600, 1200), (600, 1200), (136, 272)),
        ((6000, 400), (2048, 137), (816, 272)),
        ((300, 200), (300, 200), (300, 200)),
        ((900, 100), (900, 100), (300, 100)),
        ((3, 1500), (3, 1500), (1, 272)),
        ((1, 1), (1, 1), (1, 1)),
    ],
)
def test_previews_have_their_sizes_and_are_never_enlarged(
    tmp_path: Path, size: tuple[int, int], large: tuple[int, int], thumb: tuple[int, int]
) -> None:
    made = outputs(tmp_path)

    images.prepare(written(tmp_path / "a.jpg", Image.new("RGB", size, "teal")), made)

    with Image.open(made.large) as image:
        assert image.size == large
    with Image.open(made.thumb) as image:
        assert image.size == thumb


def test_the_smaller_preview_of_a_panorama_is_its_middle(tmp_path: Path) -> None:
    panorama = Image.new("RGB", (3000, 400), "blue")
    panorama.paste((220, 30, 30), (1300, 0, 1700, 400))
    made = outputs(tmp_path)

    images.prepare(written(tmp_path / "a.jpg", panorama), made)

    with Image.open(made.thumb) as image:
        assert image.size == (816, 272)
        assert is_red(image, (408, 136))
        assert not is_red(image, (40, 136))


@pytest.mark.parametrize("size", [(400, 300), (300, 4000), (4000, 30), (1, 1)])
def test_the_miniature_is_short_and_shows_the_colours(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    noise = Image.effect_noise(size, 200).convert("RGB")

    made = images.prepare(written(tmp_path / "a.jpg", noise), outputs(tmp_path))

    head, _, data = made.placeholder.partition(",")
    assert (head, len(made.placeholder) <= 600) == ("data:image/webp;base64", True)
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        assert max(image.size) <= 16


def test_previews_can_be_made_again(tmp_path: Path) -> None:
    source, made = written(tmp_path / "a.jpg"), outputs(tmp_path)
    prepared = images.prepare(source, made)
    large, thumb = tmp_path / "again-large", tmp_path / "again-thumb"

    placeholder = images.make_previews(source, large, thumb)

    assert placeholder == prepared.placeholder
    assert large.read_bytes() == made.large.read_bytes()
    assert thumb.read_bytes() == made.thumb.read_bytes()


@pytest.mark.parametrize(
    ("name", "size", "cover"),
    [
        ("a.jpg", (2000, 1500), (480, 360)),
        ("a.jpg", (4000, 500), (480, 60)),
        ("a.jpg", (1000, 3000), (480, 640)),
        ("a.png", (200, 100), (200, 100)),
    ],
)
def test_a_cover_is_as_wide_as_its_card(
    tmp_path: Path, name: str, size: tuple[int, int], cover: tuple[int, int]
) -> None:
    source = written(tmp_path / name, Image.new("RGB", size, "teal"))

    images.make_cover(source, tmp_path / "cover")

    with Image.open(tmp_path / "cover") as image:
        assert (image.format, image.size) == ("WEBP", cover)


def test_a_disk_that_refuses_is_not_the_pictures_fault(tmp_path: Path) -> None:
    source = written(tmp_path / "a.jpg")

    with pytest.raises(OSError, match="nowhere"):
        images.prepare(source, outputs(tmp_path / "nowhere"))


def test_a_damaged_picture_leaves_nothing(tmp_path: Path) -> None:
    source, made = (
        written(tmp_path / "a.jpg", Image.effect_noise((300, 200), 60)),
        outputs(tmp_path),
    )
    source.write_bytes(source.read_bytes()[:5000])

    with pytest.raises(Undecodable):
        images.prepare(source, made)

    assert [path.name for path in tmp_path.iterdir()] == ["a.jpg"]
