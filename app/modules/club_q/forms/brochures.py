"""The form of a brochure."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from app.models import ClubQSeason
from app.web.documents import DocumentField
from app.web.forms import CreationForm


class BrochureForm(CreationForm):
    """A PDF, and the season whose brochure it becomes."""

    season = SelectField(_l("Saison"), coerce=int)
    pdf_file = DocumentField(
        _l("Le PDF"),
        description=_l(
            "100 Mo et 500 pages au plus, sans mot de passe. Les formulaires, les scripts et les"
            " fichiers joints en sont retirés."
        ),
    )

    def __init__(self, seasons: Sequence[ClubQSeason], *, chosen: ClubQSeason | None) -> None:
        super().__init__(data={"season": chosen.id if chosen else None})
        self.season.choices = [(one.id, one.nom) for one in seasons]
