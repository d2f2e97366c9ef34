"""What the site is made of: pinned to the byte, under licences that were read, looked up."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tools import audit, licences, sbom
from tools.requirements import ROOT, Pin, normalised, pins

pytestmark = pytest.mark.once

NAMES = ("requirements", "requirements-dev", "requirements-audit", "requirements-scan")
#: An integrity of npm's lock: one digest of SHA-512.
INTEGRITY = re.compile(r"sha512-[A-Za-z0-9+/]{86}==")


def made(name: str) -> list[Pin]:
    return list(pins(ROOT / f"{name}.txt"))


@pytest.mark.parametrize("name", NAMES)
def test_every_package_is_known_by_its_digests(name: str) -> None:
    found = made(name)

    assert len(found) > len(list(pins(ROOT / f"{name}.in")))
    assert [pin.name for pin in found if not pin.digests] == []


@pytest.mark.parametrize("name", NAMES)
def test_what_is_wanted_is_what_is_installed(name: str) -> None:
    installed = {(pin.name, pin.version) for pin in made(name)}
    wanted = {(pin.name, pin.version) for pin in pins(ROOT / f"{name}.in")}

    assert wanted <= installed, "make pins"


def test_developers_have_what_production_has() -> None:
    assert set(made("requirements")) <= set(made("requirements-dev")), "make pins"


@pytest.mark.parametrize("name", NAMES)
def test_no_index_is_named(name: str) -> None:
    for suffix in ("in", "txt"):
        text = (ROOT / f"{name}.{suffix}").read_text()
        assert not re.search(r"://|--(?:extra-)?index|--find-links|--trusted", text)


def test_what_takes_long_to_build_comes_built() -> None:
    wanted = re.findall(
        r"^--only-binary (.+)$", (ROOT / "requirements.in").read_text(), re.MULTILINE
    )

    for name in ("requirements", "requirements-dev"):
        text = (ROOT / f"{name}.txt").read_text()
        assert re.findall(r"^--only-binary (.+)$", text, re.MULTILINE) == wanted


@pytest.mark.parametrize(
    "line",
    ["flask", "flask>=3", "-e .", "flask @ https://example.org/flask.whl", "--hash=sha256:0"],
)
def test_a_line_that_pins_nothing_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(f"{line}\n")

    with pytest.raises(ValueError, match="what is this"):
        list(pins(path))


def test_every_package_of_npm_is_known_by_its_digest() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    packages = {path: package for path, package in lock["packages"].items() if path}

    assert [p for p, one in packages.items() if not INTEGRITY.fullmatch(one["integrity"])] == []
    assert [path for path, one in packages.items() if "resolved" in one or "link" in one] == []


# Licences


def test_the_page_of_licences_is_that_of_what_is_shipped() -> None:
    assert licences.PAGE.read_text() == licences.page(), "make sbom"


def test_every_licence_was_read() -> None:
    parts = licences.parts()

    assert [part for part in parts if part.unknown] == []
    assert set(licences.READ) <= {part.name for part in parts}, "no longer shipped"


@pytest.mark.parametrize(
    ("said", "unknown"),
    [
        ("MIT", set()),
        ("MIT AND GPL-3.0-only", {"GPL-3.0-only"}),
        ("(GPL-2.0-or-later OR Apache-2.0)", set()),
        ("unknown", {"unknown"}),
    ],
)
def test_a_choice_of_licences_is_ours(said: str, unknown: set[str]) -> None:
    assert licences.Part("a", "npm", said).unknown == unknown


# What is shipped, for machines


def environment(*names: str) -> dict[str, Any]:
    """What CycloneDX's tool says of an environment with these packages."""
    refs = [f"{name}==1" for name in names]
    return {
        "specVersion": "1.6",
        "metadata": {"tools": {}},
        "components": [
            {"bom-ref": ref, "name": name, "version": "1", "type": "library"}
            for ref, name in zip(refs, names, strict=True)
        ],
        "dependencies": [{"ref": ref, "dependsOn": refs} for ref in refs],
    }


def test_the_list_holds_what_is_shipped_and_nothing_of_developers() -> None:
    bom = sbom.made(environment("Flask", "pytest"))

    found = {component["name"]: component for component in bom["components"]}
    assert "pytest" not in found
    assert "axe-core" not in found
    flask = next(pin for pin in made("requirements") if pin.name == "flask")
    assert [one["content"] for one in found["Flask"]["hashes"]] == list(flask.digests)
    assert found["bootstrap"]["hashes"][0]["alg"] == "SHA-512"
    assert len(found["bootstrap"]["hashes"][0]["content"]) == 128
    assert found["@popperjs/core"]["purl"].startswith("pkg:npm/%40popperjs/core@")
    assert {"ref": "Flask==1", "dependsOn": ["Flask==1"]} in bom["dependencies"]


# Known vulnerabilities

CLEAN = {"dependencies": [{"name": "a", "version": "1", "vulns": []}]}
FAULTY = {"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1"}]}]}
UNKNOWN = {"dependencies": [{"name": "a", "skip_reason": "not found"}]}
MIXED = {"dependencies": [*CLEAN["dependencies"], *UNKNOWN["dependencies"]]}
NPM_CLEAN = {"metadata": {"vulnerabilities": {"total": 0}}, "vulnerabilities": {}}
NPM_FAULTY = {
    "metadata": {"vulnerabilities": {"total": 1}},
    "vulnerabilities": {"qr": {"severity": "high"}},
}
AWAY = {"message": "405 Method Not Allowed"}


@pytest.mark.parametrize(
    ("python", "status", "npm", "outcome"),
    [
        (CLEAN, 0, NPM_CLEAN, audit.Outcome.clean),
        (FAULTY, 1, NPM_CLEAN, audit.Outcome.vulnerable),
        (CLEAN, 0, NPM_FAULTY, audit.Outcome.vulnerable),
        (FAULTY, 1, AWAY, audit.Outcome.vulnerable),
        (UNKNOWN, 0, NPM_CLEAN, audit.Outcome.skipped),
        (MIXED, 0, NPM_CLEAN, audit.Outcome.skipped),
        ({"dependencies": []}, 0, NPM_CLEAN, audit.Outcome.skipped),
        (CLEAN, 1, NPM_CLEAN, audit.Outcome.skipped),
        (AWAY, 1, NPM_CLEAN, audit.Outcome.skipped),
        (CLEAN, 0, AWAY, audit.Outcome.skipped),
        (None, 127, None, audit.Outcome.skipped),
    ],
)
def test_not_knowing_is_no_success(
    capsys: pytest.CaptureFixture[str],
    python: object,
    status: int,
    npm: object,
    outcome: audit.Outcome,
) -> None:
    def run(command: Sequence[str]) -> tuple[int, str, str]:
        is_npm = command[1] == "audit"
        said = npm if is_npm else python
        return (0 if is_npm else status), "" if said is None else json.dumps(said), ""

    assert audit.main(run) == outcome
    said = capsys.readouterr().out
    assert (audit.SKIPPED in said) == (outcome is audit.Outcome.skipped or npm is AWAY)


def test_a_database_that_is_away_has_a_status_of_its_own() -> None:
    assert audit.Outcome.skipped == 3


# Faults that a tool sees


def test_what_one_tool_skips_the_other_looks_at() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    skipped = set(project["bandit"]["skips"]) - {"B404", "B405"}
    lint = project["ruff"]["lint"]

    assert "S" in lint["select"]
    assert not any(rule.startswith("S") and rule[1:].isdigit() for rule in lint["ignore"])
    for rule in skipped:
        known = subprocess.run(
            [Path(sys.executable).with_name("ruff"), "rule", rule.replace("B", "S")],
            capture_output=True,
            check=False,
        )
        assert known.returncode == 0, rule


def test_names_are_compared_as_packages_are() -> None:
    assert normalised("Flask_SQLAlchemy") == normalised("flask-sqlalchemy")


def test_what_the_threat_model_says_is_there() -> None:
    text = (ROOT / "docs/threat-model.md").read_text()
    named = set(re.findall(r"`((?:tests|tools|app|\.conf_models)/[\w./-]+)`", text))

    assert len(named) > 30
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
