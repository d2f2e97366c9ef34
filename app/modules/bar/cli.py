"""``flask bar``: the ledger of the bar, from a terminal."""

import sys

import click
from flask.cli import AppGroup

from app.core.transaction import transaction
from app.extensions import db
from app.modules.bar.service import verify as service
from app.modules.payments.around import till

group = AppGroup("bar", help="The ledger of the bar, and what is derived from it.")


@group.command("audit")
@click.option("--alert", is_flag=True, help="Tell the GRIs by mail, too.")
def audit(*, alert: bool) -> None:
    """Compare balances, cautions, stock, days and payments with the ledger.

    Says the first differences, and exits with 1 if there is one.
    """
    session = db.session()
    with click.progressbar(length=100, label="Ledger", file=sys.stderr) as bar:

        def tick(done: int, total: int) -> None:
            bar.update(100 * done // total - bar.pos)

        found = service.faults(session, tick=tick)
    if found and alert:
        with transaction(session):
            service.alert(session, found, admins=till().admins)
    for fault in found:
        click.echo(fault)
    if found:
        raise click.exceptions.Exit(1)
    click.echo("The ledger and what is derived from it say the same.", err=True)


group.add_command(audit, name="verify")


@group.command("rebuild-daily")
@click.option("--dry-run", is_flag=True, help="Say which days are wrong, and change nothing.")
def rebuild_daily(*, dry_run: bool) -> None:
    """Make the days of the accounts again, from the ledger."""
    session = db.session()
    if dry_run:
        wrong = service.wrong_days(session)
    else:
        with transaction(session):
            wrong = service.rebuild_days(session)
    for line in service.days_in_words(wrong):
        click.echo(line)
    verb = "would change" if dry_run else "changed"
    click.echo(f"{len(wrong)} days {verb}.", err=True)
