"""``flask accounts``: what is done of an account, from a terminal."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from app.core.errors import DomainError
from app.core.transaction import transaction
from app.extensions import db
from app.models import PCeen, audit
from app.modules.account import queries as people
from app.modules.account.service import lives
from app.modules.lives import around
from app.modules.lives.service import (
    accounts as service,
    erase as erasing,
    exports,
    merge as merging,
)
from app.modules.lives.service.exports import Asked
from app.modules.lives.service.merge import Pair

accounts = AppGroup("accounts", help="Accounts: opened, closed, merged, handed over, erased.")

_REASON = "Fait depuis un terminal."


@contextmanager
def _changes() -> Iterator[Session]:
    """A transaction whose refusals are said in words."""
    try:
        with transaction(db.session()) as session:
            yield session
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None


def _called(session: Session, username: str) -> PCeen:
    return people.called_or_refused(session, username)


@accounts.command()
@click.argument("username")
def invite(username: str) -> None:
    """Send the way in to this person: an invitation, or a link to a new password."""
    with _changes() as session:
        pceen = _called(session, username)
        lives.send_link(session, pceen=pceen)
        email = pceen.email
    click.echo(f"A link leaves for {email}.")


@accounts.command()
@click.argument("username")
@click.option("--reason", default=_REASON, help="What the person reads in the mail.")
def disable(username: str, reason: str) -> None:
    """Close this account to its person: no log-in, no Internet; nothing is forgotten."""
    with _changes() as session:
        service.disable(session, pceen=_called(session, username), reason=reason[:255])
    click.echo(f"{username} is disabled.")


@accounts.command()
@click.argument("username")
def enable(username: str) -> None:
    """Give this account back to its person."""
    with _changes() as session:
        service.enable(session, pceen=_called(session, username))
    click.echo(f"{username} is enabled.")


@accounts.command(name="sessions-end")
@click.argument("username")
def sessions_end(username: str) -> None:
    """End every log-in of this person."""
    with _changes() as session:
        lives.end_sessions(session, pceen=_called(session, username))
    click.echo(f"The log-ins of {username} are over.")


@accounts.command()
@click.argument("source", metavar="FROM")
@click.argument("into")
@click.option("--apply", "applied", is_flag=True, help="Do it; without, only say what moves.")
def merge(source: str, into: str, *, applied: bool) -> None:
    """Give all that the account FROM has to INTO, and delete it."""
    if not applied:
        _tell_merge(source, into)
        return
    with _changes() as session:
        pair = Pair(kept=_called(session, into), absorbed=_called(session, source))
        name = pair.absorbed.username
        merging.merge(session, pair=pair, parts=around.parts(), actor=None)
    click.echo(f"{name} is part of {into}.")


def _tell_merge(source: str, into: str) -> None:
    session = db.session()
    try:
        pair = Pair(kept=_called(session, into), absorbed=_called(session, source))
        merging.check_may_merge(session, pair=pair, actor=None)
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None
    for line in merging.outline(session, pair=pair, parts=around.parts()):
        click.echo(line)
    click.echo("Nothing is done: add --apply.")


@accounts.command()
@click.argument("username")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False, exists=True, writable=True),
    required=True,
    help="The directory to write it in.",
)
def export(username: str, output: Path) -> None:
    """Write the archive of what the site knows of this person, and print its name."""
    with _changes() as session:
        pceen = _called(session, username)
        audit(session, "account.export.ask", pceen, reason=_REASON)
    path = output / f"{pceen.username}-{secrets.token_hex(4)}.zip"
    try:
        exports.write(db.session(), pceen=pceen, path=path)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise click.ClickException(f"{path}: {error.strerror}") from None
    click.echo(path)


@accounts.command()
@click.argument("username")
@click.option("--apply", "applied", is_flag=True, help="Do it; without, only say what is left.")
@click.option("--now", is_flag=True, help="Do not wait for two weeks: nothing can be undone.")
@click.option("--reason", default=_REASON, help="Why, for the record.")
def erase(username: str, *, applied: bool, now: bool, reason: str) -> None:
    """Close this account, and forget its person in two weeks."""
    if not applied:
        _tell_erasure(username)
        return
    with _changes() as session:
        pceen, parts = _called(session, username), around.parts()
        key = pceen.id
        if not (now and erasing.done_on(pceen)):
            asked = Asked(reason=reason[:255])
            erasing.ask(session, pceen=pceen, asked=asked, parts=parts)
        if now:
            erasing.erase(session, pceen=pceen, parts=parts)
    click.echo(f"The account {key} is erased." if now else f"{username} is erased in two weeks.")


def _tell_erasure(username: str) -> None:
    session = db.session()
    try:
        pceen = _called(session, username)
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None
    found = erasing.obstacles(session, pceen=pceen, parts=around.parts())
    for why in found:
        click.echo(f"! {why}")
    if not found:
        click.echo("Nothing is left to settle.")
    click.echo("Nothing is done: add --apply.")
