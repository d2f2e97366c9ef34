"""The forms of an issue."""

from flask_babel import lazy_gettext as _l

from app.core import clock
from app.models import BEKK_NAME_MAX, Bekk
from app.modules.bekk.service.issues import Details
from app.web.documents import DocumentField
from app.web.forms import CreationForm, DateField, EditForm, Form, NumberField, TextField

_LIMITS = _l(
    "100 Mo et 500 pages au plus, sans mot de passe. Les formulaires, les scripts et les fichiers"
    " joints en sont retirés."
)


class _IssueFields(Form):
    name = TextField(
        _l("Nom du numéro"),
        maximum=BEKK_NAME_MAX,
        description=_l("Celui de la couverture, par exemple."),
    )
    promo = NumberField(
        _l("Promo"), minimum=1, maximum=999, description=_l("Celle qui a fait ce numéro.")
    )
    date = DateField(_l("Date de parution"), default=clock.today)

    @property
    def details(self) -> Details:
        """What was typed, once the form is valid."""
        return Details(name=self.name.text, promo=self.promo.number, date=self.date.day)


class IssueForm(CreationForm, _IssueFields):
    """An issue to be published."""

    pdf_file = DocumentField(_l("Le PDF"), description=_LIMITS)


class EditIssueForm(EditForm, _IssueFields):
    """An issue to be changed: its PDF stays, unless another one is sent."""

    pdf_file = DocumentField(
        _l("Un autre PDF"),
        required=False,
        description=_l(
            "Rien : le PDF reste. Un autre le remplace : les pages d'avant se lisent jusqu'à ce"
            " que les nouvelles soient prêtes."
        ),
    )

    def __init__(self, issue: Bekk) -> None:
        super().__init__(obj=issue)
