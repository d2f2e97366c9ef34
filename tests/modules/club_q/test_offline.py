"""``flask club-q solve`` and ``check``: files in, JSON out, no database."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner

from app.modules.club_q.demo.instances import generate
from app.modules.club_q.rules.instance import Instance, read
from app.settings import ROOT
from tests.modules.club_q.instances import SEED

pytestmark = pytest.mark.once

ONE = generate(7, people=30, shows=8, wishes=4)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path / "input.json", ONE)


def written(path: Path, one: Instance) -> Path:
    path.write_text(one.canonical())
    return path


def solve(cli: FlaskCliRunner, file: Path, strategy: str = "fair") -> str:
    done = cli.invoke(
        args=["club-q", "solve", str(file), "--strategy", strategy, "--seed", SEED.hex()]
    )
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize("strategy", ["fair", "classic"])
def test_what_is_solved_is_right(
    cli: FlaskCliRunner, file: Path, tmp_path: Path, strategy: str
) -> None:
    said = solve(cli, file, strategy)
    told = json.loads(said)
    assert told["strategy"] == strategy
    assert told["input_hash"] == ONE.digest()
    assert {"grants", "figures", "objectives", "result_hash"} <= told.keys()
    result = tmp_path / "result.json"
    result.write_text(said)
    asked = ["club-q", "check", str(file), str(result), "--seed", SEED.hex()]
    assert cli.invoke(args=asked).exit_code == 0
    assert solve(cli, file, strategy) == said


def test_no_database_is_needed(file: Path) -> None:
    nowhere = "postgresql+psycopg2://nobody@192.0.2.1:1/none"
    asked = ["--app", "pc-est-magique.py", "club-q", "solve", str(file), "--seed", SEED.hex()]
    done = subprocess.run(
        [sys.executable, "-m", "flask", *asked],
        cwd=ROOT,
        env={"SQLALCHEMY_DATABASE_URI": nowhere, "MODE": "development"},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["format"] == "club-q-result-1"
    assert "proven" in done.stderr


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told["grants"][0].update(places=told["grants"][0]["places"] + 1),
        lambda told: told["grants"].pop(),
        lambda told: told["grants"].append(told["grants"][0]),
        lambda told: told["objectives"][1].update(value=told["objectives"][1]["value"] + 1),
        lambda told: told["objectives"][1].update(bound=told["objectives"][1]["bound"] + 1),
        lambda told: told["objectives"][3].update(value=0),
        lambda told: told["objectives"].pop(),
        lambda told: told.update(input_hash="0" * 64),
        lambda told: told.update(grants=None),
    ],
)
def test_whatever_is_altered_is_found(
    cli: FlaskCliRunner, file: Path, tmp_path: Path, change: object
) -> None:
    told = json.loads(solve(cli, file))
    change(told)
    result = tmp_path / "result.json"
    result.write_text(json.dumps(told))
    done = cli.invoke(args=["club-q", "check", str(file), str(result), "--seed", SEED.hex()])
    assert done.exit_code == 1
    assert done.stdout


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "club-q-instance-1"}', "é"])
def test_a_file_that_is_no_input_is_refused(cli: FlaskCliRunner, tmp_path: Path, text: str) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(text, encoding="latin-1")
    done = cli.invoke(args=["club-q", "solve", str(bad), "--seed", SEED.hex()])
    assert done.exit_code == 1
    assert "Error" in done.stderr


@pytest.mark.parametrize("seed", ["", "00", "zz" * 32, "00" * 33, " " + "00" * 32])
def test_a_seed_has_64_digits(cli: FlaskCliRunner, file: Path, seed: str) -> None:
    assert cli.invoke(args=["club-q", "solve", str(file), "--seed", seed]).exit_code == 2


def test_the_example_of_the_documentation_is_solved_as_it_says(
    cli: FlaskCliRunner, tmp_path: Path
) -> None:
    text = (ROOT / "docs" / "club-q-format.md").read_text()
    example, answer = (part.split("```")[0] for part in text.split("```json\n")[1:3])
    told = json.loads(solve(cli, written(tmp_path / "example.json", read(example))))
    assert {key: told[key] for key in json.loads(answer)} == json.loads(answer)
