"""What is shipped, for machines: ``sbom/pc-est-magique.cdx.json``, in CycloneDX, by ``make sbom``.

    python -m tools.sbom --python .venv/bin/python

Run by the environment that has CycloneDX's tools. Packages of Python are read where they are
installed, those of npm in ``package-lock.json``; what only developers have is left out. The same
packages make the same file.
"""

import argparse
import base64
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.requirements import ROOT, Pin, normalised, pins

TARGET = ROOT / "sbom" / "pc-est-magique.cdx.json"


def main() -> int:
    """Write it; print how many packages are in it."""
    parser = argparse.ArgumentParser(prog="python -m tools.sbom")
    parser.add_argument("--python", type=Path, required=True, help="where the site is installed")
    bom = made(_environment(parser.parse_args().python))
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(json.dumps(bom, indent=1, sort_keys=True) + "\n")
    print(f"{TARGET.relative_to(ROOT)}: {len(bom['components'])} packages")  # noqa: T201  # a command
    return 0


def _environment(python: Path) -> dict[str, Any]:
    """What CycloneDX's own tool says of an environment."""
    tool = Path(sys.executable).with_name("cyclonedx-py")
    command = [tool, "environment", python, "--output-reproducible", "--of", "JSON"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  # its tool, beside us
    return dict(json.loads(done.stdout))


def made(environment: dict[str, Any]) -> dict[str, Any]:
    """The list of what is shipped, of what is in an environment and in npm's lock."""
    wanted = {pin.name: pin for pin in pins(ROOT / "requirements.txt")}
    python = [
        component | {"hashes": list(_digests(wanted[normalised(component["name"])]))}
        for component in environment["components"]
        if normalised(component["name"]) in wanted
    ]
    npm = list(_of_npm(json.loads((ROOT / "package-lock.json").read_text())))
    kept = {component["bom-ref"] for component in python}
    depends = [
        one | {"dependsOn": [ref for ref in one.get("dependsOn", ()) if ref in kept]}
        for one in environment["dependencies"]
        if one["ref"] in kept
    ]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    root = {"bom-ref": "root", "type": "application", **_named(project)}
    components = sorted(python + npm, key=lambda component: str(component["bom-ref"]))
    first = {"ref": "root", "dependsOn": [component["bom-ref"] for component in components]}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": environment["specVersion"],
        "version": 1,
        "metadata": {"component": root, "tools": environment["metadata"]["tools"]},
        "components": components,
        "dependencies": [first, *depends],
    }


def _named(project: dict[str, Any]) -> dict[str, Any]:
    licence = [{"license": {"id": project["license"]}}]
    return {"name": project["name"], "version": project["version"], "licenses": licence}


def _digests(pin: Pin) -> Iterator[dict[str, str]]:
    for digest in pin.digests:
        yield {"alg": "SHA-256", "content": digest}


def _of_npm(lock: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The packages of npm that are shipped, with the digests of the lock."""
    for path, package in lock["packages"].items():
        if not path or package.get("dev"):
            continue
        name = re.sub(r".*node_modules/", "", path)
        algorithm, _, digest = package["integrity"].partition("-")
        ref = f"pkg:npm/{name.replace('@', '%40')}@{package['version']}"
        yield {
            "bom-ref": ref,
            "purl": ref,
            "type": "library",
            "name": name,
            "version": package["version"],
            "hashes": [
                {
                    "alg": algorithm.upper().replace("SHA", "SHA-"),
                    "content": base64.b64decode(digest).hex(),
                }
            ],
            **_licences(package.get("license")),
        }


def _licences(said: str | None) -> dict[str, Any]:
    if said is None:
        return {}
    if re.fullmatch(r"[\w.-]+", said):
        return {"licenses": [{"license": {"id": said}}]}
    if " OR " in said or " AND " in said:
        return {"licenses": [{"expression": said.strip("()")}]}
    return {"licenses": [{"license": {"name": said}}]}


if __name__ == "__main__":
    sys.exit(main())
