"""The databases of a run: each process of the suite has its own, made if it is missing.

``TEST_DATABASE_URL`` says where; without it the tests are in memory, on SQLite.
"""

import os
import shutil
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa


class Dialect(NamedTuple):
    """How a server speaks of its databases."""

    #: One that is always there.
    home: str
    names: str
    create_options: str = ""
    drop_options: str = ""
    #: What makes a copy of another, whose name follows; nothing where there is no such thing.
    copy_options: str = ""


_MARIADB = Dialect(
    home="information_schema",
    names="SELECT schema_name FROM information_schema.schemata",
    # The keys we compare by are computed by us: letters must be equal as on the others.
    create_options="CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
)
DIALECTS = {
    "postgresql": Dialect(
        home="postgres",
        names="SELECT datname FROM pg_database",
        drop_options="WITH (FORCE)",
        copy_options="TEMPLATE",
    ),
    "mariadb": _MARIADB,
    "mysql": _MARIADB,
}


def of_this_process() -> str:
    """Where this process keeps its tables, as the settings want it written."""
    url = sa.make_url(os.environ.get("TEST_DATABASE_URL", "sqlite://"))  # noqa: TID251  # not the site's
    if url.get_backend_name() in DIALECTS:
        worker = os.environ.get("PYTEST_XDIST_WORKER")  # noqa: TID251  # written by pytest-xdist
        url = url.set(database=f"{url.database}_{worker}") if worker else url
        create(url)
    return url.render_as_string(hide_password=False)


def own(url: sa.URL, folder: Path, *, name: str = "own") -> sa.URL:
    """An empty database next to that of *url*, in *folder* if it is a file."""
    if url.get_backend_name() not in DIALECTS:
        return sa.URL.create("sqlite", database=str(folder / f"{name}.db"))
    url = url.set(database=f"{url.database}_{name}")
    create(url, afresh=True)
    return url


def copied(model: sa.URL, folder: Path, metadata: sa.MetaData) -> sa.URL:
    """A copy of the database of *model*, that nobody is using; in *folder* if it is a file.

    It takes the place of the one before, much sooner than its tables would be made again.
    """
    dialect = DIALECTS.get(model.get_backend_name())
    if dialect is None:
        shutil.copy(str(model.database), folder / "copy.db")
        return model.set(database=str(folder / "copy.db"))
    url = model.set(database=f"{model.database}_copy")
    if dialect.copy_options:
        create(url, afresh=True, like=model)
    else:
        _refill(url, model, metadata)
    return url


def _refill(url: sa.URL, model: sa.URL, metadata: sa.MetaData) -> None:
    """Copy, where the server cannot: only the tables that hold something are done again."""
    create(url)
    engine = sa.create_engine(url)
    quote = engine.dialect.identifier_preparer.quote_identifier
    wanted = {
        name: f"{quote(str(model.database))}.{quote(name)}" for name in _tables(engine, model)
    }
    if _tables(engine, url) != list(wanted):
        create(url, afresh=True)
        metadata.create_all(engine)
    held = " UNION ALL ".join(
        f"SELECT '{name}', EXISTS (SELECT 1 FROM {quote(name)}), EXISTS (SELECT 1 FROM {full})"
        for name, full in wanted.items()
    )
    with engine.begin() as connection:
        run = connection.exec_driver_sql
        run("SET SESSION foreign_key_checks = 0, lock_wait_timeout = 30")
        for name in wanted.keys() - set(_tables(engine, url)):
            run(f"CREATE TABLE {quote(name)} LIKE {wanted[name]}")
        for name, is_held, is_wanted in run(held).all():
            if is_held:
                run(f"TRUNCATE TABLE {quote(name)}")
            if is_wanted:
                run(f"INSERT INTO {quote(name)} SELECT * FROM {wanted[name]}")
    engine.dispose()


def _tables(engine: sa.Engine, url: sa.URL) -> list[str]:
    return sorted(sa.inspect(engine).get_table_names(schema=url.database))


def create(url: sa.URL, *, afresh: bool = False, like: sa.URL | None = None) -> None:
    """Make the database of *url* if it is missing; *afresh* drops it first.

    It is a copy of that of *like*, which nobody is using.
    """
    dialect = DIALECTS[url.get_backend_name()]
    server = sa.create_engine(url.set(database=dialect.home), isolation_level="AUTOCOMMIT")
    quote = server.dialect.identifier_preparer.quote_identifier
    quoted, options = quote(url.database or ""), dialect.create_options
    if like is not None:
        options = f"{dialect.copy_options} {quote(like.database or '')}"
    with server.connect() as connection:
        if afresh:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {quoted} {dialect.drop_options}")
        if afresh or url.database not in connection.scalars(sa.text(dialect.names)).all():
            connection.exec_driver_sql(f"CREATE DATABASE {quoted} {options}")
    server.dispose()
