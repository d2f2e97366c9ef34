"""What a mail looks like, with something in each of its fields."""

import dataclasses
from collections.abc import Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

#: What stands for a secret: it opens nothing.
DUMMY = "exemple-qui-n-ouvre-rien"
#: By the name of the field.
_NAMED: dict[str, Any] = {
    "secret": DUMMY,
    "code": "123456",
    "username": "mcurie",
    "prenom": "Marie",
    "full_name": "Marie Curie",
    "name": "Marie Curie",
    "email": "marie.curie@example.org",
    "former_email": "marie.sklodowska@example.org",
    "promo": 145,
    "room": 312,
    "device": "Téléphone de Marie",
    "offer": "3 mois",
    "title": "Ma chambre",
    "reason": "Un exemple de raison",
    "message": "Un exemple de message.",
    "note": "Un exemple de note.",
    "cause": "Un exemple de cause",
    "ends_at": "2026-12-24T18:30:00+00:00",
    "amount_cents": 1500,
    "balance_cents": 320,
    "order_ref": "PEM-7-1795390200",
    "outcome": "unknown",
    "faults": ["7 : 4,00 € de trop"],
    "errors": ["KeyError"],
    **dict.fromkeys(("on", "payed_on", "start"), "2026-11-24"),
    **dict.fromkeys(("cut", "end"), "2027-02-24"),
    "last_day": "2027-03-23",
    "at": "2026-12-24T18:30:00+00:00",
    "moves": [["Le Misanthrope", "2026-12-24T18:30:00+00:00", 2, 2400]],
    "lines": [[1, "Le Misanthrope", 2, 1]],
    "baskets": [["2026-12-17", "2026-12-16T13:00:00+00:00"]],
    "waited": ["2026-12-24"],
    "until": "2026-12-15T18:30:00+00:00",
    "price_cents": 1200,
    "pay_by": "cash",
    "notices": [["bekk", "Le Misanthrope", "Un exemple de message.", "/bekk"]],
}
#: By its type.
_TYPED: dict[Any, Any] = {str: "Exemple", int: 7, bool: False, float: 7.5}


def values_of(kind: type) -> Mapping[str, Any]:
    """Something for each field of a mail, but for whom it is and in which language."""
    hints = get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind)]
    return {name: _value(name, hints[name]) for name in names if name not in ("to", "locale")}


def _value(name: str, type_: Any) -> Any:
    value = _NAMED.get(name, _of_type(type_))
    return value if _suits(value, type_) else _of_type(type_)


def _of_type(type_: Any) -> Any:
    if get_origin(type_) in (Union, UnionType):
        return _of_type(get_args(type_)[0])
    if get_origin(type_) in (list, tuple):  # stored as JSON, both come back as lists
        return [_of_type(inner) for inner in get_args(type_) if inner is not ...]
    return _TYPED.get(type_)


def _suits(value: Any, type_: Any) -> bool:
    """Whether a value may be there."""
    if get_origin(type_) in (Union, UnionType):
        return any(_suits(value, one) for one in get_args(type_))
    whole = get_origin(type_) or type_
    return isinstance(whole, type) and isinstance(value, list if whole is tuple else whole)
