"""What becomes of an account of the bar when accounts are merged, or someone is erased."""

from collections.abc import Iterator

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core import tokens
from app.core.transaction import lock
from app.models import BALANCE_MAX, BarAccount, BarDailyData, BarTransaction, PCeen, defer
from app.models.bar import OWNERS
from app.modules.bar.effects import RemovePicture
from app.modules.bar.queries import ledger as reading
from app.modules.bar.service.words import euros


def obstacles(session: Session, pceen: PCeen) -> Iterator[str]:
    """What someone has to be given back before they are erased: their money."""
    account = session.get_one(BarAccount, pceen.id)
    if account.balance_cents:
        balance = euros(account.balance_cents)
        yield _("il reste %(balance)s sur le compte du bar", balance=balance)
    held = (account.deposit_cents or 0) + account.deposit_owed_cents
    if held:
        yield _("la caution du bar (%(amount)s) n'est pas rendue", amount=euros(held))


def conflicts(session: Session, kept: PCeen, absorbed: PCeen) -> Iterator[str]:
    """Why two accounts cannot become one: together, they hold too much."""
    both = (kept, absorbed)
    held = sum(session.get_one(BarAccount, one.id).balance_cents for one in both)
    coming = sum(reading.coming(session, one.id) for one in both)
    if held + coming > BALANCE_MAX:
        yield _(
            "Leurs soldes au bar font %(sum)s ensemble : un compte contient %(high)s au plus.",
            sum=euros(held + coming),
            high=euros(BALANCE_MAX),
        )


def before_merge(session: Session, kept: PCeen, absorbed: PCeen) -> None:
    """Add up both accounts; the merge is written down already, so that lines may move."""
    first, second = sorted((kept.id, absorbed.id))
    accounts = {key: session.get_one(BarAccount, key) for key in (first, second)}
    for account in accounts.values():
        lock(session, account)
    _add_up(accounts[kept.id], accounts[absorbed.id])
    _drop_picture(session, accounts[absorbed.id])
    session.flush()
    for owner in OWNERS:
        moves = sa.update(BarTransaction).where(getattr(BarTransaction, owner) == absorbed.id)
        session.execute(
            moves.values({owner: kept.id}), execution_options={"synchronize_session": False}
        )
    _add_days_up(session, kept.id, absorbed.id)
    session.expire_all()


def _add_up(mine: BarAccount, other: BarAccount) -> None:
    """Give to an account what another has; of two cautions, one is to be given back."""
    mine.balance_cents, other.balance_cents = mine.balance_cents + other.balance_cents, 0
    mine.deposit_owed_cents += other.deposit_owed_cents
    if mine.deposit_cents is None:
        mine.deposit_cents = other.deposit_cents
    elif other.deposit_cents is not None:
        mine.deposit_owed_cents += other.deposit_cents
    other.deposit_cents, other.deposit_owed_cents = None, 0
    if mine.nickname is None:
        mine.call(other.nickname)
    mine.birth_date = mine.birth_date or other.birth_date
    mine.alert_cents = mine.alert_cents or other.alert_cents
    if mine.avatar is None:
        mine.avatar, other.avatar = other.avatar, None
    mine.version += 1


def _add_days_up(session: Session, kept: int, absorbed: int) -> None:
    """Add the days of an account to those of another."""
    stmt = sa.select(BarDailyData).where(BarDailyData.pceen_id.in_((kept, absorbed)))
    days = session.scalars(stmt.order_by(BarDailyData.bar_day)).all()
    mine = {day.bar_day: day for day in days if day.pceen_id == kept}
    for day in days:
        if day.pceen_id == kept:
            continue
        own = mine.get(day.bar_day)
        if own is None:
            session.add(BarDailyData(pceen_id=kept, bar_day=day.bar_day, **_figures(day)))
        else:
            for name, value in _figures(day).items():
                setattr(own, name, getattr(own, name) + value)
        session.delete(day)
    session.flush()


def _figures(day: BarDailyData) -> dict[str, object]:
    """What a day counts."""
    names = (
        *("balance_change_cents", "total_spent_cents", "items_bought_count"),
        "alcohol_bought",
    )
    return {name: getattr(day, name) for name in names}


def forget(session: Session, pceen: PCeen) -> None:
    """Take from who is erased their picture, and the code that opened their account at the bar."""
    account = session.get_one(BarAccount, pceen.id)
    account.qr_code = tokens.new_badge()
    _drop_picture(session, account)


def _drop_picture(session: Session, account: BarAccount) -> None:
    """Have the picture of an account go, if it has one."""
    if account.avatar is not None:
        defer(session, RemovePicture(account.avatar))
        account.avatar = None
