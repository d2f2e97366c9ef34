"""What is asked of people."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # stubs lag
from wtforms.validators import DataRequired
from wtforms.widgets import CheckboxInput, ListWidget

from app.models import PCeen, Role
from app.modules.account.service.lives import Described
from app.modules.account.service.registration import Identity
from app.modules.gris.queries.search import CHOSEN, Housing, Paying, Search
from app.web.forms import CreationForm, EditForm, EmailField, Form, NumberField, TextField
from app.web.locale import LOCALES

_LANGUAGES = {"fr": _l("français"), "en": _l("anglais")}


class _Checkboxes(SelectMultipleField):
    """Several things among some: a box for each."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def _promo() -> NumberField:
    return NumberField(
        _l("Promo"),
        minimum=1,
        maximum=999,
        required=False,
        description=_l("Son numéro : 145 pour qui entre à l'école en 2026."),
    )


class FilterForm(Form):
    """Whom to show, and what of them."""

    promo = NumberField(_l("Promo"), minimum=1, maximum=999, required=False)
    role = SelectField(_l("Rôle"))
    paying = SelectField(
        _l("Abonnement"),
        choices=[SelectChoice("", _l("Tous")), *(SelectChoice(p.value, p.label) for p in Paying)],
    )
    room = SelectField(
        _l("Chambre"),
        choices=[SelectChoice("", _l("Tous")), *(SelectChoice(h.value, h.label) for h in Housing)],
    )
    columns = _Checkboxes(
        _l("Colonnes"), choices=[SelectChoice(one.value, one.label) for one in CHOSEN]
    )

    @classmethod
    def of(cls, search: Search, roles: Iterable[Role]) -> "FilterForm":
        """The form that this search would be the answer of."""
        form = cls(
            formdata=None,
            data={
                "promo": search.promo,
                "role": str(search.role or ""),
                "paying": search.paying or "",
                "room": search.housing or "",
                "columns": [one.value for one in search.shown],
            },
        )
        named = [SelectChoice(str(role.id), role.name) for role in roles if role.id != Role.PUBLIC]
        form.role.choices = [SelectChoice("", _l("Tous")), *named]
        return form


class AddForm(CreationForm):
    """Who has an account from now on."""

    prenom = TextField(_l("Prénom"), render_kw={"autocomplete": "off"})
    nom = TextField(_l("Nom"), render_kw={"autocomplete": "off"})
    email = EmailField(
        _l("E-mail"),
        description=_l("L'invitation y est envoyée."),
        render_kw={"autocomplete": "off"},
    )
    promo = _promo()
    is_another = BooleanField(
        _l("C'est quelqu'un d'autre que la personne du même nom"),
        description=_l("À cocher seulement si le site le demande."),
    )
    # those that may not be given are refused by name, not as nonsense
    roles = _Checkboxes(_l("Rôles"), validate_choice=False)

    def offer(self, roles: Iterable[Role]) -> None:
        """Let one choose among these roles."""
        self.roles.choices = [SelectChoice(str(role.id), role.name) for role in roles]
        if not self.roles.choices:
            del self.roles

    @property
    def chosen(self) -> set[str]:
        """The numbers of the roles that are ticked, as they were sent."""
        return set(self.roles.data or ()) if "roles" in self else set()

    def identity(self) -> Identity:
        """Who they are."""
        return Identity(
            prenom=self.prenom.text,
            nom=self.nom.text,
            promo=self.promo.data,
            email=self.email.text,
        )


class PersonForm(EditForm):
    """Who someone is."""

    prenom = TextField(_l("Prénom"), render_kw={"autocomplete": "off"})
    nom = TextField(_l("Nom"), render_kw={"autocomplete": "off"})
    promo = _promo()
    email = EmailField(_l("E-mail"), required=False, render_kw={"autocomplete": "off"})
    locale = SelectField(
        _l("Langue"),
        choices=[
            SelectChoice("", _l("pas encore choisie")),
            *(SelectChoice(locale, _LANGUAGES[locale]) for locale in LOCALES),
        ],
        # nobody has to choose
        coerce=lambda locale: locale or "",
    )

    def ask_email_of(self, pceen: PCeen) -> None:
        """An address may be changed, not taken away."""
        self.email.required = pceen.email is not None
        self.email.flags.required = self.email.required

    def described(self) -> Described:
        """Who they are, as typed."""
        return Described(
            prenom=self.prenom.text,
            nom=self.nom.text,
            promo=self.promo.data,
            email=self.email.text or None,
            locale=self.locale.data or None,
        )


class ActionForm(Form):
    """A button, and the page to come back to."""

    next = HiddenField()


class DisableForm(ActionForm):
    """Why an account is closed."""

    reason = TextField(
        _l("Raison"), maximum=255, description=_l("La personne la lit dans le mail qu'elle reçoit.")
    )


class ResetFactorForm(Form):
    """Why someone does without their second factors."""

    reason = TextField(
        _l("Raison"), maximum=255, description=_l("La personne la lit dans le mail qu'elle reçoit.")
    )


class SelectedForm(ActionForm):
    """What is done to several people at once, once it was shown."""

    confirmed = HiddenField(default="yes")


class SelectedRoleForm(SelectedForm):
    """Which role several people get, or lose."""

    role = SelectField(_l("Rôle"), validators=[DataRequired(_l("Choisissez un rôle."))])

    def offer(self, roles: Iterable[Role]) -> None:
        """Let one choose among these roles."""
        self.role.choices = [
            SelectChoice("", _l("Choisissez…")),
            *(SelectChoice(str(role.id), role.name) for role in roles),
        ]


class SelectedDisableForm(SelectedForm):
    """Why several accounts are closed."""

    reason = TextField(
        _l("Raison"), maximum=255, description=_l("Chacun la lit dans le mail qu'il reçoit.")
    )
