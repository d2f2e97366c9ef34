"""What is typed about collections and albums."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField

from app.models import Collection
from app.modules.photos.service.elements import Draft
from app.web.forms import CreationForm, DateField, EditForm, Form, LongTextField, TextField

_NAME = _l("Titre")
_DESCRIPTION = _l("Description")
_START = _l("Début")
_END = _l("Fin")


class NewCollectionForm(CreationForm):
    """A collection to be made."""

    name = TextField(_NAME, maximum=120, description=_l("L'année, le club ou l'événement."))
    description = LongTextField(_DESCRIPTION, maximum=280, required=False)
    start = DateField(_START, required=False)
    end = DateField(_END, required=False)

    def draft(self) -> Draft:
        """What was typed, once the form is valid."""
        return _draft(self)


class ElementForm(EditForm):
    """A collection or an album, to be changed."""

    name = TextField(_NAME, maximum=120, description=_l("L'adresse, elle, ne change pas."))
    description = LongTextField(_DESCRIPTION, maximum=280, required=False)
    start = DateField(_START, required=False)
    end = DateField(_END, required=False)
    visible = BooleanField(_l("Montrer"), description=_l("À ceux qui en ont le droit."))

    def draft(self) -> Draft:
        """What was typed, once the form is valid."""
        return _draft(self)


def _draft(form: NewCollectionForm | ElementForm) -> Draft:
    return Draft(
        name=form.name.text,
        description=form.description.text or None,
        start=form.start.data,
        end=form.end.data,
    )


class NewAlbumForm(CreationForm):
    """An album to be made."""

    album_name = TextField(_l("Nom du nouvel album"), maximum=120)


class ConfirmForm(Form):
    """The name of what is to be deleted."""

    confirm = TextField(_l("Son nom"), maximum=120, render_kw={"autocomplete": "off"})


class MoveForm(Form):
    """Where an album goes."""

    target = SelectField(_l("Vers la collection"))

    def offer(self, collections: Sequence[Collection]) -> None:
        """Have it go to one of these."""
        self.target.choices = [(one.dir_name, one.name) for one in collections]
