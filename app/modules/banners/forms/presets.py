"""Presets and settings, as the team chooses them; and what deletes something."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import ValidationError

from app.enums import BannerLayout, TextAlignment
from app.models import PRESET_NAME_MAX, InfoBannerPreset
from app.modules.banners.choices import AUTOPLAY_DELAY, RATIO_X, RATIO_Y
from app.modules.banners.forms.fields import (
    ColorField,
    IconField,
    PercentField,
    PickField,
    PictureFields,
    alignments,
    layouts,
)
from app.modules.banners.rules.looks import OPACITY
from app.modules.banners.rules.options import Options
from app.modules.banners.service.files import Incoming
from app.modules.banners.service.presets import PresetDraft
from app.modules.banners.service.settings import version_of
from app.web.forms import CreationForm, EditForm, NumberField, TextField

#: What the column of its key holds: a letter may be compared as several.
_LONGEST_KEY = 190


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetSaid:
    """What a preset is, as its form shows it."""

    version: int
    name: str
    background_color: str
    text_color: str
    icon: str
    text_alignment: str
    layout_style: str
    overlay_opacity: int

    @classmethod
    def of(cls, preset: InfoBannerPreset) -> "PresetSaid":
        """What a preset is."""
        return cls(
            version=preset.version,
            name=preset.name,
            background_color=preset.background_color,
            text_color=preset.text_color,
            icon=preset.icon or "",
            text_alignment=preset.text_alignment.value,
            layout_style=preset.layout_style.value,
            overlay_opacity=preset.overlay_opacity,
        )


class _PresetFields(PictureFields):
    name = TextField(_l("Nom"), maximum=PRESET_NAME_MAX)
    background_color = ColorField(_l("Couleur du fond"), default="#152f4e")
    text_color = ColorField(_l("Couleur du texte"), default="#ffffff")
    icon = IconField(_l("Icône"), none=_l("aucune"))
    text_alignment = PickField(
        _l("Place du texte"), offered=alignments(), default=TextAlignment.center.value
    )
    layout_style = PickField(
        _l("Icône et texte, l'un par rapport à l'autre"),
        offered=layouts(),
        default=BannerLayout.vertical.value,
    )
    overlay_opacity = PercentField(
        _l("Fond par-dessus l'image, en %"),
        default=OPACITY,
        description=_l("0 : l'image seule. 100 : le fond seul."),
    )

    def validate_name(self, field: TextField) -> None:
        """Whether it is compared by no more than what is kept."""
        if len(field.text.casefold()) > _LONGEST_KEY:
            raise ValidationError(_("Ce nom est trop long."))

    def draft(self) -> PresetDraft:
        """What was typed, once the form is valid."""
        return PresetDraft(
            name=self.name.text,
            background_color=self.background_color.text,
            text_color=self.text_color.text,
            icon=self.icon.data or None,
            text_alignment=TextAlignment(self.text_alignment.data),
            layout_style=BannerLayout(self.layout_style.data),
            overlay_opacity=self.overlay_opacity.number,
        )

    def incoming(self) -> Incoming:
        """What came with it, once the form is valid."""
        return Incoming(of="preset", image=self.image.data)


class NewPresetForm(CreationForm, _PresetFields):
    """A preset to be made."""


class PresetForm(EditForm, _PresetFields):
    """A preset to be changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionsSaid:
    """The settings, as their form shows them."""

    version: int
    delay: int
    width: int
    height: int

    @classmethod
    def of(cls, options: Options) -> "OptionsSaid":
        """What holds."""
        return cls(
            version=version_of(options),
            delay=options.delay,
            width=options.width,
            height=options.height,
        )


class SettingsForm(EditForm):
    """What the team may change of the carousel."""

    delay = NumberField(
        AUTOPLAY_DELAY.label, minimum=AUTOPLAY_DELAY.low or 0, maximum=AUTOPLAY_DELAY.high or 0
    )
    width = NumberField(RATIO_X.label, minimum=RATIO_X.low or 0, maximum=RATIO_X.high or 0)
    height = NumberField(
        RATIO_Y.label,
        minimum=RATIO_Y.low or 0,
        maximum=RATIO_Y.high or 0,
        description=_l("21 sur 9 : un bandeau. Un texte long agrandit toutes les bannières."),
    )

    def __init__(self, options: Options, **kwargs: Any) -> None:
        super().__init__(obj=OptionsSaid.of(options), **kwargs)

    def wanted(self) -> Options:
        """What is to hold, once the form is valid."""
        return Options(delay=self.delay.number, width=self.width.number, height=self.height.number)

    def shows_now(self, options: Options) -> None:
        """What the settings are by now, for who is refused because they changed."""
        self._changed = OptionsSaid.of(options)


class ConfirmForm(EditForm):
    """What deletes something, as it was seen."""
