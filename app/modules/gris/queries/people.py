"""The list of the PCéens."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from anyascii import anyascii
from flask_babel import LazyString, lazy_gettext as _l
from sqlalchemy.orm import Session, load_only, selectinload

from app.core import clock
from app.core.pagination import Page, paginate
from app.core.text import clean, comparison_key
from app.enums import PermissionScope, PermissionType
from app.models import (
    Ban,
    Device,
    PCeen,
    Permission,
    Rental,
    pceen_role,
    public_role,
    role_permission,
)
from app.modules.gris.errors import NoSuchView
from app.modules.intrarez.queries import is_current, weighs

#: People on one page of the list.
PAGE_SIZE = 150


class View(enum.StrEnum):
    """Whom the list of the PCéens shows."""

    active = "active"
    rez = "rez"
    bar = "bar"
    banned = "banned"
    disabled = "disabled"
    all = "all"

    @property
    def label(self) -> LazyString:
        return _VIEW_LABELS[self]


_VIEW_LABELS = {
    View.active: _l("Actifs"),
    View.rez: _l("Rezidents"),
    View.bar: _l("Bar"),
    View.banned: _l("Suspendus"),
    View.disabled: _l("Désactivés"),
    View.all: _l("Tous"),
}

SORTS = {
    "id": (PCeen.id,),
    "nom": (PCeen.nom_key, PCeen.prenom_key),
    "prenom": (PCeen.prenom_key, PCeen.nom_key),
    "promo": (PCeen.promo,),
    "email": (PCeen.email,),
    "username": (PCeen.username,),
}


#: What the list says of someone.
_SHOWN = (PCeen.prenom, PCeen.nom, PCeen.promo, PCeen.email, PCeen.disabled_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is asked of the list, as the address of the page says it."""

    view: View = View.active
    text: str = ""
    sort: str = "id"
    descending: bool = True
    number: int = 1

    @property
    def sort_key(self) -> str:
        """How the address of the page says it: the column, after "-" when it descends."""
        return f"-{self.sort}" if self.descending else self.sort

    @classmethod
    def read(cls, view: str, args: Mapping[str, str]) -> "Search":
        """Read the address; what it does not say, or says wrong, takes its default.

        Raises:
            NoSuchView: If there is no such view.
        """
        if view not in View.__members__:
            raise NoSuchView
        asked = args.get("sort", "-id")
        sort = asked.removeprefix("-")
        if sort not in SORTS:
            asked, sort = "-id", "id"
        number = args.get("page", "1")
        is_number = number.isascii() and number.isdigit() and len(number) < 7
        return cls(
            view=View[view],
            text=clean(args.get("q", "").replace("\x00", ""))[:100],
            sort=sort,
            descending=asked.startswith("-"),
            number=int(number) if is_number else 1,
        )


@dataclass(frozen=True, slots=True)
class PCeenLine:
    """One person of the list."""

    pceen: PCeen
    room: int | None
    former_rooms: int
    devices: int
    seen_at: datetime | None
    ban: Ban | None


@dataclass(frozen=True, slots=True)
class PCeensPage:
    """The list of the PCéens."""

    search: Search
    people: Page[PCeenLine]


def pceens_page(session: Session, search: Search) -> PCeensPage:
    """One page of the list, in as many statements whatever its length."""
    stmt = sa.select(PCeen).where(_is_in_view(session, search.view))
    if search.text:
        stmt = stmt.where(_is_found(search.text))
    columns = SORTS[search.sort]
    order = [column.desc() if search.descending else column.asc() for column in columns]
    stmt = stmt.options(load_only(*_SHOWN), selectinload(PCeen.roles)).order_by(
        *order, PCeen.id.desc()
    )
    page = paginate(session, stmt, number=search.number, size=PAGE_SIZE)
    lines = _lines(session, page.items)
    return PCeensPage(search, Page(lines, page.number, page.size, page.total))


def _lines(session: Session, people: Sequence[PCeen]) -> list[PCeenLine]:
    """What the list says of these people: three statements more."""
    keys = [pceen.id for pceen in people]
    current = sa.case((is_current(clock.today()), Rental.room_num))
    rentals = (
        sa.select(Rental.pceen_id, sa.func.max(current), sa.func.count(), sa.func.count(current))
        .where(Rental.pceen_id.in_(keys))
        .group_by(Rental.pceen_id)
    )
    devices = (
        sa.select(Device.pceen_id, sa.func.count(), sa.func.max(Device.last_seen_at))
        .where(Device.pceen_id.in_(keys))
        .group_by(Device.pceen_id)
    )
    rooms = {key: (num, total - now) for key, num, total, now in session.execute(rentals)}
    seen = {key: (number, at) for key, number, at in session.execute(devices)}
    weighing = sa.select(Ban).where(Ban.pceen_id.in_(keys), weighs(clock.now()))
    bans = {ban.pceen_id: ban for ban in session.scalars(weighing)}
    return [
        PCeenLine(
            pceen,
            *rooms.get(pceen.id, (None, 0)),
            *seen.get(pceen.id, (0, None)),
            bans.get(pceen.id),
        )
        for pceen in people
    ]


def _is_in_view(session: Session, view: View) -> sa.ColumnElement[bool]:
    if view is View.active:
        return sa.and_(PCeen.activated, PCeen.disabled_at.is_(None))
    if view is View.disabled:
        return PCeen.disabled_at.is_not(None)
    if view is View.rez:
        return _may_read(session, PermissionScope.intrarez)
    if view is View.bar:
        return _may_read(session, PermissionScope.bar, PermissionScope.bar_stats)
    if view is View.banned:
        return sa.exists().where(Ban.pceen_id == PCeen.id, weighs(clock.now()))
    return sa.true()


def _may_read(session: Session, *scopes: PermissionScope) -> sa.ColumnElement[bool]:
    """Whether someone may read one of these scopes: any permission lets one read."""
    everyone = public_role(session)
    if any(everyone.has_permission(PermissionType.read, scope, None) for scope in scopes):
        return sa.true()
    holders = (
        sa.select(pceen_role.c.pceen_id)
        .join(role_permission, role_permission.c.role_id == pceen_role.c.role_id)
        .join(Permission, Permission.id == role_permission.c.permission_id)
        .where(Permission.scope.in_(scopes), Permission.ref_id.is_(None))
    )
    return sa.and_(PCeen.disabled_at.is_(None), PCeen.id.in_(holders))


def _is_found(text: str) -> sa.ColumnElement[bool]:
    """Whether someone is whom *text* names: a name, an address, a room, a device."""
    conditions: list[sa.ColumnElement[bool]] = [
        column.contains(typed, autoescape=True)
        for column in (PCeen.username, PCeen.email)
        for typed in sorted({text.lower(), anyascii(text).lower()})
    ]
    if key := comparison_key(text):
        names = (PCeen.prenom_key + " " + PCeen.nom_key, PCeen.nom_key + " " + PCeen.prenom_key)
        conditions += [name.contains(key, autoescape=True) for name in names]
    if text.isascii() and text.isdigit() and len(text) < 10:
        number = int(text)
        conditions.append(PCeen.id == number)
        conditions.append(
            sa.exists().where(
                Rental.pceen_id == PCeen.id, Rental.room_num == number, is_current(clock.today())
            )
        )
    digits = "".join(c for c in text.lower() if c in "0123456789abcdef")
    if len(digits) == 12:
        mac = ":".join(digits[i : i + 2] for i in range(0, 12, 2))
        conditions.append(sa.exists().where(Device.pceen_id == PCeen.id, Device.mac_address == mac))
    return sa.or_(*conditions)
