"""The release before goes on writing, on the tables of the next one."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import downgrade, upgrade

from app.extensions import db
from app.modules.operations import around
from tests import database_urls
from tests.architecture.test_migrations import LAST_BEFORE, VERSIONS, declared

Columns = dict[tuple[str, str], dict[str, Any]]


def test_what_a_release_writes_is_accepted_by_the_tables_of_the_next(fresh: Flask) -> None:
    with fresh.app_context():
        upgrade(revision=LAST_BEFORE)
        before = _columns()
        for revision in _revisions_after(LAST_BEFORE):
            upgrade(revision=revision)
            now = _columns()
            if declared((VERSIONS / f"{revision}.py").read_text()) is None:
                assert _wrong(before, now) == [], revision
            before = now


def test_what_would_not_be_accepted_is_seen(fresh: Flask) -> None:
    with fresh.app_context(), db.engine.begin() as connection:
        metadata = sa.MetaData()
        for name, columns in {
            "before": (sa.Column("a", sa.String(8)), sa.Column("b", sa.String(8))),
            "after": (sa.Column("a", sa.String(4)), sa.Column("c", sa.Integer, nullable=False)),
        }.items():
            sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True), *columns)
        metadata.create_all(connection)
        inspector = sa.inspect(connection)
        found = {
            name: {("one", one["name"]): one for one in inspector.get_columns(name)}
            for name in ("before", "after")
        }
        assert _wrong(found["before"], found["after"]) == [
            "one.a is shorter",
            "one.b is gone",
            "one.c is asked for",
        ]


def test_a_table_that_is_in_use_is_not_waited_for(
    fresh: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with fresh.app_context():
        if db.engine.dialect.name == "sqlite":
            pytest.skip("SQLite locks whole files, and has its own patience")
        upgrade(revision=LAST_BEFORE)
        with db.engine.connect() as reader:
            reader.execute(sa.text("SELECT count(*) FROM club"))
            with pytest.raises(SystemExit):
                downgrade(revision="20261201_community")

        assert "a table is in use for more than 3 s. On PostgreSQL" in caplog.text
        assert sa.inspect(db.engine).has_table("club")
        if db.engine.dialect.name == "postgresql":  # elsewhere what was done before stays done
            downgrade(revision="20261201_community")
            assert not sa.inspect(db.engine).has_table("club")


def test_tables_are_changed_as_who_may(fresh: Flask, tmp_path: Path) -> None:
    with fresh.app_context():
        other = database_urls.own(db.engine.url, tmp_path, name="owner")
        settings = fresh.extensions["settings"]
        url = other.render_as_string(hide_password=False)
        fresh.extensions["settings"] = settings.model_copy(update={"migration_url": url})
        upgrade(revision="20261124_start")

        assert not sa.inspect(db.engine).has_table("pceen")
        engine = sa.create_engine(other)
        assert sa.inspect(engine).has_table("pceen")
        engine.dispose()


def _revisions_after(revision: str) -> list[str]:
    followed = {before: one for one, names in around._migrations().items() for before in names}
    found = []
    while revision := followed.get(revision, ""):
        found.append(revision)
    return found


def _columns() -> Columns:
    inspector = sa.inspect(db.engine)
    return {
        (table, one["name"]): dict(one)
        for table in inspector.get_table_names()
        for one in inspector.get_columns(table)
    }


def _wrong(before: Columns, now: Columns) -> list[str]:
    """What the code that knows the tables of *before* cannot write any more."""
    tables = {table for table, _ in before}
    wrong = [f"{t}.{name} is gone" for t, name in before if (t, name) not in now]
    for (table, name), column in now.items():
        was = before.get((table, name))
        if table not in tables:
            continue
        is_asked = not column["nullable"] and column["default"] is None
        if (
            is_asked
            and column.get("autoincrement") is not True
            and (was is None or was["nullable"])
        ):
            wrong.append(f"{table}.{name} is asked for")
        longest = was and getattr(was["type"], "length", None)
        if longest and (getattr(column["type"], "length", None) or longest) < longest:
            wrong.append(f"{table}.{name} is shorter")
    return sorted(wrong)
