"""What the forms of banners and of presets ask alike."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext as _, lazy_gettext as _l
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, RadioField, SelectField, ValidationError
from wtforms.widgets import ColorInput, NumberInput

from app.enums import BannerLayout, TextAlignment
from app.integrations.public_pictures import LARGEST
from app.modules.banners.rules.icons import ICONS
from app.modules.banners.rules.links import is_link
from app.modules.banners.rules.looks import COLOR
from app.web.forms import FileField, Form, NumberField, PictureField, TextField

#: A value, and how it is called.
Offered: TypeAlias = tuple[str, LazyString | str]
#: Between two opacities, in percent.
STEP = 5


class ColorField(TextField):
    """A colour, ``#rrggbb``."""

    widget = ColorInput()

    def __init__(self, label: LazyString | str, **kwargs: Any) -> None:
        super().__init__(label, maximum=7, render_kw={"class": "field-color"}, **kwargs)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        super().process_formdata(valuelist)
        self.data = self.text.lower()

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if not COLOR.fullmatch(self.text):
            raise ValidationError(_("Écrivez une couleur. Exemple : #152f4e."))


class PercentField(NumberField):
    """How much the colour covers the picture."""

    widget = NumberInput(min=0, max=100, step=STEP)  # type: ignore[assignment]

    def __init__(self, label: LazyString | str, **kwargs: Any) -> None:
        super().__init__(label, minimum=0, maximum=100, **kwargs)

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if self.data is not None and not self.process_errors and self.data % STEP:
            raise ValidationError(_("Écrivez un multiple de %(step)s.", step=STEP))


def _check_choice(field: SelectField) -> None:
    if not any(is_chosen for _value, _label, is_chosen, *_more in field.iter_choices()):
        raise ValidationError(_("Choisissez dans la liste."))


class PickField(SelectField):
    """One of a list."""

    def __init__(
        self, label: LazyString | str, *, offered: Sequence[Offered] = (), **kwargs: Any
    ) -> None:
        super().__init__(label, **kwargs)
        self.choices = list(offered)

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        _check_choice(self)


class RadiosField(RadioField):
    """One of a few, side by side."""

    def __init__(
        self, label: LazyString | str, *, offered: Sequence[Offered], **kwargs: Any
    ) -> None:
        super().__init__(label, **kwargs)
        self.choices = list(offered)

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        _check_choice(self)


class IconField(RadiosField):
    """An icon, or none: ``none`` says what that means."""

    def __init__(self, label: LazyString | str, *, none: LazyString | str, **kwargs: Any) -> None:
        super().__init__(label, offered=[("", none), *ICONS.items()], default="", **kwargs)


class LinkField(TextField):
    """The address of a page of another site, or the path of one of ours, if there is one."""

    def __init__(self, label: LazyString | str, *, maximum: int, **kwargs: Any) -> None:
        attributes = {"inputmode": "url", "autocapitalize": "none", "spellcheck": "false"}
        super().__init__(label, maximum=maximum, required=False, render_kw=attributes, **kwargs)

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if self.data and not is_link(self.data):
            said = _("Écrivez une adresse en http:// ou https://, ou une page du site : /bar/me.")
            raise ValidationError(said)


class AttachmentField(FileField):
    """Any file, and how it is called."""

    #: What its sender calls it.
    called = ""

    def __init__(self, label: LazyString | str, **kwargs: Any) -> None:
        super().__init__(label, maximum=LARGEST, required=False, **kwargs)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        super().process_formdata(valuelist)
        sent = valuelist[0] if valuelist else None
        if isinstance(sent, FileStorage):
            self.called = sent.filename or ""


def alignments() -> list[Offered]:
    """Where a text may stand."""
    return [(one.value, one.label) for one in TextAlignment]


def layouts() -> list[Offered]:
    """How an icon and a text may stand."""
    return [(one.value, one.label) for one in BannerLayout]


class PictureFields(Form):
    """A picture that is sent, or taken away."""

    image = PictureField(_l("Image"), description=_l("JPEG, PNG, WebP ou GIF, 10 Mo au plus."))
    drops_image = BooleanField(_l("Retirer l'image"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether each field is right; a picture that is too large has an answer of its own."""
        is_valid: bool = super().validate(extra_validators)
        if self.image.is_too_large:
            self.status = 413
        return is_valid

    def page(self, template: str, **values: Any) -> ResponseReturnValue:
        """The page of the form; of files that came with what is refused, none is kept."""
        if not self.is_accepted:
            for field in self:
                if isinstance(field, FileField) and field.data is not None and not field.errors:
                    field.errors = [_("Choisissez de nouveau le fichier.")]
        return super().page(template, **values)
