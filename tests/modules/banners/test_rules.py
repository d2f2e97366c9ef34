"""The rules of the banners, on their own."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.enums import BannerLayout, TextAlignment
from app.models import InfoBanner, InfoBannerPreset
from app.modules.banners.errors import NotTheBanners
from app.modules.banners.rules import files, sheets
from app.modules.banners.rules.icons import ICONS
from app.modules.banners.rules.links import is_link
from app.modules.banners.rules.looks import LEGIBLE, contrast, look_of
from app.modules.banners.rules.options import Options, options
from app.modules.banners.rules.order import check_order, shifted
from app.modules.banners.rules.stages import Stage, stage

pytestmark = pytest.mark.once
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def banner(**columns: Any) -> InfoBanner:
    colors = {"background_color": "#101010", "text_color": "#eeeeee"}
    return InfoBanner(title="T", is_text=True, **(colors | columns))


def preset(**columns: Any) -> InfoBannerPreset:
    style = {
        "background_color": "#200000",
        "text_color": "#fff000",
        "icon": "star-fill",
        "text_alignment": TextAlignment.left,
        "layout_style": BannerLayout.horizontal,
        "overlay_opacity": 40,
        "image": "preset_a.webp",
        "image_width": 30,
        "image_height": 20,
    }
    return InfoBannerPreset(name="P", **(style | columns))


def test_a_banner_alone_says_its_style_and_defaults_say_the_rest() -> None:
    look = look_of(banner(icon="gift-fill"))

    assert (look.background, look.text, look.icon) == ("#101010", "#eeeeee", "gift-fill")
    assert (look.alignment, look.layout) == (TextAlignment.center, BannerLayout.vertical)
    assert (look.opacity, look.picture) == (70, None)
    assert look.key == "101010-eeeeee-70"


def test_a_preset_has_the_colours_and_all_that_the_banner_does_not_say() -> None:
    look = look_of(banner(preset=preset()))

    assert (look.background, look.text, look.icon) == ("#200000", "#fff000", "star-fill")
    assert (look.alignment, look.layout) == (TextAlignment.left, BannerLayout.horizontal)
    assert look.opacity == 40
    assert look.picture is not None
    assert look.picture.name == "preset_a.webp"


def test_what_a_banner_says_goes_before_its_preset_but_for_the_colours() -> None:
    own = {
        "icon": "gift-fill",
        "text_alignment": TextAlignment.right,
        "layout_style": BannerLayout.vertical,
        "overlay_opacity": 0,
        "image": "banner_b.webp",
        "image_width": 3,
        "image_height": 2,
    }

    look = look_of(banner(preset=preset(), **own))

    assert (look.background, look.icon, look.opacity) == ("#200000", "gift-fill", 0)
    assert (look.alignment, look.layout) == (TextAlignment.right, BannerLayout.vertical)
    assert look.picture is not None
    assert look.picture.name == "banner_b.webp"


def test_an_icon_that_is_none_of_ours_is_not_drawn() -> None:
    assert look_of(banner(icon="../x")).icon is None
    assert 28 <= len(ICONS) <= 36


def test_the_contrast_of_two_colours_is_that_of_the_recommendation() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#123456", "#123456") == 1


def test_over_a_picture_the_worst_that_it_may_show_counts() -> None:
    shown = {"image": "banner_b.webp", "background_color": "#152f4e", "text_color": "#ffffff"}

    assert look_of(banner(**shown, overlay_opacity=70)).is_legible
    assert not look_of(banner(**shown, overlay_opacity=40)).is_legible
    assert look_of(banner(**shown, overlay_opacity=0)).contrast == pytest.approx(1)
    grey = shown | {"text_color": "#777777"}
    assert look_of(banner(**grey, overlay_opacity=20)).contrast == 1
    assert look_of(banner(background_color="#152f4e", text_color="#ffffff")).contrast > LEGIBLE


@pytest.mark.parametrize(
    ("begins", "ends", "wanted"),
    [
        (None, None, Stage.shown),
        (0, None, Stage.shown),
        (1, None, Stage.coming),
        (None, 0, Stage.over),
        (None, 1, Stage.shown),
        (-2, -1, Stage.over),
        (-1, 1, Stage.shown),
        (1, 2, Stage.coming),
    ],
)
def test_a_banner_is_shown_from_its_first_instant_until_before_its_last(
    begins: int | None, ends: int | None, wanted: Stage
) -> None:
    at = [None if hours is None else NOON + timedelta(hours=hours) for hours in (begins, ends)]

    assert stage(banner(shown_from=at[0], shown_until=at[1]), NOON) is wanted


@pytest.mark.parametrize(
    ("link", "is_good"),
    [
        ("https://example.org", True),
        ("HTTP://example.org/a?b=é#c", True),
        ("/bar/me", True),
        ("/", True),
        ("//evil.example", False),
        ("/\\evil.example", False),
        ("/a\\b", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("https://user@evil.example", False),
        ("https:///evil.example", False),
        ("evil.example", False),
        ("/a b", False),
        ("/\t/evil.example", False),
        ("ftp://evil.example", False),
    ],
)
def test_a_banner_leads_to_a_site_or_to_a_page_of_ours(link: str, *, is_good: bool) -> None:
    assert is_link(link) is is_good


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("programme.pdf", "programme.pdf"),
        ("C:\\Users\\Ada\\programme.pdf", "programme.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("e\u0301te\u0301.pdf", "été.pdf"),
        ("", "fichier"),
        ("x" * 300 + ".pdf", "x" * 124 + ".pdf"),
        ("x" * 300, "x" * 128),
        ("x" * 20 + "." + "y" * 300, "x" * 20 + "." + "y" * 107),
    ],
)
def test_an_attachment_keeps_its_name_shortened_with_its_extension(name: str, kept: str) -> None:
    assert files.kept_name(name) == kept
    assert len(kept) <= 128


def test_a_file_is_what_it_holds() -> None:
    assert files.media_type(b"%PDF-1.7\n") == "application/pdf"
    assert files.media_type(b"\x89PNG\r\n\x1a\n....") == "image/png"
    assert files.media_type(b"RIFF\0\0\0\nWEBPVP8 ") == "image/webp"
    assert files.media_type(b"\xff\xd8\xff\xe0") == "image/jpeg"
    assert files.media_type(b"GIF89a") == "image/gif"
    for other in (b"<svg xmlns=", b"<!DOCTYPE html>", b"", b"x%PDF-", b"RIFF\0\0\0\0WAVE"):
        assert files.media_type(other) == "application/octet-stream"


def test_the_files_of_the_site_are_known_by_their_names() -> None:
    digits = "0123456789abcdef" * 2
    assert files.is_picture(f"banner_{digits}.webp")
    assert files.is_picture(f"preset_{digits}.webp")
    assert not files.is_picture(f"file_{digits}")
    assert files.is_ours(f"file_{digits}")
    for other in (
        f"banner_{digits}.svg",
        f"file_{digits}.webp",
        "banner_0.webp",
        f"../file_{digits}",
    ):
        assert not files.is_ours(other)


@pytest.mark.parametrize("wanted", [[1, 2], [1, 2, 3, 4], [1, 2, 2], [1, 2, "3"], [1, 2, True], []])
def test_an_order_is_of_all_the_banners_each_of_them_once(wanted: list[object]) -> None:
    with pytest.raises(NotTheBanners):
        check_order([1, 2, 3], wanted)


def test_a_banner_stops_at_either_end() -> None:
    assert check_order([1, 2, 3], [3, 1, 2]) == [3, 1, 2]
    assert shifted([1, 2, 3], 2, -1) == [2, 1, 3]
    assert shifted([1, 2, 3], 1, -1) == [1, 2, 3]
    assert shifted([1, 2, 3], 3, 1) == [1, 2, 3]


def test_a_sheet_says_what_is_in_its_name_and_nothing_else() -> None:
    looks = [look_of(banner()), look_of(banner()), look_of(banner(overlay_opacity=5))]
    (name,) = sheets.names(Options(), looks)

    assert name == "21-9_101010-eeeeee-5_101010-eeeeee-70"
    assert sheets.sheet(name) == (
        ".shape-21-9{--shape:21/9}"
        ".look-101010-eeeeee-5{--back:#101010;--ink:#eeeeee;--veil:0.05}"
        ".look-101010-eeeeee-70{--back:#101010;--ink:#eeeeee;--veil:0.7}"
    )
    many = [look_of(banner(text_color=f"#{n:06x}")) for n in range(130)]
    assert [sheets.sheet(one) is not None for one in sheets.names(Options(), many)] == [True] * 3
    for other in ("", "21-9_red;-ffffff-70", "0-9", "21-9_101010-eeeeee-70}", "21-9_", "a" * 9000):
        assert sheets.sheet(other) is None


def test_settings_that_make_no_sense_are_as_if_there_were_none() -> None:
    stored: dict[str, object] = {
        "CAROUSEL_AUTOPLAY_DELAY": 1,
        "CAROUSEL_ASPECT_RATIO_X": "16",
        "CAROUSEL_ASPECT_RATIO_Y": 10,
    }

    assert options(stored) == Options(delay=8, width=21, height=10)
