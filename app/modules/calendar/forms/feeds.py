"""What is asked of who follows the calendar elsewhere."""

from flask_babel import lazy_gettext as _l

from app.models import FEED_NAME_MAX
from app.web.forms import CreationForm, Form, TextField


class NewFeedForm(CreationForm):
    """A feed more."""

    name = TextField(
        _l("Nom de l'adresse"),
        maximum=FEED_NAME_MAX,
        description=_l("Pour la reconnaître : « Mon téléphone », « Google Agenda »…"),
    )


class RevokeFeedForm(Form):
    """A button."""
