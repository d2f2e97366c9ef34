"""What the school's log-in asks."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from app.web.forms import Form, SecretField


class LeaveForm(Form):
    """The button that leads to the provider."""

    next = HiddenField()


class FinishForm(Form):
    """The button that ends the log-in."""

    ticket = HiddenField()
    next = HiddenField()


class PasswordProofForm(Form):
    """The password of the account that is to be proved."""

    choice = HiddenField(default="password")
    next = HiddenField()
    password = SecretField(
        _l("Mot de passe de ce compte"), render_kw={"autocomplete": "current-password"}
    )


class MailedForm(Form):
    """The button of the mailed link."""

    next = HiddenField()
