"""``flask offers`` and ``flask subscriptions``: what Internet costs, and who paid."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup
from pydantic import TypeAdapter, ValidationError

from app.core import clock
from app.core.errors import DomainError
from app.core.money import euros
from app.core.transaction import transaction
from app.extensions import db
from app.modules.account import queries as accounts
from app.modules.account.errors import NoSuchPCeen
from app.modules.intrarez import queries
from app.modules.intrarez.rules.offers import SEEDED, SeededOffer
from app.modules.intrarez.service import offers, subscriptions
from app.modules.intrarez.service.subscriptions import Day, Done
from app.web import installation

offers_group = AppGroup("offers", help="What is for sale.")
subscriptions_group = AppGroup("subscriptions", help="Who pays for Internet, and until when.")


@offers_group.command("list")
def list_offers() -> None:
    """List the offers, and how many subscriptions each gave."""
    usage = queries.usage(db.session())
    for offer in queries.all_offers(db.session()):
        flags = ("listed" if offer.visible else "hidden") if offer.active else "off"
        click.echo(
            f"{offer.slug:<12} {euros(offer.price_cents):>8.2f} EUR  {offer.months} months"
            f" {offer.days} days  {flags:<6}  {usage.get(offer.slug, 0)}"
        )


@offers_group.command("seed")
@click.option(
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A JSON list of offers, instead of those of every installation.",
)
@click.option("--update-texts", is_flag=True, help="Rewrite the texts and flags of those there.")
def seed(path: Path | None, update_texts: bool) -> None:
    """Make the offers that are missing; nothing is changed if one may not be."""
    session = db.session()
    try:
        with transaction(session):
            if path is None and not update_texts:
                touched = offers.seed(session)
            else:
                wanted = _read(path) if path else list(SEEDED)
                touched = offers.apply(session, wanted, update_texts=update_texts)
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None
    click.echo(", ".join(touched) or "Nothing to do.", err=True)


def _read(path: Path) -> list[SeededOffer]:
    """The offers of a file.

    Raises:
        ClickException: If it holds anything else.
    """
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        found = TypeAdapter(list[SeededOffer]).validate_python(content)
    except (ValidationError, ValueError) as error:
        lines = str(error).splitlines()
        raise click.ClickException(f"{path}: {lines[0]}") from None
    known = {field.name for field in fields(SeededOffer)}
    if unknown := sorted({name for one in content for name in one} - known):
        raise click.ClickException(f"{path}: an offer has no {unknown[0]}")
    return found


@subscriptions_group.command("update")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
def update(dry_run: bool) -> None:
    """Do the day's work: welcome, remind, cut, give back. Safe to run again."""
    session = db.session()
    planned = subscriptions.due(session)
    if dry_run:
        for one in planned:
            _tell(one)
        click.echo(f"{len(planned)} would change.", err=True)
        return
    with click.progressbar(length=len(planned), label="Subscriptions") as bar:
        day = Day(
            plan=installation.plan(),
            admins=installation.settings().admins[:1],
            tell=lambda _: bar.update(1),
        )
        found = subscriptions.update(session, day)
    for one in found:
        _tell(one)
    failed = sum(1 for one in found if one.error)
    click.echo(f"{len(found) - failed} done, {failed} failed.", err=True)
    if failed:
        raise click.exceptions.Exit(1)


def _tell(one: Done) -> None:
    """What is done of someone, in a line."""
    work = one.work
    words = [
        word
        for word, holds in (
            ("welcome month", work.welcome is not None),
            (f"becomes {work.becomes}", work.has_changed),
            ("told", work.tell),
            ("banned", work.ban),
            ("ban lifted", work.unban),
            ("reminded", work.remind),
            (f"FAILED: {one.error}", one.error is not None),
        )
        if holds
    ]
    click.echo(f"person {one.pceen_id}: {', '.join(words)}")


@subscriptions_group.command("setup")
@click.option("--apply", "is_real", is_flag=True, help="Do it; without, only say whom.")
def setup(is_real: bool) -> None:
    """Begin to charge: a welcome month and a mail to who has a device and nothing else."""
    session = db.session()
    if not is_real:
        keys = queries.without_subscription(session)
        click.echo(f"{len(keys)} people would get a welcome month and a mail. Add --apply.")
        return
    click.echo(f"{len(subscriptions.set_up(session))} people have a welcome month.")


@subscriptions_group.command("show")
@click.argument("username")
def show(username: str) -> None:
    """Say where someone stands, and what they had."""
    session = db.session()
    try:
        pceen = accounts.called_or_refused(session, username)
    except NoSuchPCeen as refusal:
        raise click.ClickException(refusal.message) from None
    standing = queries.standing(session, pceen.id)
    state = standing.state or "none"
    cut = f", cut on {standing.period.cut_day}" if standing.period else ""
    click.echo(f"{pceen.username}, {clock.today()}: {state}{cut} (written down: {pceen.sub_state})")
    for one in queries.subscriptions_of(session, pceen.id):
        how = f"payment {one.payment_id}" if one.payment_id else "welcome"
        revoked = ", revoked" if one.revoked_at else ""
        click.echo(f"{one.start} - {one.end}  {one.offer_slug}  {how}{revoked}")
