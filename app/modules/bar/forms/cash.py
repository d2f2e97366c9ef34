"""What is typed when the cash box is counted."""

from typing import cast

from flask_babel import LazyString, gettext as _, lazy_gettext as _l
from wtforms import ValidationError

from app.core.money import Cents
from app.modules.bar.service.cash import Count
from app.web.filters import format_euros
from app.web.forms import CreationForm, EurosField, NumberField, TextField

#: Coins and notes, in cents.
COINS = (1, 2, 5, 10, 20, 50, 100, 200)
NOTES = (500, 1000, 2000, 5000, 10_000, 20_000)
#: The most that a box may hold: 100 000 €.
_MOST = 10_000_000
#: How many of a coin or of a note one counts at most.
_MANY = 10_000


class CloseForm(CreationForm):
    """What is in the box; coins and notes add up, for who would rather count those."""

    seen_rank = NumberField(_l("Comptages"), required=False)
    counted = EurosField(
        _l("Compté"),
        maximum=_MOST,
        required=False,
        description=_l("Tout ce qui est dans la caisse, avant d'en retirer."),
    )
    taken = EurosField(
        _l("Retiré pour la banque"),
        maximum=_MOST,
        required=False,
        description=_l("Rien, si tout reste dans la caisse."),
    )
    note = TextField(
        _l("Remarque"),
        maximum=280,
        required=False,
        description=_l("Obligatoire s'il y a un écart."),
    )

    def coin(self, cents: Cents) -> NumberField:
        """The field of a coin, or of a note."""
        return cast(NumberField, self[_name(cents)])

    @property
    def coins(self) -> list[tuple[Cents, NumberField]]:
        return [(cents, self.coin(cents)) for cents in COINS]

    @property
    def notes(self) -> list[tuple[Cents, NumberField]]:
        return [(cents, self.coin(cents)) for cents in NOTES]

    @property
    def has_pieces(self) -> bool:
        """Whether coins or notes were counted, or mistyped."""
        return any(field.data is not None or field.errors for _cents, field in self._pieces)

    @property
    def _pieces(self) -> list[tuple[Cents, NumberField]]:
        return self.coins + self.notes

    @property
    def pieces_cents(self) -> Cents | None:
        """What the coins and the notes come to; ``None`` if none was counted."""
        counted = [(cents, field.data) for cents, field in self._pieces if field.data is not None]
        return sum(cents * number for cents, number in counted) if counted else None

    def add_up(self) -> None:
        """Have the amount be that of the coins and of the notes."""
        total = self.pieces_cents
        if total is not None:
            self.counted.data, self.counted.raw_data = total, None

    def validate_counted(self, field: EurosField) -> None:
        total = self.pieces_cents
        if field.data is None and total is None:
            raise ValidationError(_("Dites ce qu'il y a dans la caisse."))
        if total is not None and field.data not in (None, total):
            raise ValidationError(
                _("Les pièces et les billets font %(total)s.", total=format_euros(total))
            )

    def count(self) -> Count:
        """What was counted, once the form is valid."""
        counted = self.pieces_cents if self.counted.data is None else self.counted.data
        return Count(
            seen_rank=self.seen_rank.data or 0,
            counted_cents=counted or 0,
            taken_cents=self.taken.data or 0,
            note=self.note.text or None,
        )


def _name(cents: Cents) -> str:
    return f"pieces_{cents}"


for _cents in COINS + NOTES:
    setattr(
        CloseForm,
        _name(_cents),
        NumberField(LazyString(format_euros, _cents), maximum=_MANY, required=False),
    )
