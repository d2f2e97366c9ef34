"""``flask doctor``: an installation is checked, and what is to be mended is said.

It works without the database, and even where the site does not start: `without_site` is what
``pc-est-magique.py`` then gives to the terminal.
"""

import json
import sys
from collections.abc import Callable, Iterator

import click
import sqlalchemy as sa
from flask import Flask, current_app
from flask.cli import with_appcontext

from app.extensions import db
from app.integrations.gateway import DHCP_STATUS, NFT_STATUS
from app.integrations.push import PushService
from app.modules.operations import around
from app.modules.operations.rules.doctor import (
    around as around_rules,
    database as database_rules,
    files as file_rules,
    machine as machine_rules,
)
from app.modules.operations.rules.doctor.verdicts import Verdict, exit_status, off, warning
from app.modules.operations.service import health
from app.modules.operations.service.doctor import database, files, machine, network
from app.settings import ROOT, Settings
from app.web import installation

#: Why the site does not start, where it does not: the name of what tells the doctor.
_FAULT = "doctor_fault"
_SYMBOLS = {"ok": "green", "off": None, "warning": "yellow", "wrong": "red"}
_REMEDIES = {
    "assets": "npm ci; flask assets install; flask sass compile",
    "translations": "flask translate compile",
}
#: What the doctor says of the database itself, in more detail.
_SAID_ALREADY = ("database", "migrations")

Checks = Iterator[Verdict]


def is_asked(arguments: list[str]) -> bool:
    """Whether a terminal asks for the doctor, and nothing else."""
    return "doctor" in arguments[1:]


def without_site(fault: str) -> Flask:
    """What answers ``flask doctor`` where the site does not start, for that reason."""
    app = Flask("app")
    app.extensions[_FAULT] = fault
    app.cli.add_command(doctor)
    return app


@click.command()
@click.option("--network", is_flag=True, help="Ask the mail server, the chat, Lydia too.")
@click.option("--url", help="Where the site is served, https://…; with --network, SERVER_NAME.")
@click.option("--json", "as_json", is_flag=True, help="One object of JSON.")
@with_appcontext
def doctor(*, network: bool, url: str | None, as_json: bool) -> None:
    """Check this installation; exit with 1 if something is to be mended, 2 if it cannot work."""
    verdicts = list(_verdicts(network=network, url=url))
    status = exit_status(verdicts)
    if as_json:
        checks = [
            {"name": one.name, "state": one.state, "said": one.said, "remedy": one.remedy}
            for one in verdicts
        ]
        click.echo(json.dumps({"status": status, "checks": checks}, ensure_ascii=False, indent=1))
    else:
        for one in verdicts:
            state = click.style(f"{one.state:8}", fg=_SYMBOLS[one.state])
            remedy = f" → {one.remedy}" if one.remedy else ""
            click.echo(f"{state} {one.name:21} {one.said}{remedy}")
        count = sum(one.state in ("warning", "wrong") for one in verdicts)
        click.echo(f"{len(verdicts)} checks, {count} to mend.", err=True)
    sys.exit(status)


def _verdicts(*, network: bool, url: str | None) -> Checks:
    fault: str | None = current_app.extensions.get(_FAULT)
    yield from _tried("machine", lambda: machine_rules.machine(machine.look(ROOT)))
    settings = None if fault is not None else installation.settings()
    mode = settings.mode if settings is not None else ""
    yield from file_rules.settings(fault, mode)
    yield from _tried("files", lambda: _files(settings))
    if settings is None:
        return
    known = settings
    for name, check in (
        ("folders", lambda: _folders(known)),
        ("database", lambda: _database(known)),
        ("services", lambda: _services(known, is_asked=network)),
        ("gateway", lambda: _gateway(known)),
        ("backups", lambda: _backups(known)),
        ("site", lambda: _site(known, url=url or (known.origin if network else None))),
    ):
        yield from _tried(name, check)


def _tried(name: str, check: Callable[[], Checks]) -> Checks:
    """What a check says; one that breaks tells so, and the others are done all the same."""
    try:
        yield from check()
    except Exception as error:  # noqa: BLE001  # an installation may be broken in any way
        if "sqlalchemy" in current_app.extensions:
            db.session.rollback()
        said = f"could not be looked at: {type(error).__name__}"
        yield warning(name, said, "flask doctor, as the user who runs the site")


def _files(settings: Settings | None) -> Checks:
    yield file_rules.environment(files.environment(ROOT))
    for key in files.keys(ROOT, settings):
        yield file_rules.private(key)
    if settings is not None:
        yield from file_rules.secrets(files.secrets(ROOT, settings))
        is_there, shared = files.photos_secret(files.PHOTOS_SECRET)
        yield file_rules.photos_secret(
            str(files.PHOTOS_SECRET), shared, ours=settings.photos_key, is_there=is_there
        )
    app = ROOT / "app"
    yield from file_rules.made(files.made(app / "static", app / "translations"), _REMEDIES)


def _folders(settings: Settings) -> Checks:
    yield from file_rules.folders(files.folders(settings, public=ROOT / "app" / "static"))


def _database(settings: Settings) -> Checks:
    """The database, then what the site itself looks at, which it says there."""
    session = db.session()
    try:
        found = database.look(session, wanted=around.heads(), known=around.migrations())
    except sa.exc.SQLAlchemyError as error:
        session.rollback()
        yield from database_rules.unreachable(database.reason(error))
        return
    is_production = settings.mode == "production"
    yield from database_rules.database(found, is_production=is_production)
    seen = health.look(session, around.installed())
    session.rollback()
    states, details = {}, {}
    for check in seen.checks:
        if check.name not in _SAID_ALREADY:
            name = "journal-clock" if check.name == "clock" else check.name
            states[name] = check.state
            if check.state != "ok":
                details[name] = " ".join(f"{key}={value}" for key, value in check.detail.items())
    yield from around_rules.health(states, details)
    if seen.facts is not None:
        yield around_rules.parked(seen.facts.parked)


def _services(settings: Settings, *, is_asked: bool) -> Checks:
    yield around_rules.mail(
        network.mail(settings.mail, is_asked=is_asked),
        is_suppressed=settings.mail.suppress_send,
        is_production=settings.mode == "production",
    )
    chat, lydia = settings.chat, settings.lydia
    webhooks = (chat.error_webhook, chat.logging_webhook, chat.message_webhook, chat.mail_webhook)
    webhook = next((one.get_secret_value() for one in webhooks if one is not None), None)
    online = None if lydia.is_sandbox else lydia.base_url
    yield from around_rules.services(
        [
            network.service("discord", "ERROR_WEBHOOK", webhook, is_asked=is_asked),
            network.service("lydia", "LYDIA_BASE_URL", online, is_asked=is_asked),
        ]
    )
    provider = around.service_provider()
    is_known = provider is not None and provider.is_available
    yield around_rules.school(is_configured=settings.saml.is_configured, is_known=is_known)
    push: PushService = current_app.extensions["push"]
    yield around_rules.push(_push_error(push), is_on=push.is_on)


def _push_error(push: PushService) -> str | None:
    if not push.is_on:
        return None
    try:
        push.signer()
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error)
    return None


def _gateway(settings: Settings) -> Checks:
    target = settings.network.dhcp_hosts_file
    statuses: dict[str, str | None] = {}
    if settings.network.gateway_state_dir is not None:
        names = [DHCP_STATUS, *([NFT_STATUS] if settings.network.nft_set_file else [])]
        for name in names:
            status = installation.gateway().status(name)
            fault = None if status is None else "" if status.is_right else status.message
            statuses[name] = fault
    yield from around_rules.gateway(str(target) if target else None, statuses)


def _backups(settings: Settings) -> Checks:
    """The programs that make them, where they are made."""
    if not settings.backup.is_set:
        yield off("backups", "none: BACKUP_REPOSITORY is not set")
        return
    dumps = {
        "postgresql": ("pg_dump", "copying the database", "postgresql-client"),
        "mariadb": ("mariadb-dump", "copying the database", "mariadb-client"),
        "mysql": ("mysqldump", "copying the database", "mariadb-client"),
    }
    scheme = settings.database_url.partition(":")[0].partition("+")[0]
    wanted = [("restic", "backups", "restic"), *([dumps[scheme]] if scheme in dumps else [])]
    yield from machine_rules.programs(machine.programs(wanted))


def _site(settings: Settings, *, url: str | None) -> Checks:
    if url is None:
        return
    trusted = settings.monitoring.trusted_networks
    found = network.site(
        url, name=settings.server_name, photos_key=settings.photos_key, trusted=trusted
    )
    yield from around_rules.site(found)
