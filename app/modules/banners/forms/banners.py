"""Banners, as the team writes them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from app.enums import BannerLayout, TextAlignment
from app.models import (
    BANNER_ALT_MAX,
    BANNER_LINK_MAX,
    BANNER_TEXT_MAX,
    BANNER_TITLE_MAX,
    InfoBanner,
    InfoBannerPreset,
)
from app.modules.banners.forms.fields import (
    AttachmentField,
    ColorField,
    IconField,
    LinkField,
    PercentField,
    PickField,
    PictureFields,
    RadiosField,
    alignments,
    layouts,
)
from app.modules.banners.service.banners import BannerDraft, Dropped
from app.modules.banners.service.files import Incoming
from app.web.forms import CreationForm, EditForm, InstantField, MarkdownField, TextField

_TEXT, _PICTURE = "text", "picture"
_AS_PRESET = _l("comme le style")


@dataclass(frozen=True, slots=True, kw_only=True)
class BannerSaid:
    """What a banner is, as its form shows it."""

    version: int
    title: str
    kind: str
    text_content: str
    alt_text: str
    preset: str
    background_color: str
    text_color: str
    icon: str
    text_alignment: str
    layout_style: str
    overlay_opacity: int | None
    link_url: str
    shown_from: datetime | None
    shown_until: datetime | None

    @classmethod
    def of(cls, banner: InfoBanner) -> "BannerSaid":
        """What a banner is."""
        return cls(
            version=banner.version,
            title=banner.title,
            kind=_TEXT if banner.is_text else _PICTURE,
            text_content=banner.text_content,
            alt_text=banner.alt_text,
            preset=str(banner.preset_id or ""),
            background_color=banner.background_color,
            text_color=banner.text_color,
            icon=banner.icon or "",
            text_alignment=banner.text_alignment.value if banner.text_alignment else "",
            layout_style=banner.layout_style.value if banner.layout_style else "",
            overlay_opacity=banner.overlay_opacity,
            link_url=banner.link_url or "",
            shown_from=banner.shown_from,
            shown_until=banner.shown_until,
        )


class _BannerFields(PictureFields):
    title = TextField(_l("Titre"), maximum=BANNER_TITLE_MAX)
    kind = RadiosField(
        _l("Ce qu'elle montre"),
        offered=[
            (_TEXT, _l("un titre et un texte")),
            (_PICTURE, _l("une image, sans rien par-dessus")),
        ],
        default=_TEXT,
    )
    text_content = MarkdownField(_l("Texte"), maximum=BANNER_TEXT_MAX, required=False)
    alt_text = TextField(
        _l("Description de l'image"),
        maximum=BANNER_ALT_MAX,
        required=False,
        description=_l(
            "Ce que l'image montre ou dit, pour qui ne la voit pas. Sous un texte, elle ne fait"
            " qu'orner : rien à décrire."
        ),
    )
    preset = PickField(
        _l("Style"),
        description=_l("Un style donne ses couleurs, et ce que la bannière ne dit pas."),
    )
    background_color = ColorField(_l("Couleur du fond"), default="#152f4e")
    text_color = ColorField(_l("Couleur du texte"), default="#ffffff")
    icon = IconField(_l("Icône"), none=_l("aucune, ou celle du style"))
    text_alignment = PickField(
        _l("Place du texte"), offered=[("", _AS_PRESET), *alignments()], default=""
    )
    layout_style = PickField(
        _l("Icône et texte, l'un par rapport à l'autre"),
        offered=[("", _AS_PRESET), *layouts()],
        default="",
    )
    overlay_opacity = PercentField(
        _l("Fond par-dessus l'image, en %"),
        required=False,
        description=_l("0 : l'image seule. 100 : le fond seul. Vide : comme le style, ou 70."),
    )
    link_url = LinkField(
        _l("Lien"),
        maximum=BANNER_LINK_MAX,
        description=_l("Une adresse, ou une page du site. Elle s'ouvre dans un nouvel onglet."),
    )
    attachment = AttachmentField(
        _l("Fichier joint"),
        description=_l("À la place du lien : ce qu'on télécharge en la touchant, 10 Mo au plus."),
    )
    drops_file = BooleanField(_l("Retirer le fichier joint"))
    shown_from = InstantField(
        _l("Montrée à partir du"), required=False, description=_l("À Paris. Vide : tout de suite.")
    )
    shown_until = InstantField(
        _l("Jusqu'au"), required=False, description=_l("Vide : jusqu'à ce qu'on la retire.")
    )

    def offer(self, presets: Iterable[InfoBannerPreset]) -> None:
        """Let these presets be chosen."""
        named = [(str(preset.id), preset.name) for preset in presets]
        self.preset.choices = [("", _l("aucun : des couleurs à elle")), *named]

    def draft(self) -> BannerDraft:
        """What was typed, once the form is valid."""
        alignment, layout = self.text_alignment.data, self.layout_style.data
        return BannerDraft(
            title=self.title.text,
            is_text=self.kind.data == _TEXT,
            text_content=self.text_content.text,
            alt_text=self.alt_text.text,
            preset_id=int(self.preset.data) if self.preset.data else None,
            background_color=self.background_color.text,
            text_color=self.text_color.text,
            icon=self.icon.data or None,
            text_alignment=TextAlignment(alignment) if alignment else None,
            layout_style=BannerLayout(layout) if layout else None,
            overlay_opacity=self.overlay_opacity.data,
            link_url=self.link_url.text or None,
            shown_from=self.shown_from.data,
            shown_until=self.shown_until.data,
        )

    def incoming(self) -> Incoming:
        """What came with it, once the form is valid."""
        return Incoming(
            of="banner",
            image=self.image.data,
            file=self.attachment.data,
            file_name=self.attachment.called,
        )

    def dropped(self) -> Dropped:
        """What is taken away, once the form is valid."""
        return Dropped(picture=bool(self.drops_image.data), file=bool(self.drops_file.data))

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether each field is right; a file that is too large has an answer of its own."""
        is_valid = super().validate(extra_validators)
        if len(self.attachment.content) > self.attachment.maximum:
            self.status = 413
        return is_valid


class NewBannerForm(CreationForm, _BannerFields):
    """A banner to be made."""


class BannerForm(EditForm, _BannerFields):
    """A banner to be changed."""
