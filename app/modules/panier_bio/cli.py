"""``flask panier-bio``: what is done of the Panier Bio from a terminal."""

import click
from flask.cli import AppGroup

from app.core.emails import canonical_email
from app.core.transaction import transaction
from app.extensions import db
from app.modules.panier_bio.queries.orders import count_of_visitor
from app.modules.panier_bio.service import expiry, lives

group = AppGroup("panier-bio", help="Orders of the Panier Bio.")


@group.command()
def expire() -> None:
    """Cancel the orders that nobody confirmed in time, and give their baskets."""
    with transaction(db.session()) as session:
        count = expiry.expire(session)
    click.echo(f"{count} order(s) cancelled.")


@group.command()
@click.argument("email")
@click.option("--apply", is_flag=True, help="Do it; without it, only count.")
def forget(email: str, *, apply: bool) -> None:
    """Take the name, address and telephone of a visitor out of their orders, when they ask."""
    address = canonical_email(email) or ""
    if not apply:
        click.echo(f"{count_of_visitor(db.session(), address)} order(s) would be without a name.")
        return
    with transaction(db.session()) as session:
        count = lives.forget_visitor(session, address)
    click.echo(f"{count} order(s) without a name.")
