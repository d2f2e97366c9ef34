"""``flask demo``: a site to look at."""

import importlib
import math
import random

import click
import sqlalchemy as sa
from flask.cli import AppGroup

from app.core.text import username_base
from app.core.transaction import transaction
from app.extensions import db
from app.models import PCeen
from app.web.module import Demo, installed_modules

demo = AppGroup("demo", help="A site to look at.")

#: How much of the school each size shows; ``reference`` is what figures are about.
SIZES = {"small": 0.02, "school": 1.0, "reference": 1.0}
#: The same demonstration everywhere.
SEED = 1882


@demo.command()
@click.option("--size", type=click.Choice(list(SIZES)), default="school", show_default=True)
@click.option("--scale", type=click.FloatRange(min=0.01), help="So many times --size reference.")
def load(size: str, scale: float | None) -> None:
    """Fill an empty database with a demonstration, made by the real services."""
    if scale is not None and size != "reference":
        raise click.UsageError("--scale is for --size reference.")
    is_empty = db.session().scalars(sa.select(PCeen.id).limit(1)).first() is None
    if is_empty:
        _fill(scale or SIZES[size], is_reference=size == "reference")
    else:
        click.echo("There is someone already: nothing was changed.")
    if not is_empty and not _is_demo():
        return
    from app.modules.account.demo import CAST, PASSWORD  # noqa: PLC0415  # large: this command alone needs it

    click.echo(f"\nWho to log in as, with the password {PASSWORD}:")
    for prenom, nom, _promo, _slugs, what in CAST:
        click.echo(f"  {username_base(prenom, nom):12} {prenom} {nom}, {what}")


def _fill(scale: float, *, is_reference: bool) -> None:
    from app.cli import reference  # noqa: PLC0415  # large: this command alone needs it

    modules = {
        module.name: importlib.import_module(f"app.modules.{module.name}.demo")
        if module.has_demo
        else None
        for module in installed_modules()
    }
    total = sum(getattr(demo, "WEIGHT", 0) for demo in modules.values())
    total = (total + reference.WEIGHT * is_reference) * scale
    with (
        click.progressbar(length=max(1, round(total)), label="Demonstration") as bar,
        transaction(db.session()) as session,
    ):
        # drawn apart: what is added changes nothing of the demonstration
        chance, apart = random.Random(SEED), random.Random(SEED)  # noqa: S311  # no secrets
        more = Demo(scale=scale, chance=apart, tick=lambda: bar.update(1))
        for name, demo in modules.items():
            if demo is not None:
                limit = math.inf if name in reference.AT_SCALE else 1
                demo.load(session, Demo(scale=min(scale, limit), chance=chance, tick=more.tick))
                session.flush()
            for load_more in reference.MORE.get(name, ()) if is_reference else ():
                load_more(session, more)
        if is_reference:
            reference.load_last(session, more)


def _is_demo() -> bool:
    """Whether who is there is the cast of the demonstration."""
    from app.modules.account.demo import CAST  # noqa: PLC0415  # large: this command alone needs it

    username = username_base(*CAST[0][:2])
    found = sa.select(PCeen.email).where(PCeen.username == username)
    return db.session().scalars(found).first() == f"{username}@example.org"
