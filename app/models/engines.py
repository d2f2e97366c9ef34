"""Make the databases keep the same promises: foreign keys, locks, savepoints, a role 0."""

from typing import Any

from sqlalchemy import Connection, Engine, ExceptionContext, event
from sqlalchemy.exc import DBAPIError, OperationalError

#: How long a writer of SQLite waits for the others, in milliseconds.
PATIENCE = 10_000


@event.listens_for(Engine, "connect")
def _on_connect(dbapi_connection: Any, record: Any) -> None:  # noqa: ARG001
    driver = type(dbapi_connection).__module__.partition(".")[0]
    if driver == "sqlite3":
        dbapi_connection.isolation_level = None
        dbapi_connection.execute("PRAGMA foreign_keys = ON")
        dbapi_connection.execute("PRAGMA journal_mode = WAL")
        dbapi_connection.execute(f"PRAGMA busy_timeout = {PATIENCE}")
    elif driver == "pymysql":
        # Else 0, the id of the public role, would mean "the next number".
        with dbapi_connection.cursor() as cursor:
            modes = "STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO"
            cursor.execute(f"SET SESSION sql_mode = CONCAT(@@sql_mode, ',{modes}')")


@event.listens_for(Engine, "handle_error")
def _on_error(context: ExceptionContext) -> OperationalError | None:
    """Call a connection that is lost one name, whatever the driver calls it in the middle."""
    found = context.sqlalchemy_exception
    if not context.is_disconnect or not isinstance(found, DBAPIError):
        return None
    if isinstance(found, OperationalError):
        return None
    return OperationalError(
        found.statement,
        found.params,
        context.original_exception,
        hide_parameters=found.hide_parameters,
        connection_invalidated=True,
    )


@event.listens_for(Engine, "begin")
def _on_begin(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    # It has no row locks: whoever means to write takes the whole file first.
    writes = connection.get_execution_options().get("writes")
    if writes == "briefly":
        connection.exec_driver_sql("PRAGMA busy_timeout = 100")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {PATIENCE}")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
