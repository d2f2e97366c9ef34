"""``flask access``: every page, and who may open it."""

import click
from flask import current_app
from flask.cli import with_appcontext

from app.context.guards import rules_of


@click.command()
@with_appcontext
def access() -> None:
    """Every page, with its methods and who may open it."""
    for rule in sorted(current_app.url_map.iter_rules(), key=lambda rule: rule.rule):
        allowed = rule.methods or set()
        methods = ",".join(sorted(allowed - {"HEAD", "OPTIONS"} or allowed))
        doors = " and ".join(map(str, rules_of(current_app, rule.endpoint)))
        click.echo(f"{rule.rule:45} {methods:10} {doors}")
