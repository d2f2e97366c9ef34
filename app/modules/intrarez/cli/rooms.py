"""``flask rooms``: the rooms of the residence."""

import click
from flask.cli import AppGroup

from app.core.transaction import transaction
from app.extensions import db
from app.modules.intrarez import queries
from app.modules.intrarez.errors import NoSuchRoom
from app.modules.intrarez.service import addresses, rooms as service
from app.web import installation

rooms = AppGroup("rooms", help="The rooms of the residence.")


@rooms.command()
def sync() -> None:
    """Make the rooms of the building plan that are missing; remove those it has no more."""
    plan = installation.plan()
    with transaction(db.session()) as session:
        made = service.seed(session, plan=plan)
        removed, kept = service.prune(session, plan=plan)
    click.echo(f"{len(made)} room(s) made, {len(removed)} removed.")
    if kept:
        names = ", ".join(map(str, kept))
        raise click.ClickException(f"absent from the plan, but with a rental: {names}")


@rooms.command()
def seed() -> None:
    """Make the rooms of the building plan that are missing; remove none."""
    with transaction(db.session()) as session:
        made = service.seed(session, plan=installation.plan())
    click.echo(f"{len(made)} room(s) made.", err=True)


@rooms.command(name="list")
@click.option("--free", is_flag=True, help="Only those where nobody lives.")
def list_(free: bool) -> None:  # a flag
    """The rooms, and who lives there."""
    tenants = queries.tenants(db.session())
    for room in queries.rooms(db.session()):
        tenant = tenants.get(room.num)
        if tenant is None or not free:
            click.echo(f"{room.num}  {tenant.full_name if tenant else '-'}")


@rooms.command(name="release-addresses")
@click.argument("num", type=int)
def release_addresses(num: int) -> None:
    """Free at once the addresses kept in the room NUM for devices that left it."""
    try:
        with transaction(db.session()) as session:
            room = queries.room(session, num)
            released = addresses.release_room(session, room=room)
    except NoSuchRoom as refusal:
        raise click.ClickException(refusal.message) from None
    click.echo(f"{released} address(es) freed.")
