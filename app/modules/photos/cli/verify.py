"""``flask photos verify``, or ``check``: whether rows, files and counts say the same."""

import sys

import click

from app.core.errors import DomainError
from app.extensions import db
from app.modules.photos import around
from app.modules.photos.cli import group
from app.modules.photos.service import verify as service


@group.command()
@click.option("--fix", "fixes", is_flag=True, help="Repair counts and covers.")
@click.pass_context
def verify(ctx: click.Context, fixes: bool) -> None:
    """Compare photos, files and counts. Exits with 1 if something is wrong."""
    found: list[service.Finding] = []
    try:
        with click.progressbar(length=100, label="Photos", file=sys.stderr) as bar:

            def tick(done: int, total: int) -> None:
                bar.update(100 * done // max(1, total) - bar.pos)

            found.extend(service.verify(db.session(), store=around.store(), fixes=fixes, tick=tick))
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None
    for finding in found:
        click.echo(str(finding))
    left = sum(not finding.is_fixed for finding in found)
    click.echo(f"{left} thing(s) wrong." if left else "All right.", err=True)
    if left:
        ctx.exit(1)


group.add_command(verify, name="check")
