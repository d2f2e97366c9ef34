"""Where backups are: a repository of restic, deduplicated and encrypted.

Anyone who has its password reads it with restic alone, without the site.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any, ClassVar
from urllib.parse import urlsplit

from app.integrations.backup import programs
from app.integrations.backup.errors import (
    ProgramFailed,
    RepositoryAway,
    RepositoryDamaged,
    RepositoryLocked,
    RepositoryMissing,
    RepositoryThere,
    Unreadable,
    WrongPassword,
)
from app.integrations.backup.programs import Ended, Program, no_tick
from app.settings import BackupSettings

#: Told how far a copy is: bytes done, and bytes in all.
Heard = Callable[[int, int], object]

#: What restic says of a repository that it cannot open.
_WRONG = ("wrong password", "Resolving password failed", "no key found")
_MISSING = ("Is there a repository at the following location", "unable to open config file")
_AWAY = (
    *("connection", "Connection", "lookup", "timeout", "timed out", "unable to start the sftp"),
    *("denied", "Denied", "Forbidden"),
)
_LOCKED = ("already locked", "unable to create lock")
#: It copied what it could, and says what it could not.
_INCOMPLETE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What is kept of an instant."""

    id: str
    at: datetime
    host: str
    #: Words, and ``name=value``.
    tags: tuple[str, ...]
    paths: tuple[str, ...]

    def tag(self, name: str) -> str | None:
        """What it is said to be, of that name."""
        found = (one.partition("=") for one in self.tags)
        return next((value for key, _equals, value in found if key == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What came of a copy."""

    id: str
    #: What had to be added to the repository, in bytes.
    added: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What to copy: paths, relative to the *folder* where there is one."""

    paths: Sequence[str]
    tags: Sequence[str]
    folder: Path | None = None
    excluded: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository, of one site among others perhaps."""

    settings: BackupSettings
    #: Whose backups they are.
    host: str
    #: Where restic keeps what it would otherwise read again.
    cache: Path
    #: The site's own, on each of its snapshots.
    MARK: ClassVar[str] = "pc-est-magique"
    _secrets: tuple[str, ...] = field(init=False, repr=False, default=())

    def __post_init__(self) -> None:
        s3 = self.settings.s3_secret_access_key
        address = urlsplit((self.settings.repository or "").removeprefix("rest:"))
        secrets = (s3.get_secret_value() if s3 else None, address.password)
        object.__setattr__(self, "_secrets", tuple(filter(None, secrets)))

    def init(self) -> None:
        """Make it.

        Raises:
            RepositoryThere: If it is.
            BackupRefused: If it cannot be.
        """
        ended = programs.run(self._program("init", "--repository-version", "2"))
        if "already" in ended.complaint:
            raise RepositoryThere
        self._check(ended)

    def snapshots(self, *, tag: str = MARK, host: str | None = None) -> list[Snapshot]:
        """What is kept, the oldest first.

        Raises:
            BackupRefused: If it cannot be read; so do all the others.
        """
        options = ["--host", host] if host else []
        found = self._json("snapshots", "--tag", tag, *options)
        made = [
            Snapshot(
                id=one["id"],
                at=_instant(one["time"]),
                host=one["hostname"],
                tags=tuple(one.get("tags") or ()),
                paths=tuple(one.get("paths") or ()),
            )
            for one in found
        ]
        return sorted(made, key=lambda one: one.at)

    def copy(self, source: Source, *, heard: Heard = lambda _done, _all: None) -> Copied:
        """Keep files as they are now; those that go meanwhile are left out.

        Raises:
            Unreadable: If one that is there cannot be read.
        """
        options = ["--host", self.host, "--tag", ",".join((self.MARK, *source.tags))]
        options += [f"--exclude={one}" for one in source.excluded]
        program = self._program("backup", "--json", *options, "--", *source.paths)
        program = _in_folder(program, source.folder)
        summary: dict[str, Any] = {}

        def listen(line: str) -> None:
            word = _word(line)
            if word.get("message_type") == "status":
                heard(word.get("bytes_done", 0), word.get("total_bytes", 0))
            elif word.get("message_type") == "summary":
                summary.update(word)

        ended = self._unlocking(lambda: programs.lines(program, listen))
        if ended.status == _INCOMPLETE:
            _check_gone(ended)
        else:
            self._check(ended)
        if "snapshot_id" not in summary:
            raise ProgramFailed(program="restic", why=programs.last_words(ended))
        added = summary.get("data_added_packed", summary["data_added"])  # compressed, if it says so
        return Copied(id=summary["snapshot_id"], added=added)

    def files(self, snapshot: str) -> Iterator[tuple[str, int]]:
        """The files of a snapshot: their paths, their sizes in bytes."""
        found: list[tuple[str, int]] = []

        def listen(line: str) -> None:
            word = _word(line)
            if word.get("struct_type") == "node" and word.get("type") == "file":
                found.append((word["path"], word.get("size", 0)))

        self._check(programs.lines(self._program("ls", "--json", snapshot), listen))
        yield from found

    def read(self, snapshot: str, path: str, target: IO[bytes]) -> None:
        """Write a file of a snapshot into *target*."""
        self._check(programs.run(self._program("dump", snapshot, path), target=target))

    def restore(
        self,
        snapshot: str,
        target: Path,
        *,
        only: Iterable[str] = (),
        tick: Callable[[], object] = no_tick,
    ) -> None:
        """Put the files of a snapshot under *target*, at their paths; with *only*, those alone."""
        options = [f"--include={_literal(one)}" for one in only]
        program = self._program("restore", snapshot, f"--target={target}", *options)
        self._check(programs.run(program, tick=tick))

    def check(self, part: str | None, *, tick: Callable[[], object] = no_tick) -> None:
        """Read the whole of what is said to be kept, and a *part* of it byte by byte: ``1/4``.

        Raises:
            RepositoryDamaged: If it is not what was written.
        """
        options = [f"--read-data-subset={part}"] if part else []
        program = self._program("check", *options)
        ended = self._unlocking(lambda: programs.run(program, tick=tick))
        if ended.status and not _is_known(ended):
            raise RepositoryDamaged(why=programs.last_words(ended))
        self._check(ended)

    def forget(self, snapshots: Sequence[str]) -> None:
        """Keep these no more; what was of them alone stays until it is pruned."""
        if snapshots:
            program = self._program("forget", *snapshots)
            self._check(self._unlocking(lambda: programs.run(program)))

    def prune(self, *, tick: Callable[[], object] = no_tick) -> None:
        """Let go of what no snapshot holds any more."""
        program = self._program("prune")
        self._check(self._unlocking(lambda: programs.run(program, tick=tick)))

    def _unlocking(self, run: Callable[[], Ended]) -> Ended:
        """What *run* comes to, the locks of those that died apart: they are no reason to wait."""
        ended = run()
        if ended.status and _says(ended, _LOCKED):
            programs.run(self._program("unlock"))
            ended = run()
        return ended

    def _json(self, command: str, *options: str) -> Any:
        said: list[str] = []
        self._check(programs.lines(self._program(command, "--json", *options), said.append))
        return json.loads("".join(said) or "[]")

    def _program(self, command: str, *options: str) -> Program:
        return Program(
            command=[programs.find(["restic"], "restic"), command, *options],
            environment=programs.surroundings(**self._variables()),
            secrets=self._secrets,
        )

    def _variables(self) -> Mapping[str, str]:
        settings = self.settings
        found = {
            "RESTIC_REPOSITORY": settings.repository or "",
            "RESTIC_PASSWORD_FILE": str(settings.password_file or ""),
            "RESTIC_CACHE_DIR": str(self.cache),
            "RESTIC_PROGRESS_FPS": "2",
            "TMPDIR": str(self.cache.parent),
        }
        secret = settings.s3_secret_access_key
        if settings.s3_access_key_id and secret:
            found["AWS_ACCESS_KEY_ID"] = settings.s3_access_key_id
            found["AWS_SECRET_ACCESS_KEY"] = secret.get_secret_value()
        return found

    def _check(self, ended: Ended) -> None:
        """Refuse an end that is not a good one, for what it is.

        Raises:
            BackupRefused: One of ours.
        """
        if ended.status == 0 or programs.is_full(ended):
            programs.check(self._program("restic"), ended)
            return
        if _says(ended, _WRONG):
            raise WrongPassword
        if _says(ended, _LOCKED):
            raise RepositoryLocked
        if _says(ended, _AWAY):
            raise RepositoryAway(why=programs.last_words(ended))
        if _says(ended, _MISSING):
            raise RepositoryMissing
        programs.check(self._program("restic"), ended)


def _says(ended: Ended, words: Iterable[str]) -> bool:
    return any(word in ended.complaint for word in words)


def _is_known(ended: Ended) -> bool:
    return _says(ended, (*_WRONG, *_LOCKED, *_AWAY, *_MISSING))


def _in_folder(program: Program, folder: Path | None) -> Program:
    return Program(
        command=program.command,
        environment=program.environment,
        folder=folder,
        secrets=program.secrets,
    )


def _check_gone(ended: Ended) -> None:
    """Refuse what could not be read, unless it had just gone.

    Raises:
        Unreadable: With the first such file.
    """
    for line in ended.complaint.splitlines():
        word = _word(line)
        if word.get("message_type") != "error":
            continue
        why = json.dumps(word.get("error", ""))
        if "no such file" not in why and '"Err": 2' not in why:
            raise Unreadable(path=word.get("item", "?"))


def _word(line: str) -> dict[str, Any]:
    """What a line says, in JSON; nothing if it does not."""
    try:
        word = json.loads(line)
    except ValueError:
        return {}
    return word if isinstance(word, dict) else {}


def _literal(path: str) -> str:
    """A pattern that is this very path."""
    return "".join(f"\\{letter}" if letter in "\\*?[]" else letter for letter in path)


def _instant(text: str) -> datetime:
    """An instant, as Go writes it: to the nanosecond."""
    head, dot, rest = text.partition(".")
    if not dot:
        return datetime.fromisoformat(text)
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    return datetime.fromisoformat(f"{head}.{digits[:6]:0<6}{rest[len(digits) :]}")
