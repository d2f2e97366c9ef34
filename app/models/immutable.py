"""Tables whose rows the database itself refuses to change or delete."""

from collections.abc import Sequence
from dataclasses import dataclass

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
#: The same for rows of which a merge of accounts changes whose they are.
_FUNCTION_MOVES = """
CREATE OR REPLACE FUNCTION refuse_update_of_{table}() RETURNS trigger AS $$
BEGIN
  IF {moves} THEN RETURN NEW; END IF;
  RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation';
END
$$ LANGUAGE plpgsql
"""
_UPDATE_UNLESS = {
    "postgresql": "CREATE TRIGGER {table}_UPDATE BEFORE UPDATE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION refuse_update_of_{table}()",
    "sqlite": "CREATE TRIGGER {table}_UPDATE BEFORE UPDATE ON {table} "
    "WHEN NOT ({moves}) BEGIN SELECT RAISE(ABORT, '{message}'); END",
    "mysql": "CREATE TRIGGER {table}_UPDATE BEFORE UPDATE ON {table} FOR EACH ROW "
    "IF NOT ({moves}) THEN SIGNAL SQLSTATE '23000' SET MESSAGE_TEXT = '{message}'; END IF",
}
_UPDATE_UNLESS["mariadb"] = _UPDATE_UNLESS["mysql"]
#: Whether a column has the very same value, or none, before and after.
_SAME = {
    "postgresql": "OLD.{0} IS NOT DISTINCT FROM NEW.{0}",
    "sqlite": "OLD.{0} IS NEW.{0}",
    "mysql": "BINARY OLD.{0} <=> BINARY NEW.{0}",
}
_SAME["mariadb"] = _SAME["mysql"]
_MERGED = (
    "EXISTS (SELECT 1 FROM merged_account AS merged "
    "WHERE merged.absorbed_id = OLD.{0} AND merged.kept_id = NEW.{0})"
)


#: The tables that are guarded, wherever the models are.
_guarded: set[str] = set()


@dataclass(frozen=True, slots=True)
class Moving:
    """Columns that say whose a row is: a merge changes them, once it is written down."""

    owners: Sequence[str]
    #: All the others, which nothing changes.
    kept: Sequence[str]

    def condition(self, dialect: str) -> str:
        """When a row may be changed, in SQL."""
        same = _SAME[dialect]
        moved = [f"({same} OR {_MERGED})".format(name) for name in self.owners]
        return " AND ".join([*moved, *(same.format(name) for name in self.kept)])


def guard_statements(
    table: str, dialect: str, *, deletable: str | None = None, moving: Moving | None = None
) -> list[str]:
    """What has a database refuse any change of the rows of *table*.

    *deletable*: a condition of SQL on ``OLD``, under which a row may yet be deleted.
    *moving*: which of its columns a merge of accounts changes.
    """
    words = {
        "table": table,
        "message": _MESSAGE.format(table=table),
        "deletable": deletable,
        "moves": moving.condition(dialect) if moving else None,
    }
    templates = [_FUNCTION] if dialect == "postgresql" else []
    if deletable and dialect == "postgresql":
        templates.append(_FUNCTION_UNLESS)
    if moving and dialect == "postgresql":
        templates.append(_FUNCTION_MOVES)
    statements = [template.format(**words) for template in templates]
    update = _UPDATE_UNLESS[dialect] if moving else _TRIGGERS[dialect]
    statements.append(update.format(verb="UPDATE", **words))
    delete = _DELETE_UNLESS[dialect] if deletable else _TRIGGERS[dialect]
    statements.append(delete.format(verb="DELETE", **words))
    # SQLite has no such statement; on MariaDB no trigger sees it: it takes the right to DROP
    if dialect == "postgresql":
        statements.append(_TRUNCATE.format(table=table))
    return statements


def guards(dialect: str) -> frozenset[str]:
    """The names of the triggers that a database must have, in small letters."""
    verbs = ("update", "delete", *(("truncate",) if dialect == "postgresql" else ()))
    return frozenset(f"{table}_{verb}" for table in _guarded for verb in verbs)


def unguard_statements(table: str, dialect: str, *, dropped: bool = True) -> list[str]:
    """What is left to remove once the table is gone; its triggers too if it is not."""
    statements = []
    if not dropped:
        verbs = ("UPDATE", "DELETE", *(("TRUNCATE",) if dialect == "postgresql" else ()))
        on = f" ON {table}" if dialect == "postgresql" else ""
        statements = [f"DROP TRIGGER IF EXISTS {table}_{verb}{on}" for verb in verbs]
    if dialect == "postgresql":
        names = [f"refuse_{verb}_of_{table}" for verb in ("change", "delete", "update")]
        statements += [f"DROP FUNCTION IF EXISTS {name}()" for name in names]
    return statements


def refuse_changes(
    table: sa.FromClause, *, deletable: str | None = None, moving: Moving | None = None
) -> None:
    """Guard *table* wherever it is made from the models, as its migration does."""
    _guarded.add(str(getattr(table, "name", "")))

    def guard(made: sa.Table, connection: sa.Connection, **_options: object) -> None:
        dialect = connection.dialect.name
        for statement in guard_statements(made.name, dialect, deletable=deletable, moving=moving):
            connection.exec_driver_sql(statement)

    def unguard(dropped: sa.Table, connection: sa.Connection, **_options: object) -> None:
        for statement in unguard_statements(dropped.name, connection.dialect.name):
            connection.exec_driver_sql(statement)

    event.listen(table, "after_create", guard)
    event.listen(table, "after_drop", unguard)
