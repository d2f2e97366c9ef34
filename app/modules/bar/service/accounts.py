"""What clients, and those who serve, change of an account of the bar besides its money.

What is written down of it holds no birth date and no code: those are forgotten with the person.
"""

from datetime import date

from sqlalchemy.orm import Session

from app.core import tokens
from app.core.money import Cents
from app.core.transaction import lock
from app.models import BarAccount, PCeen, audit
from app.modules.bar.errors import BirthDateGiven, ForOneself, StaleBar


def _locked(session: Session, pceen_id: int) -> BarAccount:
    account = session.get_one(BarAccount, pceen_id)
    lock(session, account)
    return account


def give_birth_date(session: Session, *, pceen: PCeen, birth_date: date) -> None:
    """Write when someone says that they were born: once.

    Raises:
        BirthDateGiven: If they said it already.
    """
    account = _locked(session, pceen.id)
    if account.birth_date is not None:
        raise BirthDateGiven
    account.birth_date = birth_date
    account.version += 1
    audit(session, "bar.account.give_birth_date", account)


def correct_birth_date(
    session: Session, *, account: BarAccount, birth_date: date | None, by: PCeen, version: int
) -> None:
    """Write when somebody else was born, as whoever serves read it; ``None``: nobody knows.

    Raises:
        ForOneself: If it is one's own.
        StaleBar: If the account changed meanwhile.
    """
    if account.pceen_id == by.id:
        raise ForOneself
    lock(session, account)
    if account.version != version:
        raise StaleBar
    before = {"is_known": account.birth_date is not None}
    account.birth_date = birth_date
    account.version += 1
    after = {"is_known": birth_date is not None}
    audit(session, "bar.account.correct_birth_date", account, before=before, after=after)


def choose_alert(session: Session, *, pceen: PCeen, alert_cents: Cents | None) -> None:
    """Have someone told when their balance goes under so much; ``None``: no longer."""
    account = _locked(session, pceen.id)
    before, account.alert_cents = account.alert_cents, alert_cents
    audit(
        session,
        "bar.account.choose_alert",
        account,
        before={"alert_cents": before},
        after={"alert_cents": alert_cents},
    )


def renew_code(session: Session, *, pceen: PCeen) -> None:
    """Give someone another QR code: the former one leads nowhere from now on."""
    account = _locked(session, pceen.id)
    account.qr_code = tokens.new_badge()
    audit(session, "bar.account.renew_code", account)
