"""The parent of all forms, and the fields that WTForms lacks."""

import hashlib
import json
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, cast

from babel.units import format_unit
from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, format_decimal, get_locale, gettext as _, lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.datastructures import CombinedMultiDict, FileStorage, MultiDict
from wtforms import Field, HiddenField, SelectField, StringField, ValidationError
from wtforms.fields import DateField as WTDateField
from wtforms.widgets import (
    DateTimeLocalInput,
    EmailInput,
    FileInput,
    PasswordInput,
    TelInput,
    TextArea,
    TextInput,
    TimeInput,
    URLInput,
)

from app.core.clock import PARIS
from app.core.dates import local_instant, read_time
from app.core.emails import canonical_email
from app.core.errors import Conflict, DomainError
from app.core.links import is_own_path, is_web_link
from app.core.money import Cents, euros, parse_euros
from app.core.text import clean, has_forbidden, without_forbidden
from app.models import AnsweredRequest
from app.web.filters import format_day, format_euros, format_instant

#: The longest number that is read.
_DIGITS = re.compile(r"[0-9]{1,18}")
_MINUTE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: What a picture that is sent may have, in bytes (community 1.5).
PICTURE_MAX = 10 * 1024 * 1024
#: ``12``, ``12,50``, ``1 234.5 €``: blanks stand between thousands, and before the sign.
_EUROS = re.compile(r"(-?(?:[0-9]{1,3}(?:\s[0-9]{3}){1,2}|[0-9]{1,9})(?:[.,][0-9]{1,2})?)\s*€?")
_PHONE = re.compile(r"0[0-9]{9}")
_PHONE_PREFIX = re.compile(r"^(?:\+|00)33(?:\(0\))?")
#: What stands between the digits of a phone number: blanks, dots, hyphens and dashes.
_PHONE_MARKS = re.compile(r"[\s.\u2010-\u2015-]")


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF is not typed
    """The parent of all forms."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # Flask-WTF is not typed
        """How it reads what is sent."""

        def wrap_formdata(self, form: "Form", formdata: Any) -> Any:
            """What was sent as a form, were it empty; never JSON."""
            if formdata is None or isinstance(formdata, MultiDict):
                return formdata
            if not form.is_submitted():
                return None
            return CombinedMultiDict((request.files, request.form))

    #: What the answer is when a refusal says so: 422, 409, 429.
    status = 422
    #: How long to wait, in seconds, when it was tried too often.
    retry_after: int | None = None

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Show a refusal on the form, next to the field that it is about."""
        try:
            yield
        except DomainError as refusal:
            self.refuse(refusal)

    def refuse(self, refusal: DomainError) -> None:
        """Say on the form why it was refused."""
        self.status = refusal.status
        self.retry_after = refusal.details.get("seconds")
        field = self._fields.get(refusal.field or "")
        if field is None:
            self.form_errors.append(refusal.message)
        else:
            field.errors = [*field.errors, refusal.message]

    @property
    def is_accepted(self) -> bool:
        """Whether nothing was refused, neither by a field nor by a rule."""
        return not self.errors

    def page(self, template: str, **values: Any) -> ResponseReturnValue:
        """The page of the form, with what was typed and what is wrong with it."""
        html = render_template(template, form=self, **values)
        if self.is_accepted:
            return html
        headers = {"Retry-After": str(self.retry_after)} if self.retry_after else {}
        return html, self.status, headers


def new_key() -> str:
    """What tells a form from another of its kind."""
    return secrets.token_urlsafe(16)


class FormReused(Conflict):
    """A form that did something already comes back, from a page kept by a browser, changed."""

    sentence = _l("Cette page a déjà servi à autre chose : relisez-la, puis recommencez.")


class CreationForm(Form):
    """A form that makes something: sent twice, it makes it once."""

    idempotency_key = HiddenField(default=new_key)

    def request_key(self, *, sender: int | None) -> str:
        """The digest of what this very form is, and of who sends it."""
        given = self.idempotency_key.data or new_key()
        key = f"{sender}:{type(self).__name__}:{given}"
        return hashlib.sha256(key.encode()).hexdigest()

    def is_first(self, session: Session, *, sender: int | None) -> bool:
        """Whether this very form was not accepted yet; from now on, it was."""
        return answered(session, self.request_key(sender=sender))

    def is_first_as_filled(self, session: Session, *, sender: int | None) -> bool:
        """Likewise, for a form whose content counts.

        Raises:
            FormReused: If it was accepted with something else in it.
        """
        key = self.request_key(sender=sender)
        typed = sorted(pair for pair in request.form.items(multi=True) if pair[0] != "csrf_token")
        exact = hashlib.sha256(f"{key}:{json.dumps(typed)}".encode()).hexdigest()
        if not answered(session, exact):
            return False
        if not answered(session, key):
            raise FormReused
        return True

    def refuse(self, refusal: DomainError) -> None:
        """Say why it was refused; one that served already is another one from now on."""
        super().refuse(refusal)
        if isinstance(refusal, FormReused):
            self.idempotency_key.data = new_key()


def answered(session: Session, key: str) -> bool:
    """Whether what has this digest is answered for the first time; from now on, it was."""
    try:
        with session.begin_nested():
            session.add(AnsweredRequest(key=key))
    except IntegrityError:
        return False
    return True


class EditForm(Form):
    """A form that changes something, as long as nobody else has meanwhile."""

    version = HiddenField()

    def __init__(self, *args: Any, obj: object = None, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        self._changed = obj

    def refuse(self, refusal: DomainError) -> None:
        """Say why it was refused; to who saw something stale, what it is now."""
        super().refuse(refusal)
        version = getattr(self._changed, "version", None)
        if not isinstance(refusal, Conflict) or version in (None, self.seen_version):
            return
        self.version.data = str(version)
        for field in self:
            now = getattr(self._changed, field.name, None)
            if now is not None and field is not self.version and now != field.data:
                said = _("Valeur actuelle : %(value)s", value=_in_words(field, now))
                field.errors = [*field.errors, said]

    @property
    def seen_version(self) -> int:
        """The version that the person saw; 0 for nonsense, or for none."""
        text = str((self.version.raw_data or [""])[0])
        return int(text) if _DIGITS.fullmatch(text) else 0


def _in_words(field: Field, value: Any) -> object:
    """What something is now, for people."""
    if isinstance(field, EurosField):
        return format_euros(value)
    if isinstance(field, SelectField):
        return dict(cast(Any, field.choices) or ()).get(value, value)
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, Decimal):
        return format_decimal(value)
    if isinstance(value, time):
        return format(value, "%H:%M")
    if isinstance(value, datetime):
        return format_instant(value)
    return format_day(value) if isinstance(value, date) else value


def check_text(field: Field) -> None:
    """Refuse control characters and direction overrides in what is typed."""
    if has_forbidden(field.data or ""):
        raise ValidationError(_("Ce texte contient un caractère interdit."))


def showable(text: str) -> str:
    """What a page may show again of what was typed: no page may hold a NUL."""
    return without_forbidden(text)


class TextField(StringField):
    """A line of text: NFC, trimmed, without control characters, not too long."""

    def __init__(
        self,
        label: LazyString | str,
        *,
        minimum: int = 0,
        maximum: int = 64,
        required: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **kwargs)
        self.minimum = minimum
        self.maximum = maximum
        self.required = required
        self.flags.required = required
        self.flags.minlength = minimum or None
        self.flags.maxlength = maximum

    @property
    def text(self) -> str:
        """The text, once the form is valid."""
        return self.data or ""

    def _value(self) -> str:
        return showable(self.text)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = clean(str(valuelist[0])) if valuelist else ""

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        if not self.data:
            if self.required:
                raise ValidationError(_("Ce champ est obligatoire."))
            return
        self._check_length()
        self._check_characters()

    def _check_characters(self) -> None:
        check_text(self)

    def _check_length(self) -> None:
        if len(self.text) < self.minimum:
            raise ValidationError(_("%(minimum)s caractères au moins.", minimum=self.minimum))
        if len(self.text) > self.maximum:
            raise ValidationError(_("%(maximum)s caractères au plus.", maximum=self.maximum))


class LongTextField(TextField):
    """Several lines of text."""

    widget = TextArea()

    def __init__(self, label: LazyString | str, *, maximum: int = 2000, **kwargs: Any) -> None:
        super().__init__(label, maximum=maximum, **kwargs)

    def _value(self) -> str:
        return without_forbidden(self.text, lines=True)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = clean(str(valuelist[0]).replace("\r\n", "\n")) if valuelist else ""

    def _check_characters(self) -> None:
        if has_forbidden(self.text, lines=True):
            raise ValidationError(_("Ce texte contient un caractère interdit."))


class MarkdownField(LongTextField):
    """A text in Markdown: pages show it with the tools that help to write it."""


class EmailField(TextField):
    """One e-mail address, as it is compared: lower-case, its domain in ASCII."""

    widget = EmailInput()

    def __init__(self, label: LazyString | str, **kwargs: Any) -> None:
        super().__init__(label, maximum=120, **kwargs)

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if not self.data:
            return
        address = canonical_email(self.data)
        if address is None:
            raise ValidationError(
                _("Cette adresse e-mail n'est pas valable. Exemple : prenom@example.org.")
            )
        self.data = address
        self._check_length()


class LinkField(TextField):
    """The address of a page of the web, or of this site where that is *local* too."""

    def __init__(
        self, label: LazyString | str, *, maximum: int, local: bool = False, **kwargs: Any
    ) -> None:
        kwargs.setdefault("required", False)
        attributes = {"inputmode": "url", "autocapitalize": "none", "spellcheck": "false"}
        super().__init__(label, maximum=maximum, render_kw=attributes, **kwargs)
        self.is_local = local
        if not local:  # browsers take no path there
            self.widget = URLInput()

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if not self.data or is_web_link(self.data) or (self.is_local and is_own_path(self.data)):
            return
        if self.is_local:
            raise ValidationError(
                _("Écrivez une adresse qui commence par https://, ou par / pour une page du site.")
            )
        raise ValidationError(_("Écrivez une adresse qui commence par http:// ou https://."))


class SecretField(StringField):
    """A password: never trimmed, never sent back to the page."""

    widget = PasswordInput()

    def __init__(self, label: LazyString | str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.flags.required = True

    @property
    def text(self) -> str:
        """The password, once the form is valid."""
        return self.data or ""

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        if not self.data:
            raise ValidationError(_("Ce champ est obligatoire."))


class _BoundedField(StringField):
    """A value counted in whole units, typed by a person, between two bounds."""

    data: int | None  # type: ignore[assignment]
    widget = TextInput()

    def __init__(
        self,
        label: LazyString | str,
        *,
        minimum: int = 0,
        maximum: int = 2**31 - 1,
        required: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **kwargs)
        self.minimum, self.maximum, self.required = minimum, maximum, required
        self.flags.required = required

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        if self.process_errors:
            return
        if self.data is None:
            if self.required:
                raise ValidationError(_("Ce champ est obligatoire."))
            return
        if not self.minimum <= self.data <= self.maximum:
            raise ValidationError(self._bounds())

    def _bounds(self) -> str:
        """What the bounds are, for who is outside of them."""
        sentence: str = _(
            "Écrivez un nombre entre %(minimum)s et %(maximum)s.",
            minimum=self.minimum,
            maximum=self.maximum,
        )
        return sentence


class NumberField(_BoundedField):
    """A whole number typed with ASCII digits."""

    @property
    def number(self) -> int:
        """The number, once the form is valid."""
        if self.data is None:
            raise RuntimeError("the form is not valid, or the field is optional")
        return self.data

    def _value(self) -> str:
        if self.raw_data:
            return showable(str(self.raw_data[0]))
        return "" if self.data is None else str(self.data)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = None
        text = str(valuelist[0]).strip() if valuelist else ""
        if not text:
            return
        if not _DIGITS.fullmatch(text):
            raise ValueError(_("Écrivez un nombre entier, en chiffres."))
        self.data = int(text)


class EurosField(_BoundedField):
    """An amount in euros, typed by a person; cents once read."""

    @property
    def cents(self) -> Cents:
        """The amount, once the form is valid."""
        if self.data is None:
            raise RuntimeError("the form is not valid, or the field is optional")
        return self.data

    def _value(self) -> str:
        if self.raw_data:
            return showable(str(self.raw_data[0]))
        return "" if self.data is None else str(format_decimal(euros(self.data), "0.00"))

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = None
        text = str(valuelist[0]).strip() if valuelist else ""
        if not text:
            return
        typed = _EUROS.fullmatch(text)
        if typed is None:
            raise ValueError(_("Écrivez un montant en euros. Exemple : 12,50."))
        self.data = parse_euros("".join(typed[1].split()))

    def _bounds(self) -> str:
        sentence: str = _(
            "Écrivez un montant entre %(minimum)s et %(maximum)s.",
            minimum=format_euros(self.minimum),
            maximum=format_euros(self.maximum),
        )
        return sentence


class PhoneField(TextField):
    """A French phone number: ten digits, the first of which is 0."""

    widget = TelInput()

    def __init__(self, label: LazyString | str, **kwargs: Any) -> None:
        attributes = {"inputmode": "tel", "autocomplete": "tel"} | kwargs.pop("render_kw", {})
        super().__init__(label, maximum=32, render_kw=attributes, **kwargs)

    @property
    def number(self) -> str:
        """The number, without blanks nor prefix, once the form is valid."""
        return self.text

    def _value(self) -> str:
        return showable(str(self.raw_data[0])) if self.raw_data else showable(self.text)

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if not self.data:
            return
        number = _PHONE_PREFIX.sub("0", _PHONE_MARKS.sub("", self.data))
        if not _PHONE.fullmatch(number):
            raise ValidationError(
                _("Écrivez un numéro de téléphone français. Exemple : 06 12 34 56 78.")
            )
        self.data = number


class FileField(Field):
    """A file that is sent, not too big; the first of them if there are several."""

    data: bytes | None
    widget = FileInput()

    def __init__(
        self,
        label: LazyString | str,
        *,
        maximum: int = 5_000_000,
        required: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **kwargs)
        self.maximum, self.required = maximum, required
        self.flags.required = required

    @property
    def content(self) -> bytes:
        """What the file holds, once the form is valid; nothing without a file."""
        return self.data or b""

    def _value(self) -> bool:
        return False  # browsers choose files themselves

    def process_data(self, value: object) -> None:  # noqa: ARG002  # no file is there before
        self.data = None

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        sent = valuelist[0] if valuelist else None
        if isinstance(sent, FileStorage) and sent.filename:
            self.data = sent.stream.read(self.maximum + 1)

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        if self.data is None:
            if self.required:
                raise ValidationError(_("Choisissez un fichier."))
            return
        if not self.data:
            raise ValidationError(_("Ce fichier est vide."))
        if len(self.data) > self.maximum:
            size = _file_size(self.maximum)
            raise ValidationError(_("Ce fichier est trop gros : %(size)s au plus.", size=size))


class PictureField(FileField):
    """A picture that may be sent."""

    def __init__(self, label: LazyString | str, **kwargs: Any) -> None:
        super().__init__(
            label,
            maximum=PICTURE_MAX,
            required=False,
            render_kw={"accept": "image/jpeg,image/png,image/webp,image/gif"},
            **kwargs,
        )

    @property
    def is_too_large(self) -> bool:
        """Whether what was sent is more than what is taken."""
        return self.data is not None and len(self.data) > self.maximum


def _file_size(size: int) -> str:
    """So many bytes, for people: ``2,5 Mo``, ``64 ko``."""
    power, unit = (1_000_000, "megabyte") if size >= 1_000_000 else (1_000, "kilobyte")
    return format_unit(
        size / power, f"digital-{unit}", "short", format="#,##0.#", locale=get_locale()
    )


class DateField(WTDateField):
    """A date of the calendar."""

    def __init__(self, label: LazyString | str, *, required: bool = True, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.required = required
        self.flags.required = required

    @property
    def day(self) -> date:
        """The date, once the form is valid."""
        if self.data is None:
            raise RuntimeError("the form is not valid, or the field is optional")
        return self.data

    def _value(self) -> str:
        return showable(str(super()._value()))  # type: ignore[misc]  # the stubs lack it

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = None
        text = str(valuelist[0]).strip() if valuelist else ""
        if not text:
            return
        try:
            self.data = date.fromisoformat(text) if _DAY.fullmatch(text) else None
        except ValueError:
            self.data = None
        if self.data is None:
            raise ValueError(_("Cette date n'existe pas. Exemple : 2026-11-24."))

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        if self.data is None and self.required and not self.process_errors:
            raise ValidationError(_("Ce champ est obligatoire."))


class TimeField(StringField):
    """A time of the clock, to the minute."""

    data: time | None  # type: ignore[assignment]
    widget = TimeInput()

    def __init__(self, label: LazyString | str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.flags.required = True

    @property
    def time(self) -> time:
        """The time, once the form is valid."""
        if self.data is None:
            raise RuntimeError("the form is not valid")
        return self.data

    def _value(self) -> str:
        if self.raw_data:
            return showable(str(self.raw_data[0]))
        return "" if self.data is None else f"{self.data:%H:%M}"

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = None
        text = str(valuelist[0]).strip() if valuelist else ""
        if not text:
            return
        self.data = read_time(text)
        if self.data is None:
            raise ValueError(_("Cette heure n'existe pas. Exemple : 18:30."))

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        if self.data is None and not self.process_errors:
            raise ValidationError(_("Ce champ est obligatoire."))


class InstantField(StringField):
    """A date and a time, as the clock in Paris shows them, to the minute."""

    data: datetime | None  # type: ignore[assignment]
    widget = DateTimeLocalInput()

    def __init__(self, label: LazyString | str, *, required: bool = True, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.required = required
        self.flags.required = required

    def _value(self) -> str:
        if self.raw_data:
            return showable(str(self.raw_data[0]))
        return "" if self.data is None else self.data.astimezone(PARIS).strftime("%Y-%m-%dT%H:%M")

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = None
        text = str(valuelist[0]).strip() if valuelist else ""
        if text:
            self.data = _instant(text)

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        if self.data is None and self.required and not self.process_errors:
            raise ValidationError(_("Ce champ est obligatoire."))


def _instant(text: str) -> datetime:
    """Read ``2026-11-24T18:30``.

    Raises:
        ValueError: If it is not written so, or if clocks jumped over it.
    """
    try:
        wall = datetime.fromisoformat(text) if _MINUTE.fullmatch(text) else None
    except ValueError:
        wall = None
    if wall is None:
        raise ValueError(_("Cette date n'existe pas. Exemple : 2026-11-24T18:30."))
    instant = local_instant(wall)
    if instant is None:
        raise ValueError(_("Cette heure n'existe pas : les horloges l'ont sautée cette nuit-là."))
    return instant


def _limit_text() -> None:
    """Werkzeug limits what is typed in forms with files, not in the others."""
    if request.mimetype == "application/x-www-form-urlencoded":
        most = (request.max_content_length, request.max_form_memory_size)
        request.max_content_length = min(size for size in most if size is not None)


def init_app(app: Flask) -> None:
    """Install this on *app*, before anything reads a form."""
    app.before_request(_limit_text)
