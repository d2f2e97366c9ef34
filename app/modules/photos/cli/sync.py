"""``flask photos sync``, also called ``import``: the photos of a folder become the site's."""

from pathlib import Path

import click

from app.core.errors import DomainError
from app.extensions import db
from app.modules.photos import around
from app.modules.photos.cli import group
from app.modules.photos.queries import sync as queries
from app.modules.photos.service import sync as service
from app.modules.photos.service.sync import MOST_GONE, Plan


@group.command(name="sync")
@click.argument("directory", type=click.Path(path_type=Path), required=False)
@click.option("--apply", "applied", is_flag=True, help="Do it; without, only say what would be.")
@click.option(
    "--max-delete",
    type=click.IntRange(0, 100),
    default=MOST_GONE,
    show_default=True,
    metavar="PERCENT",
    help="Refuse to delete more of the rows of a table.",
)
def sync(directory: Path | None, *, applied: bool, max_delete: int) -> None:
    """Take in the photos that are in the folder of the site, or in DIRECTORY.

    Its directories become hidden collections, theirs hidden albums. Photos of the site whose file
    is gone are deleted. DIRECTORY is copied, and left as it is.
    """
    session, store = db.session(), around.store()
    try:
        made = service.plan(session, store=store, source=directory, max_delete=max_delete)
        for line in service.outline(made, base=directory or store.base):
            click.echo(line)
        if not applied:
            click.echo(_says(made))
            return
        _apply(made)
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None


def _says(made: Plan) -> str:
    if made.is_empty:
        return "Nothing to do."
    return (
        f"{made.count} files to take in, {made.lost} photos without a file."
        " Nothing is done: add --apply."
    )


def _apply(made: Plan) -> None:
    session = db.session()
    before = queries.counts(session)
    with click.progressbar(length=made.count + made.lost, label="Photos") as bar:
        done = service.apply(
            session,
            made,
            store=around.store(),
            tell=lambda at, _total: bar.update(at - bar.pos),
        )
    for line in service.refusals(done):
        click.echo(line)
    after = queries.counts(session)
    for table, count in before.items():
        click.echo(f"{table:<12}{count:>8} → {after[table]}")
    click.echo(
        f"{done.added} taken in, {done.known} there already, {done.deleted} deleted,"
        f" {len(done.refused)} left as they are."
    )


group.add_command(sync, name="import")
