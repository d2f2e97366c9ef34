"""Which lines of the ledger one wants to see."""

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import SelectField

from app.enums import BarKind
from app.modules.bar.queries.transactions import Wanted
from app.web.forms import DateField, Form


class FilterForm(Form):
    """Which lines are listed: drawn by the page, which the address fills."""

    kind = SelectField(_l("Genre"), name="type")
    since = DateField(_l("Du jour du bar"), required=False, name="from")
    until = DateField(_l("Au jour du bar"), required=False, name="to")

    @classmethod
    def of(cls, wanted: Wanted) -> "FilterForm":
        """The form, as it was filled."""
        form = cls(
            formdata=None,
            kind=wanted.kind.value if wanted.kind else "",
            since=wanted.since,
            until=wanted.until,
        )
        form.kind.choices = [("", _("Tous")), *((one.value, one.label) for one in BarKind)]
        return form
