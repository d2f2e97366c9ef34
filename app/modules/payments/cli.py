"""``flask payments``: money, from a terminal."""

import click
from flask.cli import AppGroup

from app.core.money import euros
from app.core.transaction import transaction
from app.extensions import db
from app.models import Payment
from app.modules.payments import around, queries
from app.modules.payments.errors import NoSuchPayment
from app.modules.payments.service import books, reconcile
from app.modules.payments.service.reconcile import Asked

group = AppGroup("payments", help="Money that came in, and the books.")


def _payment(key: int) -> Payment:
    try:
        return queries.payment(db.session(), key)
    except NoSuchPayment:
        raise click.ClickException(f"There is no payment {key}.") from None


@group.command("reconcile")
@click.option("--all", "everything", is_flag=True, help="All that wait, not only those due.")
@click.option("--id", "key", type=click.IntRange(1), help="This payment alone.")
@click.option("--dry-run", is_flag=True, help="Say which ones, and ask nothing.")
def reconcile_command(everything: bool, key: int | None, dry_run: bool) -> None:
    """Ask Lydia what became of the payments that wait."""
    session, till = db.session(), around.till()
    if till.lydia is None:
        raise click.ClickException("Nobody takes money online here: LYDIA_BASE_URL is empty.")
    due = [_payment(key).id] if key else list(queries.due_polls(session, everything=everything))
    if dry_run:
        for one in due:
            click.echo(f"payment {one}: would be asked about")
        return
    if key:
        _tell(reconcile.poll(session, key, till=till))
        return
    with click.progressbar(length=len(due), label="Asking Lydia") as bar:
        found = reconcile.run(
            session, till=till, everything=everything, tell=lambda _: bar.update(1)
        )
    for asked in found:
        _tell(asked)


def _tell(asked: Asked) -> None:
    trouble = f" ({asked.trouble})" if asked.trouble else ""
    click.echo(f"payment {asked.payment_id}: {asked.status}{trouble}")


@group.command("show")
@click.argument("key", metavar="ID", type=click.IntRange(1))
def show(key: int) -> None:
    """Say where a payment stands, and what Lydia said of it."""
    payment = _payment(key)
    click.echo(
        f"payment {payment.id}: {payment.status}, {euros(payment.amount_cents):.2f} EUR,"
        f" {payment.method}, for {payment.type} {payment.offer_slug or ''}".rstrip()
    )
    click.echo(f"payer {payment.pceen_id}, begun {payment.created_at:%Y-%m-%d %H:%M:%S} UTC")
    if payment.payed_at:
        click.echo(f"paid {payment.payed_at:%Y-%m-%d %H:%M:%S} UTC")
    if payment.revoked_at:
        click.echo(f"revoked {payment.revoked_at:%Y-%m-%d %H:%M:%S} UTC: {payment.revoked_why}")
    for event in queries.events_of(db.session(), payment.id):
        click.echo(f"{event.at:%Y-%m-%d %H:%M:%S} {event.source}: {event.outcome}")


@group.command("unmatched")
def unmatched() -> None:
    """List the money that fits no payment, and that nobody settled."""
    for event in queries.unsettled(db.session()):
        amount = f"{euros(event.amount_cents or 0):.2f} EUR"
        click.echo(
            f"event {event.id}: {amount}, {event.outcome}, {event.order_ref},"
            f" {event.at:%Y-%m-%d %H:%M} UTC"
        )


@group.command("audit")
@click.option("--alert", is_flag=True, help="Tell the GRIs by mail, too.")
def audit(alert: bool) -> None:
    """Check that the books add up; exit with 1 if they do not."""
    session = db.session()
    if alert:
        with transaction(session):
            found = books.check(session, admins=around.till().admins)
    else:
        found = list(books.faults(session))
    for account, cents in sorted(queries.account_balances(session).items()):
        click.echo(f"{account:>10} {euros(cents):>12.2f}")
    for fault in found:
        click.echo(fault, err=True)
    if found:
        raise click.exceptions.Exit(1)
    click.echo("The books add up.")
