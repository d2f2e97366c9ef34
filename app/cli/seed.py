"""``flask seed`` and ``flask janitor``: what every installation needs, and needs no more."""

import sys
from collections.abc import Sequence

import click
import sqlalchemy as sa
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.extensions import db
from app.models import StoredChoice
from app.web.module import all_jobs, installed_modules
from app.worker import run_job

#: How the jobs that clean are called: alone, or after their module.
_JANITOR = "janitor"


@click.command()
@with_appcontext
def seed() -> None:
    """Make the roles, rooms, offers and settings that are missing; change nothing that is there."""
    with transaction(db.session()) as session:
        made = _settings(session)
        for module in installed_modules():
            made += module.seed(session) if module.seed else []
    for name in made:
        click.echo(name)
    click.echo(f"{len(made)} made.", err=True)


def _settings(session: Session) -> list[str]:
    """Write the default of each setting that nobody has set."""
    known = set(session.scalars(sa.select(StoredChoice.key)))
    choices = [one for module in installed_modules() for one in module.choices]
    missing = [one for one in choices if one.key not in known]
    session.add_all(StoredChoice(key=one.key, value=one.default) for one in missing)
    return [one.key for one in missing]


@click.command()
@with_appcontext
def janitor() -> None:
    """Do now the cleaning of each hour: what is of no use, files that belong to nothing."""
    failed = _clean(db.session(), [name for name in all_jobs() if _cleans(name)])
    if failed:
        sys.exit(1)


def _cleans(name: str) -> bool:
    return name.rpartition(".")[2] == _JANITOR


def _clean(session: Session, names: Sequence[str]) -> list[str]:
    """Run those jobs; the names of those that failed, or that run already."""
    failed = []
    with click.progressbar(names, label="Cleaning", file=sys.stderr) as bar:
        for name in bar:
            done = run_job(session, all_jobs()[name], due_at=clock.now())
            if done is None or done.error:
                failed.append(name)
    for name in failed:
        click.echo(f"{name}: not done, see the log.", err=True)
    return failed
