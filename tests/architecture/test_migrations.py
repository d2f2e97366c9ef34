"""Migrations let the release that runs go on: they only add, unless they say since when."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
VERSIONS = ROOT / "migrations/versions"
#: Those of before were run with the site closed.
LAST_BEFORE = "20261202_calendar"
#: What takes away, or refuses what was accepted.
TAKE_AWAY = frozenset({"drop_column", "drop_table", "rename_table"})
TIGHTEN = frozenset({"create_unique_constraint", "create_check_constraint", "create_foreign_key"})
SQL = re.compile(r"\b(DROP|RENAME|ALTER)\s+(TABLE|COLUMN)\b|\bRENAME\s+TO\b", re.IGNORECASE)


def faults(source: str) -> Iterator[str]:
    """What the release that runs would not bear."""
    tree = ast.parse(source)
    body = [
        one
        for one in tree.body
        if not (isinstance(one, ast.FunctionDef) and one.name == "downgrade")
    ]
    calls = [node for part in body for node in ast.walk(part) if isinstance(node, ast.Call)]
    made = {_text(call.args[0]) for call in calls if _name(call) == "create_table" and call.args}
    for call in calls:
        name, words = _name(call), {word.arg: word.value for word in call.keywords}
        if name in TAKE_AWAY:
            yield f"{name} at line {call.lineno}"
        if name in TIGHTEN and _table(call, body) not in made:
            yield f"{name} at line {call.lineno}"
        if name == "alter_column" and {"new_column_name", "type_"} & words.keys():
            yield f"another name or type at line {call.lineno}"
        if name == "alter_column" and _is(words.get("nullable"), "False"):
            yield f"NOT NULL at line {call.lineno}"
        if name == "alter_column" and _is(words.get("server_default", ast.Constant(0)), "None"):
            yield f"a default is taken away at line {call.lineno}"
        if name == "add_column":
            yield from _new_column(call)
    for node in (node for part in body for node in ast.walk(part)):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and SQL.search(node.value)
        ):
            yield f"{node.value[:40]!r} at line {node.lineno}"


def _new_column(call: ast.Call) -> Iterator[str]:
    for column in (arg for arg in call.args if isinstance(arg, ast.Call)):
        words = {word.arg: word.value for word in column.keywords}
        if _is(words.get("nullable"), "False") and "server_default" not in words:
            yield f"a column that the release that runs does not fill at line {column.lineno}"


def _table(call: ast.Call, body: list[ast.stmt]) -> str:
    """The table that a call is about: named by it, or by the block that it is in."""
    for part in body:
        for block in ast.walk(part):
            if isinstance(block, ast.With) and call in ast.walk(block):
                opened = block.items[0].context_expr
                if isinstance(opened, ast.Call) and opened.args:
                    return _text(opened.args[0])
    return _text(call.args[1]) if len(call.args) > 1 else ""


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _text(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ""


def _is(node: ast.expr | None, word: str) -> bool:
    return isinstance(node, ast.Constant) and ast.unparse(node) == word


def declared(source: str) -> str | None:
    """The version since which nobody reads what it takes away."""
    found = re.search(r'^CONTRACTS = "([^"]+)"$', source, re.MULTILINE)
    return found[1] if found else None


def released() -> list[str]:
    return re.findall(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize(
    "path",
    [one for one in sorted(VERSIONS.glob("*.py")) if one.stem > LAST_BEFORE],
    ids=lambda path: path.stem,
)
def test_a_migration_only_adds(path: Path) -> None:
    source = path.read_text()
    since = declared(source)
    if since is None:
        assert list(faults(source)) == [], "expand first, contract in a later release (docs)"
    else:
        assert since in released(), f"CONTRACTS = {since!r}: a version of the CHANGELOG"


@pytest.mark.parametrize(
    "line",
    [
        'op.drop_column("pceen", "nom")',
        'op.drop_table("pceen")',
        'op.rename_table("pceen", "person")',
        'op.alter_column("pceen", "nom", new_column_name="name")',
        'op.alter_column("pceen", "nom", type_=sa.String(3))',
        'op.alter_column("pceen", "nom", nullable=False)',
        'op.alter_column("pceen", "nom", server_default=None)',
        'op.add_column("pceen", sa.Column("age", sa.Integer(), nullable=False))',
        'op.create_unique_constraint("uq_pceen_nom", "pceen", ["nom"])',
        'op.create_check_constraint("ck_pceen_nom", "pceen", "nom > 1")',
        'op.execute("ALTER TABLE pceen DROP COLUMN nom")',
    ],
)
def test_what_takes_away_is_refused(line: str) -> None:
    assert list(faults(f"def upgrade():\n    {line}\n"))
    batch = line.replace("op.", "batch_op.")
    block = 'with op.batch_alter_table("pceen") as batch_op:'
    assert list(faults(f"def upgrade():\n    {block}\n        {batch}\n"))


@pytest.mark.parametrize(
    "line",
    [
        'op.add_column("a", sa.Column("b", sa.Integer(), nullable=True))',
        'op.add_column("a", sa.Column("b", sa.Integer(), nullable=False, server_default="0"))',
        'op.create_table("a"); op.create_unique_constraint("uq", "a", ["b"])',
        'op.create_index("ix", "a", ["b"])',
    ],
)
def test_what_adds_is_accepted(line: str) -> None:
    back = 'def downgrade():\n    op.drop_table("a")\n'
    assert list(faults(f"def upgrade():\n    {line}\n\n{back}")) == []


def test_a_contraction_says_since_when() -> None:
    assert declared('"""Less."""\n\nCONTRACTS = "0.9.0"\n') == "0.9.0"
    assert "0.9.0" in released()
