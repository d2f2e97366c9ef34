"""What is asked of the list of a promo."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectMultipleField
from wtforms.widgets import HiddenInput

from app.modules.promos.rules.lines import LONGEST
from app.web.forms import FileField, Form, NumberField


class UploadForm(Form):
    """The list of a promo."""

    promo = NumberField(
        _l("Promo"),
        minimum=1,
        maximum=999,
        description=_l("Son numéro : 145 pour qui entre à l'école en 2026."),
    )
    file = FileField(
        _l("Liste (CSV)"),
        maximum=LONGEST,
        description=_l(
            "2 Mo et 2 000 personnes au plus. Des titres « nom », « prenom » et « email » dans "
            "n'importe quel ordre ; sans titres, ces trois-là dans les colonnes 2, 3 et 4. Les "
            "autres colonnes ne sont ni lues, ni gardées."
        ),
        render_kw={"accept": ".csv,.tsv,.txt,text/csv"},
    )


class ReviewForm(Form):
    """The lines of a list, kept nowhere yet, and what is decided of them."""

    content = HiddenField()
    promo = NumberField(_l("Promo"), minimum=1, maximum=999, widget=HiddenInput())
    #: What the preview said.
    seen = HiddenField()
    others = SelectMultipleField(_l("Douteux"), coerce=int, validate_choice=False)
    without_wrong = BooleanField(_l("Importer sans les lignes à corriger"))
