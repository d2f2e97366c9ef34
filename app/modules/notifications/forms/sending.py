"""What GRIs and managers write to many people at once."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # stubs lag
from wtforms.widgets import CheckboxInput, ListWidget

from app.enums import AudienceKind, NotificationTopic
from app.models import NOTICE_BODY_MAX, NOTICE_TITLE_MAX, NOTICE_URL_MAX, Role
from app.modules.notifications.rules.audiences import Audience
from app.modules.notifications.rules.links import leads_somewhere
from app.modules.notifications.service.sending import Draft
from app.web.forms import CreationForm, LongTextField, TextField


class _Checkboxes(SelectMultipleField):
    """Several things among some: a box for each."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class AddressField(TextField):
    """A page of this site, or ``https``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        attributes = {"inputmode": "url", "autocapitalize": "none", "spellcheck": "false"}
        super().__init__(
            *args, maximum=NOTICE_URL_MAX, required=False, render_kw=attributes, **kwargs
        )

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if self.data and not leads_somewhere(self.data):
            raise ValidationError(
                _("Écrivez une page du site, comme /bekk, ou une adresse en https://.")
            )


class SendForm(CreationForm):
    """A notification to many people: shown once before it leaves."""

    topic = SelectField(_l("Sujet"), description=_l("Chacun choisit où ce sujet lui parvient."))
    target = SelectField(_l("Pour qui"))
    roles = _Checkboxes(_l("Quels rôles"), coerce=int)
    title = TextField(_l("Titre"), maximum=NOTICE_TITLE_MAX)
    body = LongTextField(_l("Texte"), maximum=NOTICE_BODY_MAX)
    title_en = TextField(
        _l("Titre en anglais"),
        maximum=NOTICE_TITLE_MAX,
        required=False,
        description=_l("Pour qui lit le site en anglais ; sans lui, on leur écrit en français."),
    )
    body_en = LongTextField(_l("Texte en anglais"), maximum=NOTICE_BODY_MAX, required=False)
    url = AddressField(
        _l("Où elle mène"), default="/", description=_l("Exemple : /bekk. Vide : l'accueil.")
    )
    image = AddressField(
        _l("Adresse d'une image"), description=_l("Certains appareils la montrent.")
    )
    quiet = BooleanField(
        _l("Silencieuse"), description=_l("Les appareils la montrent sans sonner ni vibrer.")
    )
    #: Whether it was seen as it will be: ``1``; ``edit`` to go back to what was typed.
    confirmed = HiddenField()

    def __init__(
        self,
        *args: Any,
        topics: Sequence[NotificationTopic],
        targets: Sequence[AudienceKind],
        roles: Sequence[Role],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.topic.choices = [SelectChoice(one.value, one.label) for one in topics]
        self.target.choices = [SelectChoice(one.value, one.label) for one in targets]
        self.roles.choices = [SelectChoice(one.id, one.name) for one in roles]
        if AudienceKind.role not in targets:
            del self.roles

    def validate_roles(self, field: SelectMultipleField) -> None:
        """One role at least, for those who have a role."""
        if self.target.data == AudienceKind.role.value and not field.data:
            raise ValidationError(_("Choisissez un rôle au moins."))

    def validate_body_en(self, field: LongTextField) -> None:
        """A title and a text in English, or neither."""
        if bool(field.data) is not bool(self.title_en.data):
            raise ValidationError(_("Écrivez le titre et le texte en anglais, ou aucun des deux."))

    @property
    def is_confirmed(self) -> bool:
        """Whether it is to leave."""
        return self.confirmed.data == "1"

    @property
    def is_to_correct(self) -> bool:
        """Whether it is to be written again."""
        return self.confirmed.data == "edit"

    @property
    def chosen_topic(self) -> NotificationTopic:
        """What it is about, once the form is valid."""
        return NotificationTopic(self.topic.data)

    def audience(self) -> Audience:
        """Whom it is for, once the form is valid."""
        kind = AudienceKind(self.target.data)
        roles = tuple(sorted(set(self.roles.data or ()))) if kind is AudienceKind.role else ()
        return Audience(kind=kind, roles=roles)

    def draft(self) -> Draft:
        """What was written, once the form is valid."""
        return Draft(
            topic=self.chosen_topic,
            audience=self.audience(),
            title=self.title.text,
            body=self.body.text,
            title_en=self.title_en.text or None,
            body_en=self.body_en.text or None,
            image=self.image.text or None,
            url=self.url.text or "/",
            quiet=bool(self.quiet.data),
        )

    def hidden(self) -> list[tuple[str, str]]:
        """What was typed, for the page that shows it before it leaves to send it again."""
        said = [
            (name, self[name]._value())  # noqa: SLF001  # as the field itself would show it
            for name in ("title", "body", "title_en", "body_en", "url", "image")
        ]
        said += [("topic", str(self.topic.data)), ("target", str(self.target.data))]
        said += [("roles", str(key)) for key in self.audience().roles]
        said += [("quiet", "y")] if self.quiet.data else []
        return [*said, ("idempotency_key", str(self.idempotency_key.data))]
