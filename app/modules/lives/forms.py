"""What is asked before something is done of a whole account."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from app.models import PCeen
from app.modules.lives.errors import WrongUsername
from app.web.forms import Form, TextField


class ConfirmedForm(Form):
    """The username of whom something grave is done to, typed."""

    confirm = TextField(
        _l("Identifiant"),
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )

    def check(self, pceen: PCeen) -> None:
        """Refuse another username than theirs.

        Raises:
            WrongUsername: If it is another.
        """
        if self.confirm.text.lower() != pceen.username:
            raise WrongUsername(username=pceen.username)


class MergeForm(ConfirmedForm):
    """The username of the account that disappears, typed."""

    other = HiddenField()


class EraseForm(ConfirmedForm):
    """One's own username, typed."""


class EraseForForm(ConfirmedForm):
    """Why someone is erased in their place, then their username."""

    reason = TextField(_l("Raison"), maximum=255, description=_l("C'est écrit dans le journal."))
    confirm = TextField(
        _l("Identifiant de la personne"),
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )


class ExportForForm(Form):
    """Why an archive is made for someone in their place."""

    reason = TextField(_l("Raison"), maximum=255, description=_l("C'est écrit dans le journal."))
