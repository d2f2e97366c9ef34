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
#: The same for rows that may be deleted once a condition on ``OLD`` holds.
_FUNCTION_UNLESS = """
CREATE OR REPLACE FUNCTION refuse_delete_of_{table}() RETURNS trigger AS $$
BEGIN
  IF {deletable} THEN RETURN OLD; END IF;
  RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation';
END
$$ LANGUAGE plpgsql
"""
_DELETE_UNLESS = {
    "postgresql": "CREATE TRIGGER {table}_DELETE BEFORE DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION refuse_delete_of_{table}()",
    "sqlite": "CREATE TRIGGER {table}_DELETE BEFORE DELETE ON {table} "
    "WHEN NOT {deletable} BEGIN SELECT RAISE(ABORT, '{message}'); END",
    "mysql": "CREATE TRIGGER {table}_DELETE BEFORE DELETE ON {table} FOR EACH ROW "
    "IF NOT {deletable} THEN SIGNAL SQLSTATE '23000' SET MESSAGE_TEXT = '{message}'; END IF",
}
_DELETE_UNLESS["mariadb"] = _DELETE_UNLESS["mysql"]


def guard_statements(table: str, dialect: str, *, deletable: str | None = None) -> list[str]:
    """What has a database refuse any change of the rows of *table*.

    *deletable*: a condition of SQL on ``OLD``, under which a row may yet be deleted.
    """
    words = {"table": table, "message": _MESSAGE.format(table=table), "deletable": deletable}
    templates = [_FUNCTION] if dialect == "postgresql" else []
    if deletable and dialect == "postgresql":
        templates.append(_FUNCTION_UNLESS)
    statements = [template.format(**words) for template in templates]
    statements.append(_TRIGGERS[dialect].format(verb="UPDATE", **words))
    delete = _DELETE_UNLESS[dialect] if deletable else _TRIGGERS[dialect]
    statements.append(delete.format(verb="DELETE", **words))
    if (
        dialect == "postgresql"
    ):  # SQLite has no such statement, MariaDB refuses it: lines point at lines
        statements.append(_TRUNCATE.format(table=table))
    return statements


def unguard_statements(table: str, dialect: str, *, dropped: bool = True) -> list[str]:
    """What is left to remove once the table is gone; its triggers too if it is not."""
    statements = []
    if not dropped:
        verbs = ("UPDATE", "DELETE", *(("TRUNCATE",) if dialect == "postgresql" else ()))
        on = f" ON {table}" if dialect == "postgresql" else ""
        statements = [f"DROP TRIGGER IF EXISTS {table}_{verb}{on}" for verb in verbs]
    if dialect == "postgresql":
        names = (f"refuse_change_of_{table}", f"refuse_delete_of_{table}")
        statements += [f"DROP FUNCTION IF EXISTS {name}()" for name in names]
    return statements


def refuse_changes(table: sa.FromClause, *, deletable: str | None = None) -> None:
    """Guard *table* wherever it is made from the models, as its migration does."""

    def guard(made: sa.Table, connection: sa.Connection, **_options: object) -> None:
        dialect = connection.dialect.name
        for statement in guard_statements(made.name, dialect, deletable=deletable):
            connection.exec_driver_sql(statement)

    def unguard(dropped: sa.Table, connection: sa.Connection, **_options: object) -> None:
        for statement in unguard_statements(dropped.name, connection.dialect.name):
            connection.exec_driver_sql(statement)

    event.listen(table, "after_create", guard)
    event.listen(table, "after_drop", unguard)
