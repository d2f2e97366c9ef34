"""Checking that what the bar keeps is what its ledger says, and making its days again from it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import TypeAlias

from flask_babel import format_decimal, gettext as _
from sqlalchemy.orm import Session

from app.models import Limit, TriedTooOften, audit, defer
from app.modules.bar.mails import LedgerWrong
from app.modules.bar.queries import verify as queries
from app.modules.bar.queries.verify import Figures, WrongCredit, WrongDay
from app.modules.bar.service.words import euros

#: How many differences of each kind are told.
TOLD = 20
#: How often the GRIs are told that the ledger is wrong.
ALERTS = Limit("bar.ledger_wrong", 1, timedelta(hours=1))

#: Told after each check how many are done, of how many.
Tick: TypeAlias = Callable[[int, int], object]


def _quietly(_done: int, _total: int) -> None:
    """Nobody watches."""


def faults(session: Session, *, tick: Tick = _quietly) -> list[str]:
    """What is not as the ledger says, in words, the first of each kind: nothing, if all is well.

    As many statements whatever there is, and nothing but the differences comes from the database.
    """
    found: list[str] = []
    for done, check in enumerate(_CHECKS, start=1):
        said = list(check(session))
        found += said[:TOLD]
        if len(said) > TOLD:
            found.append(_("… et d'autres comme cela."))
        tick(done, len(_CHECKS))
    return found


def alert(session: Session, found: Sequence[str], *, admins: tuple[str, ...]) -> None:
    """Tell the GRIs of what was found, once an hour at most."""
    if not found or not admins:
        return
    try:
        ALERTS.check(session, "ledger")
    except TriedTooOften:
        return
    ALERTS.count(session, "ledger")
    defer(session, LedgerWrong(to=admins[0], locale="fr", faults=list(found[:TOLD])))


# Each check, in words


def _accounts(session: Session) -> Iterator[str]:
    for one in queries.wrong_accounts(session, most=TOLD + 1):
        if one.balance_cents != one.told_balance_cents:
            yield _(
                "compte %(key)s : le solde est %(kept)s, le journal dit %(told)s",
                key=one.pceen_id,
                kept=euros(one.balance_cents),
                told=euros(one.told_balance_cents),
            )
        else:
            yield _(
                "compte %(key)s : la caution est %(kept)s, le journal dit %(told)s",
                key=one.pceen_id,
                kept=euros(one.deposit_cents),
                told=euros(one.told_deposit_cents),
            )


def _items(session: Session) -> Iterator[str]:
    for one in queries.wrong_items(session, most=TOLD + 1):
        yield _(
            "article %(key)s (%(name)s) : il y en a %(kept)s, le journal dit %(told)s",
            key=one.item_id,
            name=one.name,
            kept=one.quantity,
            told=one.told,
        )


def _days(session: Session) -> Iterator[str]:
    return days_in_words(queries.wrong_days(session, most=TOLD + 1))


def days_in_words(days: Iterable[WrongDay]) -> Iterator[str]:
    """What is wrong of these days, one after another."""
    for one in days:
        yield _(
            "compte %(key)s, jour %(day)s : %(kept)s, le journal dit %(told)s",
            key=one.pceen_id,
            day=one.day.isoformat(),
            kept=_figures(one.kept) if one.is_kept else _("rien"),
            told=_figures(one.told) if one.is_told else _("rien"),
        )


def _figures(one: Figures) -> str:
    return str(
        _(
            "solde %(change)s, dépensé %(spent)s, articles %(count)s, alcool %(grams)s g",
            change=euros(one.balance_change_cents),
            spent=euros(one.total_spent_cents),
            count=one.items_bought_count,
            grams=format_decimal(one.alcohol_bought),
        )
    )


def _chains(session: Session) -> Iterator[str]:
    for one in queries.broken_chains(session, most=TOLD + 1):
        yield _(
            "opération %(key)s : elle laisse %(kept)s au compte %(client)s, au lieu de %(told)s",
            key=one.line_id,
            client=one.client_id,
            kept=euros(one.after_cents),
            told=euros(one.told_cents),
        )


def _reversals(session: Session) -> Iterator[str]:
    for one in queries.wrong_reversals(session, most=TOLD + 1):
        yield _(
            "opération %(key)s : elle n'est pas le contraire de la %(undone)s, qu'elle annule",
            key=one.line_id,
            undone=one.reverses_id,
        )


def _credits(session: Session) -> Iterator[str]:
    for one in queries.wrong_credits(session, most=TOLD + 1):
        yield _("paiement %(key)s : %(why)s", key=one.payment_id, why=_why_wrong(one))


def _why_wrong(one: WrongCredit) -> str:
    """What is wrong about the credit of a payment."""
    if one.credited_cents is None:
        return str(_("payé, et crédité à personne"))
    if one.paid_cents is None:
        return str(_("crédité, alors que ce n'est pas un paiement du bar qui soit payé"))
    if one.credited_cents != one.paid_cents:
        paid, credited = euros(one.paid_cents), euros(one.credited_cents)
        return str(_("%(paid)s payés, %(credited)s crédités", paid=paid, credited=credited))
    if not one.is_theirs:
        return str(_("crédité à quelqu'un d'autre"))
    if one.is_revoked:
        return str(_("annulé, et toujours crédité"))
    return str(_("payé, mais son crédit est annulé"))


_CHECKS: tuple[Callable[[Session], Iterator[str]], ...] = (
    _accounts,
    _items,
    _days,
    _chains,
    _reversals,
    _credits,
)


# The days, made again


def wrong_days(session: Session) -> Sequence[WrongDay]:
    """The days that would be made again."""
    return queries.wrong_days(session)


def rebuild_days(session: Session) -> Sequence[WrongDay]:
    """Make the days again from the ledger, those that are not what it says: what they were.

    Their accounts are locked, and the ledger read again: what is sold meanwhile waits, and counts.
    """
    first = queries.wrong_days(session)
    if not first:
        return ()
    keys = {one.pceen_id for one in first}
    queries.lock_accounts(session, sorted(keys))
    wrong = [one for one in queries.wrong_days(session) if one.pceen_id in keys]
    queries.write_days(session, wrong)
    audit(session, "bar.days.rebuild", after={"days": len(wrong)})
    return wrong
