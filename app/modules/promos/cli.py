"""``flask promo`` and ``flask annual-update``: promos, from a terminal."""

from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext

from app.core.errors import DomainError
from app.core.transaction import transaction
from app.extensions import db
from app.modules.gris.rules.covering import Terminal
from app.modules.promos import around
from app.modules.promos.rules import lines as rules
from app.modules.promos.rules.matching import Judged, Verdict
from app.modules.promos.service import importing, years
from app.modules.promos.service.importing import Asked, Plan

promo = AppGroup("promo", help="The promos that enter the school.")


@promo.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--promo", "number", type=click.IntRange(1, 999), help="Its number; by default, this year's."
)
@click.option("--another", multiple=True, type=int, metavar="LINE", help="Is somebody else.")
@click.option("--without-wrong", is_flag=True, help="Leave out the lines to correct.")
@click.option("--apply", "is_applied", is_flag=True, help="Do it; without, only say what.")
def import_list(
    file: Path, number: int | None, another: tuple[int, ...], without_wrong: bool, is_applied: bool
) -> None:
    """Make the accounts of the people in FILE, a CSV; all of them, or none."""
    session = db.session()
    try:
        with file.open("rb") as stream:
            found = rules.read(stream.read(rules.LONGEST + 1))
        asked = Asked(
            lines=found,
            promo=number or around.entering(),
            others=frozenset(another),
            without_wrong=without_wrong,
        )
        plan = importing.plan(session, asked)
        _tell(plan)
        if not is_applied:
            click.echo("Nothing is done: add --apply.", err=True)
            return
        work = len(plan.of(Verdict.new)) + len(plan.to_complete)
        with (
            click.progressbar(length=work, label=f"Promo {asked.promo}") as bar,
            transaction(session),
        ):
            done = importing.apply(session, asked, actor=Terminal(), tell=lambda: bar.update(1))
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None
    click.echo(f"{done.made} accounts made, {done.completed} completed.", err=True)


def _tell(plan: Plan) -> None:
    """What a list would do, line by line where someone has to look."""
    for verdict in (Verdict.wrong, Verdict.doubtful):
        for one in plan.of(verdict):
            click.echo(_said(one))
    counts = (f"{len(plan.of(verdict))} {verdict}" for verdict in Verdict)
    complete = len(plan.to_complete)
    click.echo(f"promo {plan.promo}: {', '.join(counts)}; {complete} to complete")


def _said(one: Judged) -> str:
    line = one.line
    return f"line {line.number}: {one.verdict}: {line.prenom} {line.nom} <{line.email}>: {one.why}"


@click.command("annual-update")
@click.option("--year", type=int, required=True, help="The year in which a promo leaves.")
@click.option("--apply", "is_applied", is_flag=True, help="Do it; without, only say what.")
@with_appcontext
def annual_update(year: int, is_applied: bool) -> None:
    """At the end of the summer: students become alumni, a promo enters. Safe to run again."""
    session = db.session()
    try:
        found = years.planned(session, year, calendar=around.calendar())
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None
    if is_applied:
        with click.progressbar(length=len(found.people), label="Alumni") as bar:
            found = years.update(session, found, store=around.store(), tell=lambda _: bar.update(1))
    for line in around.told(found):
        click.echo(line)
    done = "become" if is_applied else "would become"
    click.echo(f"{len(found.people) - found.failed} {done} alumni.", err=True)
    if not is_applied:
        click.echo("Nothing is done: add --apply.", err=True)
    if found.failed:
        raise click.ClickException(f"{found.failed} could not.")
