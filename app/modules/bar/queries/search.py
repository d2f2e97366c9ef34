"""Looking for a customer (community 3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from app.core.pagination import Page, paginate
from app.core.text import comparison_key
from app.models import BarAccount, PCeen
from app.modules.bar.queries.customers import is_customer

#: How many are offered to who types.
OFFERED = 8
#: What a pattern would take for something else: who types it means the very character.
_LITERAL = frozenset("%_\\")
#: A promo has three digits at most.
_PROMO_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Order:
    """How those who are found are sorted: by name, or by promo."""

    by_promo: bool = False
    descending: bool = False


def username_of(session: Session, text: str) -> str | None:
    """The username of the customer who is called just so; ``None`` without one."""
    stmt = sa.select(PCeen.username).where(PCeen.username == text.lower(), is_customer())
    return session.scalars(stmt).one_or_none()


def found(session: Session, text: str, order: Order, *, number: int, size: int) -> Page[BarAccount]:
    """The customers whose name, nickname, username or promo is what is looked for.

    All of them, when nothing is looked for.
    """
    return paginate(session, _found(text).order_by(*_sorted(order)), number=number, size=size)


def offered(session: Session, text: str) -> Sequence[BarAccount]:
    """Those to offer while it is typed: first those whose names begin so."""
    key = comparison_key(text)
    starts = [
        column.startswith(key, autoescape=True)
        for column in (PCeen.prenom_key, PCeen.nom_key, BarAccount.nickname_key, PCeen.username)
    ]
    rank = sa.case((sa.or_(*starts), 0), else_=1) if key else sa.literal(0)
    stmt = _found(text).order_by(rank, *_sorted(Order())).limit(OFFERED)
    return session.scalars(stmt).all()


def _found(text: str) -> sa.Select[BarAccount]:
    stmt = (
        sa.select(BarAccount)
        .join(BarAccount.pceen)
        .options(contains_eager(BarAccount.pceen))
        .where(is_customer())
    )
    return stmt.where(_matches(text)) if text else stmt


def _matches(text: str) -> sa.ColumnElement[bool]:
    """Whether someone is called so: as it is written, or without its accents and signs."""
    written = (PCeen.prenom + " " + PCeen.nom, BarAccount.nickname, PCeen.username)
    conditions: list[sa.ColumnElement[bool]] = [
        column.icontains(text, autoescape=True) for column in written
    ]
    key = comparison_key(text)
    if key and not _LITERAL & set(text):
        keys = (PCeen.prenom_key + " " + PCeen.nom_key, BarAccount.nickname_key)
        conditions += [column.contains(key, autoescape=True) for column in keys]
    if text.isascii() and text.isdigit() and len(text) <= _PROMO_DIGITS:
        conditions.append(PCeen.promo == int(text))
    return sa.or_(*conditions)


def _sorted(order: Order) -> Sequence[Any]:
    """By name, then by number, whichever way what comes first goes."""
    names = (PCeen.nom_key, PCeen.prenom_key)
    if order.by_promo:
        promo = PCeen.promo.desc() if order.descending else PCeen.promo.asc()
        return (PCeen.promo.is_(None), promo, *names, PCeen.id)
    if order.descending:
        return (*(one.desc() for one in names), PCeen.id)
    return (*names, PCeen.id)
