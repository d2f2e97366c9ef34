"""Banners as pages show them: a row, and how it looks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.context import current
from app.models import InfoBanner, InfoBannerPreset
from app.modules.banners import around
from app.modules.banners.errors import SentAlready
from app.modules.banners.rules.looks import Look, look_of, look_of_preset
from app.modules.banners.rules.options import Options
from app.modules.banners.rules.stages import Stage, stage
from app.web.forms import CreationForm


@dataclass(frozen=True, slots=True)
class Slide:
    """A banner, and how it looks."""

    banner: InfoBanner
    look: Look

    @classmethod
    def of(cls, banner: InfoBanner) -> "Slide":
        """A banner that is there."""
        return cls(banner, look_of(banner))

    def stage(self, now: datetime) -> Stage:
        """Where it stands."""
        return stage(self.banner, now)

    @property
    def is_legible(self) -> bool:
        """Whether everybody can read it: a picture alone has no text of ours."""
        return not self.banner.is_text or self.look.is_legible


@dataclass(frozen=True, slots=True)
class Style:
    """A preset, how it looks, and how many banners follow it."""

    preset: InfoBannerPreset
    look: Look
    uses: int = 0

    @classmethod
    def of(cls, preset: InfoBannerPreset, uses: int = 0) -> "Style":
        """A preset that is there."""
        return cls(preset, look_of_preset(preset), uses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slides:
    """Banners of a page, and what shows them."""

    slides: Sequence[Slide]
    options: Options

    @property
    def sheets(self) -> Sequence[str]:
        """The style sheets that say what their classes mean."""
        return around.sheet_urls(self.options, [one.look for one in self.slides])


@dataclass(frozen=True, slots=True, kw_only=True)
class Editor:
    """What stands next to the form of a banner: what it looks like, while it is changed."""

    slide: Slide
    styles: Sequence[Style]
    options: Options

    @property
    def sheets(self) -> Sequence[str]:
        """The style sheet that says what the class of the preview means."""
        return around.sheet_urls(self.options, [self.slide.look])

    @property
    def looks(self) -> Mapping[str, Mapping[str, object]]:
        """How each preset looks, by number, for the script of the preview."""
        return {str(one.preset.id): around.said(one.look) for one in self.styles}


def blank() -> InfoBanner:
    """A banner about which nothing is said yet."""
    return InfoBanner(
        title="",
        is_text=True,
        text_content="",
        alt_text="",
        background_color="#152f4e",
        text_color="#ffffff",
    )


def check_first(form: CreationForm, session: Session) -> None:
    """Let a form make what it makes once.

    Raises:
        SentAlready: If it did already.
        FormReused: If it made something else.
    """
    if not form.is_first_as_filled(session, sender=current.me.id):
        raise SentAlready
