"""Under which licences is what the site ships: ``docs/licences.md``, by ``make sbom``.

    python -m tools.licences

What Python packages and npm's say of themselves, under the names of SPDX. Exits with 1 if one is
under a licence that is not in ``ALLOWED``: read it first, then add it there.
"""

import importlib.metadata
import json
import re
import sys
from collections.abc import Iterator
from email.message import Message
from typing import NamedTuple

from tools.requirements import ROOT, pins

PAGE = ROOT / "docs" / "licences.md"
#: What may be used by a site under MIT, which changes none of it: each asks to be named, no more;
#: those of LGPL and MPL besides that whoever changes *them* gives the change.
ALLOWED = frozenset(
    {
        *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "CC0-1.0", "ISC"),
        *("MIT", "MIT-0", "MIT-CMU", "PSF-2.0", "Unlicense", "Zlib", "OFL-1.1", "Bitstream-Vera"),
        *("LGPL-2.1-or-later", "LGPL-3.0-or-later", "LGPL-3.0-only", "MPL-2.0"),
    }
)
#: What does not say it by a name of SPDX, once its text was read.
READ = {
    "babel": "BSD-3-Clause",
    "combine-errors": "MIT",  # its Readme
    "dejavu-fonts-ttf": "Bitstream-Vera",
    "email-validator": "Unlicense",
    "flask-babel": "BSD-3-Clause",
    "flask-sqlalchemy": "BSD-3-Clause",
    "flask-wtf": "BSD-3-Clause",
    "isodate": "BSD-3-Clause",
    "itsdangerous": "BSD-3-Clause",
    "jinja2": "BSD-3-Clause",
    "pi-heif": "BSD-3-Clause AND LGPL-3.0-only",  # with libheif
    "psycopg2-binary": "LGPL-3.0-or-later",
    "py-vapid": "MPL-2.0",
    "pyasn1-modules": "BSD-2-Clause",
    "pypdfium2": "BSD-3-Clause AND Apache-2.0",  # with PDFium
    "python-dateutil": "Apache-2.0 AND BSD-3-Clause",
    "python-stdnum": "LGPL-2.1-or-later",
    "reportlab": "BSD-3-Clause",
    "segno": "BSD-3-Clause",
    "wtforms": "BSD-3-Clause",
}
#: What the words of packages mean.
_WORDS = {
    "MIT License": "MIT",
    "ISC License (ISCL)": "ISC",
    "Apache Software License": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
}
_HEAD = """\
# Licences

What the site ships, beside its own code ([MIT](../LICENSE)): `make sbom` makes this page of what
packages say of themselves, and `sbom/pc-est-magique.cdx.json`, for machines (CycloneDX), with
versions and digests. A test refuses a licence that nobody has looked at.

| package | from | licence |
|---|---|---|
"""


class Part(NamedTuple):
    """A package that is shipped."""

    name: str
    source: str
    licence: str

    @property
    def unknown(self) -> frozenset[str]:
        """The licences, of those that bind, that nobody has allowed."""
        words = self.licence.strip("()").split(" OR ")
        choices = [frozenset(choice.strip("()").split(" AND ")) - ALLOWED for choice in words]
        return min(choices, key=len)


def parts() -> list[Part]:
    """All that is shipped, by name."""
    return sorted({*_of_python(), *_of_npm()})


def _of_python() -> Iterator[Part]:
    for pin in pins(ROOT / "requirements.txt"):
        if "win32" not in pin.where:  # the site is for other systems
            metadata = importlib.metadata.metadata(pin.name)
            yield Part(pin.name, "PyPI", READ.get(pin.name) or _said(metadata))


def _said(metadata: Message) -> str:
    """What a package of Python says, under the name of SPDX if it is known."""
    said = metadata.get("License-Expression") or metadata.get("License") or ""
    words = [line for line in (metadata.get_all("Classifier") or ()) if line.startswith("License")]
    word = said if said and "\n" not in said else words[0].split(" :: ")[-1] if words else "unknown"
    return _WORDS.get(word, word)


def _of_npm() -> Iterator[Part]:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    for path, package in lock["packages"].items():
        if path and not package.get("dev"):
            name = re.sub(r".*node_modules/", "", path)
            yield Part(name, "npm", READ.get(name) or package.get("license", "unknown"))


def page() -> str:
    """The page of licences."""
    lines = [f"| {part.name} | {part.source} | {part.licence} |\n" for part in parts()]
    return _HEAD + "".join(lines)


def main() -> int:
    """Write the page; whether a licence is unknown."""
    PAGE.write_text(page())
    wrong = [part for part in parts() if part.unknown]
    for part in wrong:
        print(f"{part.name}: {', '.join(sorted(part.unknown))}: not allowed")  # noqa: T201  # a command
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
