"""The list of the PCéens."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from anyascii import anyascii
from sqlalchemy.orm import Session, aliased, load_only

from app.core import clock
from app.core.addresses import AddressPlan, as_number
from app.core.money import Cents
from app.core.pagination import Page
from app.core.text import comparison_key
from app.enums import PermissionScope, PermissionType
from app.models import (
    Allocation,
    Ban,
    BanAddress,
    BarAccount,
    Device,
    PCeen,
    Permission,
    Rental,
    Role,
    Subscription,
    pceen_role,
    public_role,
    role_permission,
)
from app.modules.gris.queries.search import Housing, Paying, Search, View
from app.modules.gris.rules.typos import Named, nearly
from app.modules.intrarez.queries import Standing, is_current, weighs
from app.modules.intrarez.rules import subscriptions as rules
from app.modules.intrarez.rules.subscriptions import Period

#: People on one page of the list.
PAGE_SIZE = 150
#: How many people are shown whose name is nearly what was typed.
NEARLY = 20
#: People read at once for a file.
_BATCH = 500


def _of_bar(column: Any) -> sa.ScalarSelect[Any]:
    """What the account of the bar of someone says."""
    stmt = sa.select(column).where(BarAccount.pceen_id == PCeen.id)
    return stmt.correlate(PCeen).scalar_subquery()


_COLUMNS: dict[str, tuple[Any, ...]] = {
    "id": (PCeen.id,),
    "nom": (PCeen.nom_key, PCeen.prenom_key),
    "prenom": (PCeen.prenom_key, PCeen.nom_key),
    "promo": (PCeen.promo,),
    "email": (PCeen.email,),
    "username": (PCeen.username,),
    "balance": (_of_bar(BarAccount.balance_cents),),
    "deposit": (sa.func.coalesce(_of_bar(BarAccount.deposit_cents), -1),),
}

#: What the list says of someone.
_SHOWN = (
    PCeen.prenom,
    PCeen.nom,
    PCeen.promo,
    PCeen.username,
    PCeen.email,
    PCeen.locale,
    PCeen.activated,
    PCeen.disabled_at,
)


@dataclass(frozen=True, slots=True)
class Weighing:
    """What keeps someone from the Internet, and until when."""

    reason: str
    #: ``None``: until further notice.
    ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PCeenLine:
    """One person of the list."""

    pceen: PCeen
    room: int | None
    former_rooms: int
    devices: int
    seen_at: datetime | None
    ban: Weighing | None
    standing: Standing
    roles: Sequence[Role]
    #: What they have at the bar, where it is told; no caution: ``None``.
    balance_cents: Cents = 0
    deposit_cents: Cents | None = None


@dataclass(frozen=True, slots=True)
class PCeensPage:
    """The list of the PCéens."""

    search: Search
    people: Page[PCeenLine]
    #: Who is called nearly what was typed, the nearest first.
    nearly: Sequence[PCeenLine]
    #: All the roles, in their order.
    roles: Sequence[Role]


def pceens_page(session: Session, search: Search, *, plan: AddressPlan | None = None) -> PCeensPage:
    """One page of the list, in as many statements whatever its length."""
    found = _people_page(session, search, plan)
    near: Sequence[PCeen] = ()
    if search.text and found.count == 1 and found.total < PAGE_SIZE:
        near = _nearly_called(session, search, but={one.id for one in found.items})
    roles, held = _roles_of(session, [*found.items, *near])
    lines = _lines(session, [*found.items, *near], held)
    people = Page(lines[: len(found.items)], found.number, found.size, found.total)
    return PCeensPage(search, people, lines[len(found.items) :], roles)


def all_lines(
    session: Session, search: Search, *, plan: AddressPlan | None = None
) -> Iterator[PCeenLine]:
    """All the people of the list, page after page: what a file holds."""
    ids = sa.select(PCeen.id).where(*_conditions(session, search, plan)).order_by(*_order(search))
    keys = session.scalars(ids).all()
    if not keys and search.text:
        keys = [one.id for one in _nearly_called(session, search, but=set())]
    for start in range(0, len(keys), _BATCH):
        batch = keys[start : start + _BATCH]
        stmt = sa.select(PCeen).where(PCeen.id.in_(batch)).options(load_only(*_SHOWN))
        by_key = {one.id: one for one in session.scalars(stmt)}
        people = [by_key[key] for key in batch if key in by_key]
        yield from _lines(session, people, _roles_of(session, people)[1])


def chosen(session: Session, keys: Sequence[int]) -> Sequence[PCeen]:
    """The people of these numbers, those that exist, in the order of their numbers."""
    return session.scalars(sa.select(PCeen).where(PCeen.id.in_(keys)).order_by(PCeen.id)).all()


def _people_page(session: Session, search: Search, plan: AddressPlan | None) -> Page[PCeen]:
    """One page of people, counted as they are read; of those that there are, the nearest."""
    stmt = sa.select(PCeen, sa.func.count().over()).where(*_conditions(session, search, plan))
    stmt = stmt.order_by(*_order(search)).options(load_only(*_SHOWN)).limit(PAGE_SIZE)
    rows = session.execute(stmt.offset((search.number - 1) * PAGE_SIZE)).all()
    if rows or search.number == 1:
        total = rows[0][1] if rows else 0
        return Page([row[0] for row in rows], search.number, PAGE_SIZE, total)
    first = _people_page(session, search.at(1), plan)
    return first if first.count == 1 else _people_page(session, search.at(first.count), plan)


def _order(search: Search) -> list[sa.ColumnElement[Any]]:
    columns = _COLUMNS[search.sort]
    order = [column.desc() if search.descending else column.asc() for column in columns]
    return [*order, PCeen.id.desc()]


def _nearly_called(session: Session, search: Search, *, but: set[int]) -> list[PCeen]:
    """Who is called nearly what was typed, *but* those: two statements at most."""
    key = comparison_key(search.text)
    stmt = sa.select(PCeen.id, PCeen.nom_key, PCeen.prenom_key, PCeen.username)
    stmt = stmt.where(*_narrowed(session, search)).order_by(PCeen.id)
    named = (Named(*row) for row in session.execute(stmt) if row.id not in but) if key else ()
    nearest = sorted((wrong, one) for one, wrong in nearly(key, named))[:NEARLY]
    keys = [one for _, one in nearest]
    if not keys:
        return []
    people = sa.select(PCeen).where(PCeen.id.in_(keys)).options(load_only(*_SHOWN))
    by_key = {one.id: one for one in session.scalars(people)}
    return [by_key[one] for one in keys if one in by_key]


def _roles_of(
    session: Session, people: Sequence[PCeen]
) -> tuple[Sequence[Role], dict[int, list[Role]]]:
    """All the roles, and those of each of these people: one statement."""
    keys = [pceen.id for pceen in people]
    theirs = sa.and_(pceen_role.c.role_id == Role.id, pceen_role.c.pceen_id.in_(keys))
    stmt = (
        sa.select(Role, pceen_role.c.pceen_id)
        .outerjoin(pceen_role, theirs)
        .order_by(Role.index, Role.name, Role.id)
    )
    roles: dict[int, Role] = {}
    held: dict[int, list[Role]] = {}
    for role, key in session.execute(stmt):
        roles[role.id] = role
        if key is not None:
            held.setdefault(key, []).append(role)
    return list(roles.values()), held


def _lines(
    session: Session, people: Sequence[PCeen], held: dict[int, list[Role]]
) -> list[PCeenLine]:
    """What the list says of these people: one statement more."""
    today = clock.today()
    stmt = _facts(today).where(PCeen.id.in_([pceen.id for pceen in people]))
    facts = {row.id: row for row in session.execute(stmt)}
    return [_line(pceen, facts[pceen.id], held.get(pceen.id, []), today) for pceen in people]


def _line(pceen: PCeen, facts: sa.Row[Any], roles: Sequence[Role], today: date) -> PCeenLine:
    period = Period(facts.start, facts.end) if facts.end is not None else None
    return PCeenLine(
        pceen=pceen,
        room=facts.room,
        former_rooms=facts.former,
        devices=facts.devices,
        seen_at=facts.seen_at,
        ban=Weighing(facts.ban_reason, facts.ban_ends_at) if facts.ban_reason else None,
        standing=Standing(rules.state(period, today), period, today),
        roles=roles,
        balance_cents=facts.balance or 0,
        deposit_cents=facts.deposit,
    )


def _facts(today: date) -> sa.Select[Any]:
    """What the tables of the network say of someone, each in its column."""
    rented = sa.select(Rental.id).where(Rental.pceen_id == PCeen.id)
    owned = sa.select(Device.id).where(Device.pceen_id == PCeen.id)
    # of two bans the disciplinary one is shown
    banned = sa.select(Ban.id).where(Ban.pceen_id == PCeen.id, weighs(clock.now()))
    banned = banned.order_by(Ban.kind, Ban.id).limit(1)
    paid = sa.select(Subscription.id).where(
        Subscription.pceen_id == PCeen.id, Subscription.revoked_at.is_(None)
    )
    paid = paid.order_by(Subscription.start.desc(), Subscription.end.desc()).limit(1)
    parts = {
        "room": rented.with_only_columns(sa.func.max(Rental.room_num)).where(is_current(today)),
        "former": rented.with_only_columns(sa.func.count()).where(~is_current(today)),
        "devices": owned.with_only_columns(sa.func.count()),
        "seen_at": owned.with_only_columns(sa.func.max(Device.last_seen_at)),
        "ban_reason": banned.with_only_columns(Ban.reason),
        "ban_ends_at": banned.with_only_columns(Ban.ends_at),
        "start": paid.with_only_columns(Subscription.start),
        "end": paid.with_only_columns(Subscription.end),
    }
    columns = (part.correlate(PCeen).scalar_subquery().label(n) for n, part in parts.items())
    bar = (BarAccount.balance_cents.label("balance"), BarAccount.deposit_cents.label("deposit"))
    stmt = sa.select(PCeen.id, *columns, *bar)
    return stmt.outerjoin(BarAccount, BarAccount.pceen_id == PCeen.id)


# Whom a search finds


def _conditions(
    session: Session, search: Search, plan: AddressPlan | None
) -> list[sa.ColumnElement[bool]]:
    """What someone must be, to be in the list."""
    found = [_is_found(search.text, plan)] if search.text else []
    return [*_narrowed(session, search), *found]


def _narrowed(session: Session, search: Search) -> list[sa.ColumnElement[bool]]:
    """What the view and the filters ask of someone, whatever they are called."""
    conditions = [_is_in_view(session, search.view)]
    if search.promo is not None:
        conditions.append(PCeen.promo == search.promo)
    if search.role is not None:
        holders = sa.select(pceen_role.c.pceen_id).where(pceen_role.c.role_id == search.role)
        conditions.append(PCeen.id.in_(holders))
    if search.housing is not None:
        housed = sa.exists().where(Rental.pceen_id == PCeen.id, is_current(clock.today()))
        conditions.append(housed if search.housing is Housing.with_room else ~housed)
    if search.paying is not None:
        conditions.append(_pays(search.paying))
    return conditions


def _pays(paying: Paying) -> sa.ColumnElement[bool]:
    """Whether the latest subscription of someone puts them there today."""
    kept = sa.exists().where(Subscription.pceen_id == PCeen.id, Subscription.revoked_at.is_(None))
    if paying is Paying.none:
        return ~kept
    later = aliased(Subscription)
    outlived = sa.exists().where(
        later.pceen_id == Subscription.pceen_id,
        later.revoked_at.is_(None),
        sa.or_(
            later.start > Subscription.start,
            sa.and_(later.start == Subscription.start, later.end > Subscription.end),
        ),
    )
    today = clock.today()
    last_cut, end = _last_end_cut(today), Subscription.end
    between = {
        Paying.subscribed: end > today,
        Paying.trial: sa.and_(end <= today, end > last_cut),
        Paying.outlaw: end <= last_cut,
    }
    return kept.where(~outlived, between[paying])


def _last_end_cut(today: date) -> date:
    """The latest end of a subscription whose free month is over."""
    end = today - timedelta(days=27)
    while rules.cut_day(end) > today:
        end -= timedelta(days=1)
    return end


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


def _is_found(text: str, plan: AddressPlan | None) -> sa.ColumnElement[bool]:
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
    conditions += _has_device(text, plan)
    return sa.or_(*conditions)


def _has_device(text: str, plan: AddressPlan | None) -> Iterator[sa.ColumnElement[bool]]:
    """Whether someone has the device of that hardware address, or address of the network."""
    theirs = sa.exists().where(Device.pceen_id == PCeen.id)
    digits = "".join(c for c in text.lower() if c in "0123456789abcdef")
    if len(digits) == 12:
        mac = ":".join(digits[i : i + 2] for i in range(0, 12, 2))
        yield theirs.where(Device.mac_address == mac)
    if as_number(text) is None:
        return
    here = sa.select(Allocation.device_id).where(
        Allocation.ip == text, Allocation.ended_at.is_(None), Allocation.device_id.is_not(None)
    )
    yield theirs.where(Device.id.in_(here))
    slot = plan.ban_slot(text) if plan is not None else None
    if slot is not None:
        banned = sa.select(BanAddress.device_id).where(
            BanAddress.slot == slot, BanAddress.ended_at.is_(None)
        )
        yield theirs.where(Device.id.in_(banned))
