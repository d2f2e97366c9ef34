"""``flask roles``: the roles."""

import click
from flask.cli import AppGroup

from app.core.transaction import transaction
from app.extensions import db
from app.modules.gris.queries import roles as queries
from app.modules.gris.service import roles as service

roles = AppGroup("roles", help="Roles, and what they allow.")


@roles.command()
@click.option("--reset", is_flag=True, help="Also restore the roles of the system as they were.")
def seed(reset: bool) -> None:  # a flag
    """Make the roles that are missing. What was edited is left alone, but with --reset."""
    with transaction(db.session()) as session:
        if reset:
            for difference in service.reset_roles(session):
                click.echo(difference)
        made = [role.name for role in service.seed_roles(session)]
    click.echo(f"Made: {', '.join(made) or 'none, all are there'}.")


@roles.command()
def show() -> None:
    """The roles, what they allow, and how many hold them."""
    for line in queries.role_lines(db.session()):
        role = line.role
        rights = ", ".join(f"{p.type}/{p.scope}" for p in role.permissions) or "nothing"
        click.echo(f"{role.slug or '-':14} {role.name:22} {line.holders:5}  {rights}")
