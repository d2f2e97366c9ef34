"""``flask backup``: the site is copied elsewhere, and put back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup
from flask_babel import force_locale

from app.core import clock
from app.core.errors import DomainError
from app.core.tasks import TaskCancelled
from app.modules.operations import around
from app.modules.operations.cli.tasks import Terminal, run_here
from app.modules.operations.rules.backups import Manifest, in_bytes
from app.modules.operations.service.backups import keeping, restoring
from app.modules.operations.service.backups.keeping import LATEST

backup = AppGroup("backup", help="Copy the site elsewhere, and put it back.")

_NAME = click.argument("name", metavar="BACKUP", default=LATEST)


@contextmanager
def _refusing() -> Iterator[None]:
    """Say a refusal in one line, and exit with 1."""
    try:
        with force_locale("fr"):
            yield
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None
    except TaskCancelled:
        raise click.Abort from None


@backup.command()
def init() -> None:
    """Make the repository, once: where BACKUP_REPOSITORY says, with the password of its file."""
    with _refusing():
        site = around.site()
        site.staging.mkdir(mode=0o700, parents=True, exist_ok=True)
        site.repository.init()
    click.echo("The repository is made. Keep its password elsewhere too: nothing else opens it.")


@backup.command()
@click.option("--allow-empty", is_flag=True, help="A place that had files may be empty.")
def create(allow_empty: bool) -> None:
    """Back the site up now, while it is used: the task backup.create."""
    _run("backup.create", allow_empty=allow_empty)


@backup.command()
@_NAME
@click.option("--all", "whole", is_flag=True, help="Read all of the repository, byte by byte.")
def verify(name: str, whole: bool) -> None:
    """Read BACKUP (the last one), and a part of the repository: the task backup.verify."""
    _run("backup.verify", name=name, whole=whole)


@backup.command()
def prune() -> None:
    """Let go of the backups that are old, as BACKUP_KEEP_… say: the task backup.prune."""
    _run("backup.prune")


def _run(task: str, **values: Any) -> None:
    with _refusing():
        around.site()  # said at once where nothing is backed up
    run_here(task, values)


@backup.command(name="list")
def list_() -> None:
    """The backups of this site, the last one first, and what each is kept for."""
    with _refusing():
        found = keeping.backups(around.site())
    for one in found:
        at = one.snapshot.at.astimezone(clock.PARIS)
        click.echo(
            f"{one.snapshot.id[:8]}  {at:%Y-%m-%d %H:%M}  {one.snapshot.tag('version') or '':8}"
            f"  base {in_bytes(one.size('dump')):>9}  {one.size('count'):7} files"
            f" {in_bytes(one.size('bytes')):>9}  {', '.join(one.reasons) or '(pruned next)'}"
        )
    click.echo(f"{len(found)} backup(s).", err=True)


@backup.command()
@_NAME
@click.option(
    "--extract",
    "target",
    type=click.Path(file_okay=False, path_type=Path),
    help="Only put it there, in an empty directory: the database stays a file.",
)
def restore(name: str, target: Path | None) -> None:
    """Put BACKUP (the last one) in the database and the directories of this site, all empty."""
    from flask_migrate import upgrade  # noqa: PLC0415  # large, few need it

    terminal = Terminal()
    left: list[Path] = []
    with _refusing():
        site = around.site(is_restored=True)
        try:
            if target is not None:
                manifest = restoring.extract(
                    site, name=name, target=target.absolute(), progress=terminal
                )
            else:
                manifest, left = restoring.restore(
                    site, name=name, migrate=upgrade, progress=terminal
                )
        finally:
            terminal.close()
    click.echo(_said(manifest))
    if target is None:
        for path in left:
            click.echo(f"{path} was there: it was left as it is.", err=True)
        click.echo(_NEXT, err=True)


_NEXT = """\
Before it serves: flask audit verify, flask payments audit, flask bar audit, flask photos verify.
Then what happened since: flask payments reconcile --all, and the mails that wait (/gris/outbox)."""


def _said(manifest: Manifest) -> str:
    rows = sum(manifest.rows.values())
    return (
        f"Version {manifest.version}, as it was on"
        f" {manifest.began_at.astimezone(clock.PARIS):%Y-%m-%d at %H:%M}:"
        f" {len(manifest.rows)} tables, {rows} rows, {manifest.file_count} files"
        f" ({in_bytes(manifest.file_bytes)})."
    )
