"""Tables whose rows the database itself refuses to change or delete."""

import sqlalchemy as sa
from sqlalchemy import event

_MESSAGE = "rows of {table} are never changed"
_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change_of_{table}() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END
$$ LANGUAGE plpgsql
"""
_TRUNCATE = (
    "CREATE TRIGGER {table}_TRUNCATE BEFORE TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_{table}()"
)
_TRIGGERS = {
    "postgresql": "CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_{table}()",
    "sqlite": "CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table} "
    "BEGIN SELECT RAISE(ABORT, '{message}'); END",
    "mysql": "CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table} "
    "FOR EACH ROW SIGNAL SQLSTATE '23000' SET MESSAGE_TEXT = '{message}'",
}
_TRIGGERS["mariadb"] = _TRIGGERS["mysql"]


def guard_statements(table: str, dialect: str) -> list[str]:
    """What has a database refuse any change of the rows of *table*."""
    message = _MESSAGE.format(table=table)
    statements = [_FUNCTION.format(table=table, message=message)] if dialect == "postgresql" else []
    statements += [
        _TRIGGERS[dialect].format(table=table, verb=verb, message=message)
        for verb in ("UPDATE", "DELETE")
    ]
    if (
        dialect == "postgresql"
    ):  # SQLite has no such statement, MariaDB refuses it: lines point at lines
        statements.append(_TRUNCATE.format(table=table))
    return statements


def unguard_statements(table: str, dialect: str) -> list[str]:
    """What is left to remove once the table, and its triggers with it, is gone."""
    if dialect != "postgresql":
        return []
    return [f"DROP FUNCTION IF EXISTS refuse_change_of_{table}()"]


def refuse_changes(table: sa.FromClause) -> None:
    """Guard *table* wherever it is made from the models, as its migration does."""

    def guard(made: sa.Table, connection: sa.Connection, **_options: object) -> None:
        for statement in guard_statements(made.name, connection.dialect.name):
            connection.exec_driver_sql(statement)

    def unguard(dropped: sa.Table, connection: sa.Connection, **_options: object) -> None:
        for statement in unguard_statements(dropped.name, connection.dialect.name):
            connection.exec_driver_sql(statement)

    event.listen(table, "after_create", guard)
    event.listen(table, "after_drop", unguard)
