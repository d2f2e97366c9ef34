"""The databases of a run: each process of the suite has its own, made if it is missing.

``TEST_DATABASE_URL`` says where; without it the tests are in memory, on SQLite.
"""

import os
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


def own(url: sa.URL, folder: Path) -> sa.URL:
    """An empty database next to that of *url*, in *folder* if it is a file."""
    if url.get_backend_name() not in DIALECTS:
        return sa.URL.create("sqlite", database=str(folder / "own.db"))
    url = url.set(database=f"{url.database}_own")
    create(url, afresh=True)
    return url


def create(url: sa.URL, *, afresh: bool = False) -> None:
    """Make the database of *url* if it is missing; *afresh* drops it first."""
    dialect = DIALECTS[url.get_backend_name()]
    server = sa.create_engine(url.set(database=dialect.home), isolation_level="AUTOCOMMIT")
    quoted = server.dialect.identifier_preparer.quote_identifier(url.database or "")
    with server.connect() as connection:
        if afresh:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {quoted} {dialect.drop_options}")
        if afresh or url.database not in connection.scalars(sa.text(dialect.names)).all():
            connection.exec_driver_sql(f"CREATE DATABASE {quoted} {dialect.create_options}")
    server.dispose()
