"""``flask payments import-statement``: a statement of the bank account, from a terminal."""

from collections.abc import Sequence
from pathlib import Path

import click

from app.core.errors import DomainError
from app.core.money import euros
from app.core.transaction import transaction
from app.extensions import db
from app.models import BankLine
from app.modules.intrarez.queries import statements as lines
from app.modules.intrarez.queries.statements import LineProposal
from app.modules.payments import queries
from app.modules.payments.cli import group
from app.modules.payments.errors import LayoutUnknown
from app.modules.payments.rules import statement as rules
from app.modules.payments.rules.statement import LONGEST, Credit, Layout, Table
from app.modules.payments.service import statements as service


@group.command("import-statement")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--apply", "is_applied", is_flag=True, help="Keep the lines that are new.")
def import_statement(file: Path, is_applied: bool) -> None:
    """Say what the statement FILE brings, and what each transfer may be; credit nobody."""
    session = db.session()
    try:
        table, layout, credits = _read(file)  # noqa: A001  # what a bank calls them
        known = queries.known_hashes(session, [credit.digest for credit in credits])
        for proposal in _proposals([one for one in credits if one.digest not in known]):
            click.echo(_told(proposal))
        click.echo(f"{len(credits) - len(known)} line(s) new, {len(known)} known.")
        if not is_applied:
            click.echo("Nothing is kept: add --apply.")
            return
        with transaction(session):
            service.remember(session, table, layout)
            done = service.import_credits(session, credits, by=None)
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None
    click.echo(f"{done.added} line(s) kept: they wait for a GRI.")


def _read(file: Path) -> tuple[Table, Layout, list[Credit]]:
    """What a file says.

    Raises:
        StatementError: If it is not a statement, or not one whose columns are known.
    """
    with file.open("rb") as stream:
        table = rules.read_table(stream.read(LONGEST + 1))
    layout = service.layout_of(db.session(), table)
    if layout is None:
        raise LayoutUnknown
    return table, layout, rules.credits(table, layout)


def _proposals(found: Sequence[Credit]) -> list[LineProposal]:
    """What credits may be that are not kept yet."""
    session = db.session()
    kept = [BankLine(day=one.day, label=one.label, amount_cents=one.amount_cents) for one in found]
    return lines.proposals_of(session, kept)


def _told(proposal: LineProposal) -> str:
    """A line, and what it may be: who and for what, or how many it may be of."""
    line, who = proposal.line, "/".join(proposal.usernames[:3]) or "-"
    what = proposal.offer.slug if proposal.offer else "-"
    amount = f"{euros(line.amount_cents):.2f} EUR"
    return f"{line.day}  {amount:>12}  {proposal.kind:12}  {who:24}  {what:12}  {line.label}"
