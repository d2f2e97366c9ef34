"""What a backup holds, which are kept, and which may be restored here."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path, PurePath
from typing import Any

from app.modules.operations.errors import (
    BackupOfNewerCode,
    BackupOfOtherDatabase,
    DatabaseTaken,
    FilesDiffer,
    ManifestWrong,
    PlaceEmptied,
    PlaceTaken,
    RowsDiffer,
)

#: What a manifest looks like: one that is written otherwise has another number.
FORMAT = 1
#: In how many weeks the whole repository is read, byte by byte: a part each week.
PARTS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Files of the site that must not be lost: a directory, or one file."""

    #: What it is called, whatever the machine.
    name: str
    path: Path
    #: What is in it only while something is being made.
    skipped: tuple[str, ...] = ()
    #: One file: where it is there already, it is left as it is.
    is_file: bool = False
    #: Whether the site puts it back; what is the machine's is taken out by hand.
    is_ours: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What of a place is in a backup."""

    #: Where it was.
    path: str
    files: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup says of itself."""

    #: The version of the site, and up to which migrations its database was.
    version: str
    revisions: tuple[str, ...]
    #: ``postgresql``, ``mariadb`` or ``sqlite``, and which one.
    dialect: str
    server: str
    #: When the database was copied, and when the files that go with it had been.
    began_at: datetime
    ended_at: datetime
    #: The copy of the database: its name, its size in bytes, its digest, the rows of each table.
    dump: str
    dump_bytes: int
    dump_sha256: str
    rows: Mapping[str, int]
    #: The snapshot of the files, made after that copy; ``None`` if there were none.
    files: str | None
    places: Mapping[str, Held]
    #: What went while it was made: these files are in an earlier snapshot alone.
    earlier: str | None = None
    gone: tuple[str, ...] = ()

    @property
    def file_count(self) -> int:
        return sum(one.files for one in self.places.values())

    @property
    def file_bytes(self) -> int:
        return sum(one.bytes for one in self.places.values())

    def to_json(self) -> str:
        """It, for a file that people read too."""
        values = {"format": FORMAT, **asdict(self)}
        values |= {name: values[name].isoformat() for name in ("began_at", "ended_at")}
        return json.dumps(values, ensure_ascii=False, indent=2, sort_keys=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> "Manifest":
        """It, as it was written.

        Raises:
            ManifestWrong: If it was not written by a site, or by one that is too new.
        """
        try:
            values: dict[str, Any] = json.loads(text)
            if values.pop("format") != FORMAT:
                raise ManifestWrong(why="format")
            for name in ("began_at", "ended_at"):
                values[name] = datetime.fromisoformat(values[name])
            for name in ("revisions", "gone"):
                values[name] = tuple(values[name])
            values["places"] = {name: Held(**one) for name, one in values["places"].items()}
            return cls(**values)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ManifestWrong(why=type(error).__name__) from None


# Which are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Of how many days, weeks and months the last backup is kept."""

    days: int
    weeks: int = 0
    months: int = 0


def kept(backups: Mapping[str, datetime], retention: Retention) -> dict[str, tuple[str, ...]]:
    """Which of these are kept, and what for: ``last``, ``day``, ``week``, ``month``.

    Their instants are those of a wall clock, where days begin and end. Days, weeks and months
    without any are not counted: a site that was stopped for long loses none.
    """
    newest = sorted(backups, key=lambda name: (backups[name], name), reverse=True)
    reasons: dict[str, tuple[str, ...]] = dict.fromkeys(newest[:1], ("last",))
    for reason, count, period in (
        ("day", retention.days, _day),
        ("week", retention.weeks, _week),
        ("month", retention.months, _month),
    ):
        for name in _last_of_each(newest, backups, period)[:count]:
            reasons[name] = (*reasons.get(name, ()), reason)
    return {name: reasons[name] for name in newest if name in reasons}


def _last_of_each(
    newest: Iterable[str], backups: Mapping[str, datetime], period: Callable[[datetime], date]
) -> list[str]:
    """The last one of each period, the newest first."""
    last: dict[date, str] = {}
    for name in newest:
        last.setdefault(period(backups[name]), name)
    return list(last.values())


def _day(at: datetime) -> date:
    return at.date()


def _week(at: datetime) -> date:
    return at.date() - timedelta(days=at.weekday())


def _month(at: datetime) -> date:
    return at.date().replace(day=1)


def part_of_the_week(day: date) -> str:
    """Which part of the repository is read that week, as restic writes it: ``3/8``."""
    return f"{day.toordinal() // 7 % PARTS + 1}/{PARTS}"


# What is in one


def held(places: Iterable[Place], files: Iterable[tuple[str, int]]) -> dict[str, Held]:
    """What of each place is among *files*: paths and sizes."""
    there = list(places)
    counts = {one.name: [0, 0] for one in there}
    for path, size in files:
        if (place := _place_of(there, path)) is not None:
            counts[place.name][0] += 1
            counts[place.name][1] += size
    return {
        one.name: Held(path=str(one.path), files=counts[one.name][0], bytes=counts[one.name][1])
        for one in there
    }


def _place_of(places: Iterable[Place], path: str) -> Place | None:
    """The place that a file is in: the innermost, if one is in another."""
    around = [one for one in places if PurePath(path).is_relative_to(one.path)]
    return max(around, key=lambda one: len(one.path.parts), default=None)


def check_not_emptied(before: Mapping[str, Held], now: Mapping[str, Held]) -> None:
    """Refuse a backup without files where there were some: their disk is not there.

    Raises:
        PlaceEmptied: With the first such place.
    """
    for name, place in now.items():
        earlier = before.get(name)
        if earlier is not None and earlier.files and not place.files:
            raise PlaceEmptied(path=place.path, count=earlier.files)


# What may be restored


def check_restorable(
    manifest: Manifest, *, dialect: str, known: Collection[str], tables: Collection[str]
) -> None:
    """Refuse a backup that this database, and this code, cannot be given.

    Raises:
        BackupOfOtherDatabase: If it is of another kind.
        BackupOfNewerCode: If the code does not know its tables.
        DatabaseTaken: If the database has tables.
    """
    if manifest.dialect != dialect:
        raise BackupOfOtherDatabase(theirs=manifest.dialect, ours=dialect)
    if not manifest.revisions or not set(manifest.revisions) <= set(known):
        unknown = ", ".join(sorted(set(manifest.revisions) - set(known)))
        raise BackupOfNewerCode(version=manifest.version, revision=unknown or "?")
    if tables:
        raise DatabaseTaken(count=len(tables), table=min(tables))


def check_free(places: Iterable[Place], taken: Callable[[Path], bool]) -> None:
    """Refuse to put files where there are some.

    Raises:
        PlaceTaken: With the first place where there are.
    """
    for place in places:
        if not place.is_file and taken(place.path):
            raise PlaceTaken(path=place.path)


def check_rows(expected: Mapping[str, int], found: Mapping[str, int]) -> None:
    """Refuse a database that has not the rows that were copied.

    Raises:
        RowsDiffer: With the first table at fault.
    """
    for table in sorted(expected.keys() | found.keys()):
        if expected.get(table) != found.get(table):
            raise RowsDiffer(
                table=table, expected=expected.get(table, "?"), found=found.get(table, "?")
            )


def check_files(expected: Held, *, files: int, size: int) -> None:
    """Refuse a place that has not the files that were kept of it.

    Raises:
        FilesDiffer: If it has others, by their count or their size.
    """
    if (expected.files, expected.bytes) != (files, size):
        raise FilesDiffer(
            path=expected.path, expected=expected.files, found=files, bytes=expected.bytes - size
        )


def at(places: Iterable[Place], base: Path) -> list[Place]:
    """The same places, each under its name in one directory."""
    return [replace(one, path=base / one.name, is_file=False) for one in places]


def in_bytes(size: int) -> str:
    """A size, as people say it: ``34,5 Mo``."""
    amount, units = float(size), ["o", "ko", "Mo", "Go", "To"]
    while amount >= 1000 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:.0f} o" if units[0] == "o" else f"{amount:.1f} {units[0]}".replace(".", ",")
