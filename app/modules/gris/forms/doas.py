"""Acting for someone."""

from flask_babel import lazy_gettext as _l

from app.web.forms import Form, TextField


class DoasForm(Form):
    """Why one acts for someone: they will read it."""

    reason = TextField(
        _l("Raison"),
        minimum=5,
        maximum=200,
        description=_l("La personne la lira sur son profil, avec votre nom."),
    )
