"""Which backups are kept, what one says of itself, where one may be restored."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.core.clock import PARIS
from app.core.errors import DomainError
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
from app.modules.operations.rules import backups as rules
from app.modules.operations.rules.backups import Held, Manifest, Place, Retention
from app.modules.operations.rules.schedule import in_words

pytestmark = pytest.mark.once

NIGHT = datetime(2026, 12, 1, 3, 30, tzinfo=PARIS)
PHOTOS = Place(name="photos", path=Path("/srv/site/photos"))
HELD = Held(path="/srv/site/photos", files=2, bytes=30)
MANIFEST = Manifest(
    version="1.2.3",
    revisions=("20261202_calendar",),
    dialect="postgresql",
    server="15.3",
    began_at=NIGHT,
    ended_at=NIGHT + timedelta(minutes=3),
    dump="database.dump",
    dump_bytes=1234,
    dump_sha256="ab" * 32,
    rows={"pceen": 3, "room": 160},
    files="0123abcd",
    places={"photos": HELD},
    gone=("/srv/site/photos/a/é.jpg",),
    earlier="89abcdef",
)


def nightly(count: int, *, last: datetime = NIGHT) -> dict[str, datetime]:
    """A backup each night, named by its day."""
    nights = (last - timedelta(days=ago) for ago in range(count))
    return {f"{at:%Y-%m-%d}": at for at in nights}


# Retention


@pytest.mark.parametrize("count", [0, 1, 5, 7])
def test_all_are_kept_while_there_are_few(count: int) -> None:
    assert set(rules.kept(nightly(count), Retention(days=7))) == set(nightly(count))


def test_only_so_many_days_are_kept() -> None:
    kept = rules.kept(nightly(30), Retention(days=7))

    assert list(kept) == list(nightly(7))
    assert kept["2026-12-01"] == ("last", "day")
    assert kept["2026-11-25"] == ("day",)


def test_the_last_of_each_week_and_of_each_month_is_kept() -> None:
    kept = rules.kept(nightly(400), Retention(days=2, weeks=3, months=4))

    assert kept == {
        "2026-12-01": ("last", "day", "week", "month"),  # a Tuesday
        "2026-11-30": ("day", "month"),
        "2026-11-29": ("week",),  # Sunday
        "2026-11-22": ("week",),
        "2026-10-31": ("month",),
        "2026-09-30": ("month",),
    }


@pytest.mark.parametrize(
    ("days", "weeks", "months", "count"),
    [(1, 0, 0, 1), (7, 5, 6, 14), (14, 4, 12, 25), (1, 0, 3, 3)],
)
def test_a_year_of_nights_comes_down_to_a_few(
    days: int, weeks: int, months: int, count: int
) -> None:
    kept = rules.kept(nightly(365), Retention(days=days, weeks=weeks, months=months))

    assert len(kept) == count
    assert sum("day" in reasons for reasons in kept.values()) == days
    assert sum("week" in reasons for reasons in kept.values()) == weeks
    assert sum("month" in reasons for reasons in kept.values()) == months


def test_of_several_on_a_day_the_last_is_kept() -> None:
    made = {"morning": NIGHT, "noon": NIGHT.replace(hour=12), "evening": NIGHT.replace(hour=20)}

    assert set(rules.kept(made, Retention(days=7))) == {"evening"}


def test_what_is_pruned_twice_is_pruned_once() -> None:
    made = nightly(200)
    retention = Retention(days=7, weeks=5, months=6)
    once = rules.kept(made, retention)

    assert rules.kept({name: made[name] for name in once}, retention) == once


def test_pruning_each_night_keeps_what_pruning_once_does() -> None:
    retention, left = Retention(days=7, weeks=5, months=6), dict[str, datetime]()
    for name, at in reversed(nightly(365).items()):
        left = {**left, name: at}
        left = {name: left[name] for name in rules.kept(left, retention)}

    assert set(left) == set(rules.kept(nightly(365), retention))


def test_a_site_that_was_stopped_loses_none_of_its_last_backups() -> None:
    made = nightly(10, last=NIGHT - timedelta(days=300))

    assert set(rules.kept(made, Retention(days=7))) == set(list(made)[:7])


def test_the_last_one_is_kept_though_another_is_of_the_same_instant() -> None:
    kept = rules.kept({"a": NIGHT, "b": NIGHT}, Retention(days=1))

    assert set(kept) == {"b"}


def test_days_are_those_of_the_clock_on_the_wall() -> None:
    """Half past midnight in Paris is yesterday in UTC."""
    made = {
        "late": datetime(2026, 6, 1, 23, 30, tzinfo=PARIS),
        "early": datetime(2026, 6, 2, 0, 30, tzinfo=PARIS),
    }

    assert set(rules.kept(made, Retention(days=2))) == {"late", "early"}


def test_each_part_of_the_repository_has_its_week() -> None:
    weeks = [date(2026, 1, 4) + timedelta(weeks=rank) for rank in range(rules.PARTS)]

    parts = {rules.part_of_the_week(day) for day in weeks}

    assert parts == {f"{rank}/{rules.PARTS}" for rank in range(1, rules.PARTS + 1)}


# Manifests


def test_a_manifest_is_read_as_it_was_written() -> None:
    assert Manifest.from_json(MANIFEST.to_json()) == MANIFEST
    assert Manifest.from_json(MANIFEST.to_json().encode()) == MANIFEST
    without = replace(MANIFEST, files=None, earlier=None, gone=())
    assert Manifest.from_json(without.to_json()) == without


@pytest.mark.parametrize(
    "change",
    [
        lambda _text: "",
        lambda _text: "[]",
        lambda text: text[:-30],
        lambda text: text.replace('"format": 1', '"format": 2'),
        lambda text: text.replace('"dialect"', '"dialekt"'),
        lambda text: text.replace('"bytes"', '"octets"'),
        lambda text: text.replace("2026-12", "2026-13"),
    ],
)
def test_what_is_no_manifest_is_refused(change: Callable[[str], str]) -> None:
    with pytest.raises(ManifestWrong):
        Manifest.from_json(change(MANIFEST.to_json()))


def test_files_are_counted_in_the_innermost_place() -> None:
    inner = Place(name="inner", path=PHOTOS.path / "inner")
    beside = Place(name="beside", path=Path("/srv/site/photos-old"))
    files = [
        ("/srv/site/photos/a", 10),
        ("/srv/site/photos/inner/b", 5),
        ("/srv/site/photos-old/c", 7),
        ("/elsewhere", 99),
    ]

    held = rules.held([PHOTOS, inner, beside], files)

    assert {name: (one.files, one.bytes) for name, one in held.items()} == {
        "photos": (1, 10),
        "inner": (1, 5),
        "beside": (1, 7),
    }


def test_a_place_that_had_files_and_has_none_is_a_disk_that_is_not_there() -> None:
    nothing = replace(HELD, files=0, bytes=0)
    rules.check_not_emptied({}, {"photos": nothing})
    rules.check_not_emptied({"photos": nothing}, {"photos": nothing})
    rules.check_not_emptied({"photos": HELD}, {"photos": replace(HELD, files=1)})

    with pytest.raises(PlaceEmptied) as refused:
        rules.check_not_emptied({"photos": HELD}, {"photos": nothing})

    assert refused.value.details == {"path": "/srv/site/photos", "count": 2}


# Restoring


def restorable(**values: Any) -> None:
    here = {"dialect": "postgresql", "known": {"20261202_calendar", "20261124_start"}, "tables": []}
    rules.check_restorable(MANIFEST, **{**here, **values})


def test_an_empty_database_of_the_same_kind_may_be_given_a_backup() -> None:
    restorable()


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"dialect": "mariadb"}, BackupOfOtherDatabase),
        ({"known": {"20261124_start"}}, BackupOfNewerCode),
        ({"known": set()}, BackupOfNewerCode),
        ({"tables": ["alembic_version"]}, DatabaseTaken),
        ({"tables": ["room", "pceen"]}, DatabaseTaken),
    ],
)
def test_another_may_not(values: dict[str, Any], refusal: type[DomainError]) -> None:
    with pytest.raises(refusal):
        restorable(**values)


def test_a_backup_without_a_revision_is_restored_nowhere() -> None:
    with pytest.raises(BackupOfNewerCode):
        rules.check_restorable(
            replace(MANIFEST, revisions=()), dialect="postgresql", known=["a"], tables=[]
        )


def test_files_go_where_there_are_none() -> None:
    settings = Place(name="settings", path=Path("/srv/site/.env"), is_file=True)
    rules.check_free([PHOTOS, settings], lambda path: path == settings.path)

    with pytest.raises(PlaceTaken):
        rules.check_free([PHOTOS, settings], lambda path: path == PHOTOS.path)


@pytest.mark.parametrize(
    "found", [{"pceen": 2, "room": 160}, {"pceen": 3}, {"pceen": 3, "room": 160, "more": 0}]
)
def test_rows_that_are_missing_or_too_many_are_noticed(found: dict[str, int]) -> None:
    rules.check_rows(MANIFEST.rows, dict(MANIFEST.rows))

    with pytest.raises(RowsDiffer):
        rules.check_rows(MANIFEST.rows, found)


@pytest.mark.parametrize(("files", "size"), [(1, 30), (2, 29), (3, 30), (0, 0)])
def test_files_that_are_missing_or_cut_are_noticed(files: int, size: int) -> None:
    rules.check_files(HELD, files=2, size=30)

    with pytest.raises(FilesDiffer):
        rules.check_files(HELD, files=files, size=size)


@pytest.mark.parametrize(
    ("size", "said"),
    [(0, "0 o"), (999, "999 o"), (1000, "1,0 ko"), (34_567_890, "34,6 Mo"), (3e13, "30,0 To")],
)
def test_sizes_are_said_as_people_do(size: int, said: str) -> None:
    assert rules.in_bytes(size) == said


def test_what_is_done_each_week_is_said_in_words(app: Any) -> None:
    with app.app_context():
        assert in_words("0 10 * * sun") == "chaque dimanche à 10 h 00"
        assert in_words("0 10 * * 1") == "0 10 * * 1"
