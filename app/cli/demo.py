"""``flask demo``: a site to look at."""

import random

import click
import sqlalchemy as sa
from flask.cli import AppGroup

from app.core.text import username_base
from app.core.transaction import transaction
from app.extensions import db
from app.models import PCeen
from app.modules.account.demo import CAST, PASSWORD
from app.web.module import Demo, installed_modules

demo = AppGroup("demo", help="A site to look at.")

#: How much of the school each size shows.
SIZES = {"small": 0.02, "reference": 1.0}
#: The same demonstration everywhere.
SEED = 1882


@demo.command()
@click.option("--size", type=click.Choice(list(SIZES)), default="reference", show_default=True)
def load(size: str) -> None:
    """Fill an empty database with a demonstration, made by the real services."""
    is_empty = db.session().scalars(sa.select(PCeen.id).limit(1)).first() is None
    if is_empty:
        _fill(SIZES[size])
    else:
        click.echo("There is someone already: nothing was changed.")
    if not is_empty and not _is_demo():
        return
    click.echo(f"\nWho to log in as, with the password {PASSWORD}:")
    for prenom, nom, _promo, _slugs, what in CAST:
        click.echo(f"  {username_base(prenom, nom):12} {prenom} {nom}, {what}")


def _fill(scale: float) -> None:
    modules = [module for module in installed_modules() if module.demo is not None]
    total = sum(module.demo_weight for module in modules)
    with (
        click.progressbar(length=max(1, round(total * scale)), label="Demonstration") as bar,
        transaction(db.session()) as session,
    ):
        chance = random.Random(SEED)  # noqa: S311  # the same everywhere, not a secret
        for module in modules:
            if module.demo is not None:
                size = Demo(scale=scale, chance=chance, tick=lambda: bar.update(1))
                module.demo(session, size)
                session.flush()


def _is_demo() -> bool:
    """Whether who is there is the cast of the demonstration."""
    username = username_base(*CAST[0][:2])
    found = sa.select(PCeen.email).where(PCeen.username == username)
    return db.session().scalars(found).first() == f"{username}@example.org"
