"""``flask roles`` and ``flask gri``: what people may do, from a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
import sqlalchemy as sa
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from app.core.emails import canonical_email
from app.core.errors import DomainError
from app.core.text import clean, has_forbidden
from app.core.transaction import transaction
from app.extensions import db
from app.models import PCeen
from app.modules.account import queries as accounts
from app.modules.account.service import factors, registration
from app.modules.gris.errors import AlreadyHeld
from app.modules.gris.queries import roles as queries
from app.modules.gris.rules.covering import Held
from app.modules.gris.service import roles as service
from app.modules.gris.service.gris_left import enabled_gris
from app.web.urls import absolute_url

roles = AppGroup("roles", help="Roles, and what they allow.")
gri = AppGroup("gri", help="Who runs the site.")


@contextmanager
def _changes() -> Iterator[Session]:
    """A transaction whose refusals are said in words."""
    try:
        with transaction(db.session()) as session:
            yield session
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None


@roles.command()
@click.option(
    "--reset",
    metavar="[SLUG]",
    is_flag=False,
    flag_value="*",
    help="Also restore the roles of the system as they were, or this one alone.",
)
def seed(reset: str | None) -> None:
    """Make the roles that are missing. What was edited is left alone, but with --reset."""
    with _changes() as session:
        if reset is not None:
            slug = None if reset == "*" else reset
            for difference in service.reset_roles(session, slug=slug):
                click.echo(difference)
        made = [role.name for role in service.seed_roles(session)]
    click.echo(f"Made: {', '.join(made) or 'none, all are there'}.")


@roles.command(name="list")
def list_roles() -> None:
    """The roles, what they allow, and how many hold them."""
    for line in queries.role_lines(db.session()):
        role = line.role
        rights = ", ".join(_right(held) for held in line.held) or "nothing"
        click.echo(f"{role.slug or '-':14} {role.name:22} {line.holders:5}  {rights}")


def _right(held: Held) -> str:
    where = "" if held.ref_id is None else f"[{held.ref_id}]"
    return f"{held.type}/{held.scope}{where}{' (gone)' if held.is_orphan else ''}"


@roles.command()
@click.argument("slug", required=False)
@click.pass_context
def show(context: click.Context, slug: str | None) -> None:
    """One role: what it allows, and who holds it. All of them without SLUG."""
    if slug is None:
        context.invoke(list_roles)
        return
    session = db.session()
    try:
        role = queries.called_or_refused(session, slug)
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None
    click.echo(f"{role.name} ({role.slug or '-'}), index {role.index}, color {role.color or '-'}")
    for held in queries.rights_of(session, role):
        click.echo(f"  {_right(held)}")
    for pceen in session.scalars(queries.holders(role)):
        click.echo(f"{pceen.username:20} {pceen.full_name}")


@gri.command(name="list")
def list_gris() -> None:
    """Who runs the site."""
    session = db.session()
    stmt = sa.select(PCeen).where(PCeen.id.in_(enabled_gris(session))).order_by(PCeen.id)
    for pceen in session.scalars(stmt):
        click.echo(f"{pceen.username:20} {pceen.full_name}")


@gri.command()
@click.argument("username")
def grant(username: str) -> None:
    """Make a GRI of the PCéen with this username or address."""
    with _changes() as session:
        pceen = accounts.called_or_refused(session, username)
        try:
            service.make_gri(session, pceen=pceen)
        except AlreadyHeld:
            click.echo(f"{pceen.username} was already a GRI.")
            return
    click.echo(f"{pceen.username} is now a GRI.")


@gri.command()
@click.argument("username")
def revoke(username: str) -> None:
    """Take what makes a GRI from the PCéen with this username or address; never from the last."""
    with _changes() as session:
        pceen = accounts.called_or_refused(session, username)
        taken = service.unmake_gri(session, pceen=pceen)
    click.echo(f"{pceen.username} {'is no longer' if taken else 'was not'} a GRI.")


@gri.command(name="reset-second-factor")
@click.argument("username")
@click.option("--reason", default="Depuis un terminal", help="Why: the person reads it in a mail.")
def reset_second_factor(username: str, reason: str) -> None:
    """Take their second factors from who lost them all, codes on paper included."""
    with _changes() as session:
        pceen = accounts.called_or_refused(session, username)
        factors.reset(session, pceen=pceen, reason=reason[:255])
    click.echo(f"{pceen.username} has no second factor any more.")


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


@gri.command()
@click.option("--nom", prompt="Nom", callback=_name, help="Last name.")
@click.option("--prenom", prompt="Prénom", callback=_name, help="First name.")
@click.option("--email", prompt="E-mail", callback=_address, help="Where the invitation goes.")
def create(nom: str, prenom: str, email: str) -> None:
    """Make the account of a GRI, mail its invitation, and print it."""
    identity = registration.Identity(prenom=prenom, nom=nom, promo=None, email=email)
    with _changes() as session:
        secret = registration.invite(session, identity=identity)
        service.make_gri(session, pceen=accounts.called_or_refused(session, email))
    click.echo(absolute_url("account.invitation", token=secret))
