"""What is asked of a bank statement: the file, its columns, whose each line is."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import HiddenField, SelectField, SelectMultipleField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # stubs lag
from wtforms.validators import DataRequired
from wtforms.widgets import CheckboxInput, ListWidget

from app.core.money import Cents
from app.core.tables import Row
from app.models import Offer
from app.modules.payments.errors import (
    BothWays,
    StatementError,
    UnreadableAmount,
    UnreadableDate,
)
from app.modules.payments.rules.statement import Layout, Table
from app.web.filters import format_euros
from app.web.forms import FileField, Form, TextField, showable

#: The longest file, in bytes.
LONGEST = 5_000_000
#: How far down a file the row may be that names the columns.
_PREAMBLE = 60


class UploadForm(Form):
    """A file of the bank."""

    file = FileField(
        _l("Relevé (CSV)"),
        maximum=LONGEST,
        description=_l(
            "L'export CSV de la banque, 5 Mo au plus. Rien n'est gardé avant l'aperçu ; les "
            "débits ne le sont jamais."
        ),
        render_kw={"accept": ".csv,.tsv,.txt,text/csv"},
    )

    def refuse_file(self, refusal: StatementError) -> None:
        """Say next to the file why it is refused."""
        self.status = refusal.status
        self.file.errors = [*self.file.errors, refusal.message]


class LayoutForm(Form):
    """Where a file says what, and the file itself: it is stored nowhere yet."""

    content = HiddenField()
    #: The columns that the preview was read with.
    shown = HiddenField()
    confirmed = HiddenField()
    header = SelectField(_l("Titres des colonnes"))
    date = SelectField(_l("Date"), validators=[DataRequired(_l("Choisissez une colonne."))])
    label = SelectMultipleField(
        _l("Libellé"),
        description=_l("Si vous en choisissez plusieurs, elles sont mises bout à bout."),
        validators=[DataRequired(_l("Choisissez une colonne au moins."))],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    amount = SelectField(
        _l("Montant"), description=_l("Si une seule colonne dit ce qui entre et ce qui sort.")
    )
    credit = SelectField(_l("Crédit"), description=_l("Sinon, ce qui entre."))
    debit = SelectField(_l("Débit"), description=_l("Et ce qui sort, si une colonne le dit."))

    def choose_in(self, table: Table) -> None:
        """Let one choose among the columns of a file, and the row that names them."""
        if table.header >= 0:
            del self.header
        else:
            self.header.choices = [
                SelectChoice("-1", _("Aucun : le fichier n'a que des opérations")),
                *(
                    SelectChoice(
                        str(index),
                        _("Ligne %(line)s : %(text)s", line=row.line, text=plain(row)[:80]),
                    )
                    for index, row in enumerate(table.rows[:_PREAMBLE])
                ),
            ]
        columns = [
            SelectChoice(str(index), name)
            for index, name in enumerate(names(table, self.header_of(table)))
        ]
        self.label.choices = columns
        self.date.choices = [SelectChoice("", _("Choisir…")), *columns]
        for field in (self.amount, self.credit, self.debit):
            field.choices = [SelectChoice("", _("Aucune")), *columns]

    def header_of(self, table: Table) -> int:
        """The row that names the columns: the one that was found, or else that was chosen."""
        if table.header >= 0 or self.header is None:
            return table.header
        chosen = str(self.header.data or "")
        is_row = chosen.isascii() and chosen.isdigit() and len(chosen) < 3
        return int(chosen) if is_row and int(chosen) < len(table.rows) else -1

    def validate_amount(self, field: SelectField) -> None:
        """Ask for amounts, or for credits."""
        if bool(field.data) == bool(self.credit.data):
            raise ValidationError(
                _("Choisissez la colonne des montants, ou celle des crédits : l'une des deux.")
            )

    def validate_debit(self, field: SelectField) -> None:
        """Refuse debits without credits, and a column that says two things."""
        if field.data and not self.credit.data:
            raise ValidationError(_("Choisissez aussi la colonne des crédits."))
        chosen = [self.date.data, *(self.label.data or ()), self.amount.data, self.credit.data]
        used = [column for column in (*chosen, field.data) if column]
        if len(set(used)) < len(used):
            raise ValidationError(_("La même colonne ne peut pas servir deux fois."))

    def layout(self, table: Table) -> Layout:
        """What they say, once the form is valid."""
        return Layout(
            separator=table.separator,
            header=self.header_of(table),
            date=int(self.date.data),
            label=tuple(map(int, self.label.data or ())),
            amount=_index(self.amount),
            credit=_index(self.credit),
            debit=_index(self.debit),
        )

    def refuse_row(self, refusal: StatementError) -> None:
        """Say next to the column that it is about why a row is refused."""
        self.status = refusal.status
        field: Any = None
        if isinstance(refusal, UnreadableDate):
            field = self.date
        elif isinstance(refusal, UnreadableAmount):
            field = self.amount if self.amount.data else self.credit
        elif isinstance(refusal, BothWays):
            field = self.debit
        if field is None:
            self.form_errors.append(refusal.message)
        else:
            field.errors = [*field.errors, refusal.message]


class LineForm(Form):
    """Whose a transfer is, and what it buys."""

    username = TextField(
        _l("Identifiant ou e-mail"),
        maximum=120,
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    offer = SelectField(_l("Offre"), validators=[DataRequired(_l("Choisissez une offre."))])

    def offer_among(self, offers: Iterable[Offer], amount_cents: Cents) -> None:
        """Let one choose among *offers*, those of that price first."""
        ordered = sorted(offers, key=lambda offer: offer.price_cents != amount_cents)
        self.offer.choices = [SelectChoice("", _("Choisir…"))]
        self.offer.choices += [
            SelectChoice(
                offer.slug,
                _("%(offer)s, %(price)s", offer=offer.name, price=format_euros(offer.price_cents)),
            )
            for offer in ordered
        ]


def _index(field: SelectField) -> int | None:
    return int(field.data) if field.data else None


def plain(row: Row) -> str:
    """A row of a file, in a line."""
    return showable(" · ".join(" ".join(cell.split()) for cell in row.cells if cell.strip()))


def names(table: Table, header: int) -> list[str]:
    """What each column is called; without a header, what it begins with."""
    cells = table.rows[max(header, 0)].cells
    names = [showable(" ".join(cell.split()))[:60] for cell in cells[: table.width]]
    names += [""] * (table.width - len(names))
    if header >= 0:
        return [name or _("Colonne %(number)s", number=n) for n, name in enumerate(names, 1)]
    return [
        _("Colonne %(number)s : %(text)s", number=n, text=name or "…")
        for n, name in enumerate(names, 1)
    ]
