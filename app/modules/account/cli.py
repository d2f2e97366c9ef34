"""``flask pceens`` and ``flask gris``: people, from a terminal."""

import click
import sqlalchemy as sa
from flask.cli import AppGroup

from app.core.emails import canonical_email
from app.core.errors import DomainError
from app.core.text import clean, has_forbidden
from app.core.transaction import transaction
from app.enums import PermissionScope, PermissionType
from app.extensions import db
from app.models import PCeen
from app.modules.account import queries
from app.modules.account.service import registration
from app.web.urls import absolute_url

pceens = AppGroup("pceens", help="People.")
gris = AppGroup("gris", help="Who runs the site.")


def _name(_context: click.Context, _option: click.Parameter, typed: str) -> str:
    name = clean(typed)
    if not 0 < len(name) <= 64 or has_forbidden(name):
        raise click.BadParameter("1 to 64 characters, none of them a control one.")
    return name


def _address(_context: click.Context, _option: click.Parameter, typed: str) -> str:
    address = canonical_email(typed.strip())
    if address is None or len(address) > 120:
        raise click.BadParameter("not an e-mail address of 120 characters at most.")
    return address


@pceens.command()
@click.option("--prenom", prompt="Prénom", callback=_name, help="First name.")
@click.option("--nom", prompt="Nom", callback=_name, help="Last name.")
@click.option("--promo", prompt="Promo (0 without any)", type=click.IntRange(0, 999))
@click.option("--email", prompt="E-mail", callback=_address, help="Where the invitation goes.")
def create(prenom: str, nom: str, promo: int, email: str) -> None:
    """Make an account, mail its invitation, and print it."""
    identity = registration.Identity(prenom=prenom, nom=nom, promo=promo or None, email=email)
    try:
        with transaction(db.session()) as session:
            secret = registration.invite(session, identity=identity)
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None
    click.echo(absolute_url("account.invitation", token=secret))


@gris.command()
@click.argument("name")
def add(name: str) -> None:
    """Make a GRI of the PCéen with this username or address."""
    try:
        with transaction(db.session()) as session:
            pceen = queries.called_or_refused(session, name)
            given = registration.grant(session, pceen=pceen, slug="gri")
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None
    click.echo(f"{pceen.username} {'is now' if given else 'was already'} a GRI.")


@gris.command(name="list")
def list_() -> None:
    """Who runs the site."""
    people = db.session().scalars(sa.select(PCeen).where(PCeen.roles.any()).order_by(PCeen.id))
    for pceen in people:
        if pceen.has_permission(PermissionType.all, PermissionScope.gris):
            click.echo(f"{pceen.username:20} {pceen.full_name}")
