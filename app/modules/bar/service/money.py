"""Money that comes to the counter and leaves it: top-ups, refunds, corrections, the caution."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core.money import Cents
from app.enums import BarKind, BarMethod
from app.models import BarTransaction, audit
from app.modules.bar.errors import (
    AmountOutOfBounds,
    DepositChanged,
    DepositNotThere,
    DepositThere,
    ForOneself,
    NoDeposit,
    NoMoneyMoved,
    NoSuchCustomer,
    ReasonMissing,
)
from app.modules.bar.queries import ledger as reading
from app.modules.bar.queries.ledger import Opened
from app.modules.bar.service import ledger
from app.modules.bar.service.ledger import Movement
from app.modules.bar.service.requests import Asked, Outcome, done_before
from app.modules.bar.service.words import euros


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """So much money, for an account."""

    client_id: int
    amount_cents: Cents = 0
    method: BarMethod | None = None
    reason: str | None = None
    #: What the page said of a caution, in cents; ``None`` for whatever it is.
    expected_cents: Cents | None = None


def _open(
    session: Session, money: Money, request: Asked, *, anyone: bool = False
) -> tuple[Opened, Outcome | None]:
    """Lock the account of somebody else; what the request did already, if it did.

    With *anyone*, that of somebody who no longer comes to the bar too.

    Raises:
        ForOneself: If it is one's own.
        NoSuchCustomer: If there is none.
        KeyReused: If the key of the request did something else.
    """
    if money.client_id == request.by_id:
        raise ForOneself
    opened = reading.open_account(session, money.client_id, anyone=True)
    done = done_before(session, request)
    if done is None and not (anyone or opened.is_customer):
        raise NoSuchCustomer
    return opened, done


def top_up(session: Session, money: Money, *, request: Asked) -> Outcome:
    """Write money that someone gave at the counter.

    Raises:
        ForOneself, NoSuchCustomer, NoDeposit, BalanceTooHigh: If it may not be.
        AmountOutOfBounds: If it is nothing, or too much.
        KeyReused: If the key of the request did something else.
    """
    opened, done = _open(session, money, request)
    if done is not None:
        return done
    if not opened.account.has_deposit:
        raise NoDeposit
    most = opened.house.top_up_max
    if not 1 <= money.amount_cents <= most:
        raise AmountOutOfBounds(low=euros(1), high=euros(most))
    coming = reading.coming(session, money.client_id)
    ledger.check_room(opened, money.amount_cents, coming_cents=coming)
    return _write(
        session,
        opened,
        Movement(type=BarKind.top_up, balance_cents=money.amount_cents, method=money.method),
        request,
    )


def refund(session: Session, money: Money, *, request: Asked) -> Outcome:
    """Write money that was given back from a balance; to who no longer comes to the bar too.

    Raises:
        ForOneself, NoSuchCustomer: If it may not be.
        AmountOutOfBounds: If it is nothing, or more than the balance.
        KeyReused: If the key of the request did something else.
    """
    opened, done = _open(session, money, request, anyone=True)
    if done is not None:
        return done
    if not 1 <= money.amount_cents <= opened.account.balance_cents:
        raise AmountOutOfBounds(low=euros(1), high=euros(opened.account.balance_cents))
    return _write(
        session,
        opened,
        Movement(
            type=BarKind.refund,
            balance_cents=-money.amount_cents,
            method=money.method,
            reason=money.reason,
        ),
        request,
    )


def adjust(session: Session, money: Money, *, request: Asked) -> Outcome:
    """Put a balance right, by a signed amount, for a reason.

    Raises:
        ForOneself, NoSuchCustomer, ReasonMissing, NoMoneyMoved: If it may not be.
        BalanceTooLow, BalanceTooHigh: If it would be out of its bounds.
        KeyReused: If the key of the request did something else.
    """
    opened, done = _open(session, money, request, anyone=True)
    if done is not None:
        return done
    if not money.reason:
        raise ReasonMissing
    if money.amount_cents == 0:
        raise NoMoneyMoved
    coming = reading.coming(session, money.client_id)
    ledger.check_room(opened, money.amount_cents, coming_cents=coming)
    return _write(
        session,
        opened,
        Movement(type=BarKind.adjustment, balance_cents=money.amount_cents, reason=money.reason),
        request,
    )


def take_deposit(session: Session, money: Money, *, request: Asked) -> Outcome:
    """Write that someone paid the caution, of what it is now.

    Raises:
        ForOneself, NoSuchCustomer, DepositThere, DepositChanged: If it may not be.
        KeyReused: If the key of the request did something else.
    """
    opened, done = _open(session, money, request)
    if done is not None:
        return done
    if opened.account.has_deposit:
        raise DepositThere
    amount = opened.house.deposit_cents
    _check_expected(money, amount)
    opened.account.deposit_cents = amount
    return _write(
        session,
        opened,
        Movement(type=BarKind.deposit, deposit_cents=amount, method=money.method),
        request,
    )


def give_deposit_back(session: Session, money: Money, *, request: Asked) -> Outcome:
    """Give back a caution, of what was paid: first the one that came with a merged account.

    Raises:
        ForOneself, NoSuchCustomer, DepositNotThere, DepositChanged: If it may not be.
        KeyReused: If the key of the request did something else.
    """
    opened, done = _open(session, money, request, anyone=True)
    if done is not None:
        return done
    account = opened.account
    amount = account.deposit_owed_cents or account.deposit_cents
    if amount is None:
        raise DepositNotThere
    _check_expected(money, amount)
    if account.deposit_owed_cents:
        account.deposit_owed_cents = 0
    else:
        account.deposit_cents = None
    return _write(
        session,
        opened,
        Movement(type=BarKind.deposit_refund, deposit_cents=-amount, method=money.method),
        request,
    )


def _check_expected(money: Money, amount_cents: Cents) -> None:
    """Refuse a caution that is not what the page said: the cash box would be wrong.

    Raises:
        DepositChanged: If so.
    """
    if money.expected_cents not in (None, amount_cents):
        raise DepositChanged(amount=euros(amount_cents), amount_cents=amount_cents)


def _write(session: Session, opened: Opened, movement: Movement, request: Asked) -> Outcome:
    line = ledger.write(session, opened, movement, request=request)
    audit_line(session, line)
    return Outcome(line)


def audit_line(session: Session, line: BarTransaction) -> None:
    """Write down who moved money; sales are told by the ledger alone."""
    after = {
        "client": line.client_id,
        "balance_cents": line.balance_change_cents,
        "deposit_cents": line.deposit_change_cents,
        "method": line.method,
    }
    audit(session, f"bar.ledger.{line.type}", line, after=after, reason=(line.reason or "")[:255])
