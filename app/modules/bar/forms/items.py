"""What is asked of what the bar sells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import BooleanField, HiddenField

from app.core.money import Cents
from app.models import BarItem
from app.modules.bar.forms.counter import LONGEST_REASON
from app.modules.bar.forms.fields import GramsField, SignedField
from app.modules.bar.service.items import MOST, Count, Draft
from app.web.forms import CreationForm, EditForm, EurosField, Form, NumberField, TextField

#: The most that an item costs, in cents, and the most alcohol that it has, in grams.
_DEAREST, _STRONGEST = 99_999, Decimal("999.9")
_HIGHEST_INDEX = 9_999


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What an item is, as its form shows it."""

    version: int
    name: str
    price: Cents
    alcohol_mass: Decimal
    is_alcohol: bool
    is_quantifiable: bool
    quantity: int | None
    seen: str
    is_favorite: bool
    favorite_index: int | None

    @classmethod
    def of(cls, item: BarItem) -> "Said":
        """What an item is."""
        return cls(
            version=item.version,
            name=item.name,
            price=item.price_cents,
            alcohol_mass=item.alcohol_mass,
            is_alcohol=item.is_alcoholic,
            is_quantifiable=item.is_quantifiable,
            quantity=item.quantity,
            seen="" if item.quantity is None else str(item.quantity),
            is_favorite=item.favorite_index > 0,
            favorite_index=item.favorite_index or None,
        )


class _ItemFields(Form):
    name = TextField(_l("Nom de l'article"), maximum=64, render_kw={"autocomplete": "off"})
    price = EurosField(_l("Prix"), maximum=_DEAREST)
    is_alcohol = BooleanField(
        _l("Boisson alcoolisée"), render_kw={"data-reveals": "alcohol_mass", "data-empties": "0"}
    )
    alcohol_mass = GramsField(
        _l("Alcool pur, en grammes"),
        maximum=_STRONGEST,
        required=False,
        description=_l("0 pour une boisson sans alcool. Une pinte à 5 % : 20 g."),
    )
    is_quantifiable = BooleanField(
        _l("Compter le stock"), render_kw={"data-reveals": "quantity", "data-empties": ""}
    )
    quantity = NumberField(
        _l("Quantité"),
        maximum=MOST,
        required=False,
        description=_l("Ce qu'il y a maintenant. Vide : 0."),
    )
    is_favorite = BooleanField(
        _l("Favori : en tête du menu"),
        render_kw={"data-reveals": "favorite_index", "data-empties": ""},
    )
    favorite_index = NumberField(
        _l("Priorité"),
        maximum=_HIGHEST_INDEX,
        required=False,
        description=_l("Le plus grand nombre vient en premier."),
    )

    def draft(self) -> Draft:
        """What was typed, once the form is valid."""
        index = self.favorite_index.data or 1
        return Draft(
            name=self.name.text,
            price_cents=self.price.cents,
            alcohol_mass=self.alcohol_mass.grams,
            favorite_index=index if self.is_favorite.data else 0,
        )

    @property
    def counted(self) -> int | None:
        """How many there are, once the form is valid; ``None`` for what is not counted."""
        return (self.quantity.data or 0) if self.is_quantifiable.data else None


class NewItemForm(CreationForm, _ItemFields):
    """An item to be made."""


class ItemForm(EditForm, _ItemFields):
    """An item to be changed."""

    #: What the page showed of its stock: what was sold since then is not lost.
    seen = HiddenField()

    @property
    def count(self) -> Count:
        """How many there are, against what the page showed."""
        return Count(counted=self.counted, seen=number(self.seen.data))


def number(text: object) -> int | None:
    """A number that a page holds; ``None`` for nonsense."""
    said = str(text or "")
    return int(said) if said.isascii() and said.isdigit() and len(said) <= len(str(MOST)) else None


class ChangeForm(CreationForm):
    """A delivery, or a loss."""

    change = SignedField(
        _l("Quantité livrée ou perdue"),
        minimum=-MOST,
        maximum=MOST,
        description=_l("Négative pour une perte : -3."),
        render_kw={"inputmode": "text", "autocomplete": "off"},
    )
    reason = TextField(_l("Raison"), maximum=LONGEST_REASON)


class CountForm(CreationForm):
    """How many there are."""

    counted = NumberField(_l("Quantité comptée"), maximum=MOST)
    seen = HiddenField()
    count_reason = TextField(_l("Raison"), maximum=LONGEST_REASON)


class InventoryForm(CreationForm):
    """How many there are of each: a field for each is added to it (``inventory_form``)."""

    reason = TextField(_l("Raison"), maximum=LONGEST_REASON, default=lambda: _("Inventaire"))

    def rows(self, items: Sequence[BarItem]) -> list[tuple[BarItem, Any, Any]]:
        """Each item, with the field of what was counted, and that of what was seen."""
        return [
            (item, self[f"counted_{item.id}"], self[f"seen_{item.id}"])
            for item in items
            if f"counted_{item.id}" in self
        ]

    def count_again(self, items: Sequence[BarItem], *, only: int | None = None) -> None:
        """Have what is typed be against what there is of the items now, or of one of them."""
        for item in items:
            if f"seen_{item.id}" in self and only in (None, item.id):
                self[f"seen_{item.id}"].data = str(item.quantity or 0)

    def counts(self) -> Mapping[int, Count]:
        """What was counted, by item; what was left empty was not."""
        found = {}
        for name, field in self._fields.items():
            kind, _sep, key = name.partition("_")
            if kind == "counted" and field.data is not None:
                seen = number(self[f"seen_{key}"].data)
                found[int(key)] = Count(counted=field.data, seen=seen or 0)
        return found


def inventory_form(items: Sequence[BarItem]) -> InventoryForm:
    """The form that counts these items."""
    fields: dict[str, Any] = {}
    for item in items:
        fields[f"counted_{item.id}"] = NumberField(item.name, maximum=MOST, required=False)
        fields[f"seen_{item.id}"] = HiddenField(default=str(item.quantity))
    made: InventoryForm = type("InventoryForm", (InventoryForm,), fields)()
    return made
