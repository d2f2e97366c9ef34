"""``flask photos rebuild``: previews, miniatures and covers are made again."""

import sys

import click

from app.core.errors import DomainError
from app.extensions import db
from app.modules.photos import around
from app.modules.photos.cli import group
from app.modules.photos.queries import rebuild as queries
from app.modules.photos.service import rebuild as service
from app.modules.photos.service.rebuild import Wanted


@group.command()
@click.option("--album", metavar="COLLECTION/ALBUM", help="Those of one album alone.")
@click.option("--missing", is_flag=True, help="Only what is not there.")
@click.option("--restart", is_flag=True, help="Do not go on where one that was cut was.")
@click.pass_context
def rebuild(ctx: click.Context, album: str | None, missing: bool, restart: bool) -> None:
    """Make previews, miniatures and covers again. Exits with 1 if some cannot be."""
    session = db.session()
    try:
        number = queries.album_at(session, album) if album else None
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None
    wanted = Wanted(album=number, missing=missing, restart=restart)
    with click.progressbar(length=100, label="Photos", file=sys.stderr) as bar:

        def tick(done: int, total: int) -> None:
            bar.update(100 * done // max(1, total) - bar.pos)

        made = service.rebuild(session, store=around.store(), wanted=wanted, tick=tick)
    for failure in made.failures:
        click.echo(failure)
    click.echo(f"{made.made} made, {made.kept} kept, {len(made.failures)} failed.", err=True)
    if made.failures:
        ctx.exit(1)
