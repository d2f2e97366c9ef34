"""``flask health``: the checks of ``/readyz``, for supervisors."""

import sys

import click
from flask.cli import with_appcontext

from app.extensions import db
from app.modules.operations import around
from app.modules.operations.service import health as service


@click.command()
@with_appcontext
def health() -> None:
    """Say how the site is; exit with 1 if it is degraded, with 2 if it is unavailable."""
    found = service.look(db.session(), around.installed())
    for check in found.checks:
        detail = " ".join(f"{name}={value}" for name, value in check.detail.items())
        click.echo(f"{check.name:12} {check.state:10} {detail}".rstrip())
    click.echo(f"The site is {found.status}.", err=True)
    sys.exit({"ready": 0, "degraded": 1}.get(found.status, 2))
