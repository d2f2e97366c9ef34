"""What the account asks."""

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import BooleanField, HiddenField
from wtforms.validators import EqualTo

from app.core.emails import canonical_email
from app.modules.account.service.registration import Identity
from app.web.forms import (
    CreationForm,
    EditForm,
    EmailField,
    Form,
    NumberField,
    SecretField,
    TextField,
)

_SAME = _l("Les deux mots de passe ne sont pas les mêmes.")


class LoginForm(Form):
    """A name and a password."""

    identifier = TextField(
        _l("Identifiant ou e-mail"),
        maximum=120,
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = SecretField(_l("Mot de passe"), render_kw={"autocomplete": "current-password"})
    remember = BooleanField(_l("Rester connecté sur cet appareil"))

    @property
    def name(self) -> str:
        """The username or the address, as it is compared."""
        typed = self.identifier.text
        return canonical_email(typed) or typed


class RegistrationForm(CreationForm):
    """Who someone is, and the password that they choose."""

    prenom = TextField(_l("Prénom"), render_kw={"autocomplete": "given-name"})
    nom = TextField(_l("Nom"), render_kw={"autocomplete": "family-name"})
    promo = NumberField(
        _l("Promo"),
        minimum=1,
        maximum=999,
        required=False,
        description=_l("Son numéro : 145 pour qui entre à l'école en 2026."),
        render_kw={"inputmode": "numeric"},
    )
    no_promo = BooleanField(_l("Je n'ai pas de promo"))
    email = EmailField(
        _l("E-mail"),
        description=_l("Une adresse que vous lirez encore dans trois ans."),
        render_kw={"autocomplete": "email"},
    )
    password = SecretField(
        _l("Mot de passe"),
        description=_l("10 caractères au moins. Une phrase est plus facile à retenir."),
        render_kw={"autocomplete": "new-password"},
    )
    password_confirm = SecretField(
        _l("Mot de passe, encore une fois"),
        validators=[EqualTo("password", _SAME)],
        render_kw={"autocomplete": "new-password"},
    )

    def validate(self, extra_validators: object = None) -> bool:
        """Ask for a promo, unless one says that there is none."""
        valid = bool(super().validate(extra_validators))
        if self.promo.data is None and not self.no_promo.data and not self.promo.errors:
            message = _("Écrivez votre promo, ou cochez la case si vous n'en avez pas.")
            self.promo.errors = [message]
            return False
        return valid

    def draft(self) -> Identity:
        """Who they say they are."""
        return Identity(
            prenom=self.prenom.text,
            nom=self.nom.text,
            promo=None if self.no_promo.data else self.promo.data,
            email=self.email.text,
        )


class _CurrentPasswordForm(Form):
    """The password one has: written before the new one, as it is asked first."""

    current_password = SecretField(
        _l("Mot de passe actuel"), render_kw={"autocomplete": "current-password"}
    )


class NewPasswordForm(Form):
    """A new password, twice."""

    password = SecretField(
        _l("Nouveau mot de passe"),
        description=_l("10 caractères au moins. Une phrase est plus facile à retenir."),
        render_kw={"autocomplete": "new-password"},
    )
    password_confirm = SecretField(
        _l("Nouveau mot de passe, encore une fois"),
        validators=[EqualTo("password", _SAME)],
        render_kw={"autocomplete": "new-password"},
    )


class ChangePasswordForm(_CurrentPasswordForm, NewPasswordForm):
    """The current password, then another."""


class ResetRequestForm(Form):
    """The address to send a link to."""

    email = EmailField(_l("E-mail"), render_kw={"autocomplete": "email"})


class AccountForm(EditForm):
    """Who one is."""

    prenom = TextField(_l("Prénom"), render_kw={"autocomplete": "given-name"})
    nom = TextField(_l("Nom"), render_kw={"autocomplete": "family-name"})
    email = EmailField(_l("E-mail"), render_kw={"autocomplete": "email"})

    @property
    def names(self) -> dict[str, str]:
        """The names that were typed."""
        return {"prenom": self.prenom.text, "nom": self.nom.text}


class VerifiedAccountForm(EditForm):
    """What one changes of who one is when the school says the rest."""

    email = EmailField(_l("E-mail"), render_kw={"autocomplete": "email"})


class ProofForm(Form):
    """One's password, again."""

    password = SecretField(_l("Mot de passe"), render_kw={"autocomplete": "current-password"})


class CodeForm(Form):
    """The code that was mailed."""

    code = TextField(
        _l("Code à six chiffres"),
        maximum=6,
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


class ButtonForm(Form):
    """A button, and nothing to fill in."""

    next = HiddenField()


class LocaleForm(Form):
    """The language one reads."""

    locale = HiddenField()


class AppCodeForm(Form):
    """The code that an application shows."""

    code = TextField(
        _l("Code de votre application"),
        maximum=12,
        description=_l("Six chiffres, qui changent toutes les trente secondes."),
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )

    @property
    def digits(self) -> str:
        """The code, without the blank that applications put in its middle."""
        return "".join(self.code.text.split())


class TotpForm(AppCodeForm):
    """What one calls an application of codes, and the first code that it shows."""

    name = TextField(
        _l("Nom"),
        default=lambda: _("Application de codes"),
        description=_l("Pour la reconnaître : le nom du téléphone, par exemple."),
    )


class FactorNameForm(Form):
    """What one calls a second factor."""

    name = TextField(_l("Nom"))


class RecoveryForm(Form):
    """A code from paper."""

    recovery = TextField(
        _l("Code de secours"),
        maximum=32,
        description=_l("Seize lettres et chiffres. Chacun ne sert qu'une fois."),
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
