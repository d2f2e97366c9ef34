"""The icons and the pictures that pages show are there."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "app/static"
#: ``svg("x")`` or ``icon("x")`` in a component; ``icon="x"`` in a page or a manifest.
NAMED = re.compile(r"""\b(?:svg\(|icon\(|icon=)"([a-z0-9-]+)\"""")
PICTURE = re.compile(r"filename='(img/[^']+)'")


def pages() -> str:
    """All the templates, without what they say about themselves."""
    texts = [path.read_text() for path in (ROOT / "app").rglob("templates/**/*.html")]
    return re.sub(r"{#.*?#}", "", "".join(texts), flags=re.DOTALL)


def test_the_icons_listed_are_those_that_are_used() -> None:
    listed = json.loads((ROOT / "package.json").read_text())["icons"]
    manifests = [path.read_text() for path in (ROOT / "app").rglob("*.py")]

    used = set(NAMED.findall(pages() + "".join(manifests)))

    assert sorted(used) == listed


def test_every_icon_listed_is_in_the_sprite() -> None:
    listed = json.loads((ROOT / "package.json").read_text())["icons"]

    drawn = re.findall(r'<symbol id="([^"]+)"', (STATIC / "svg/icons.svg").read_text())

    assert drawn == listed


def test_every_picture_named_in_a_page_is_there() -> None:
    named = set(PICTURE.findall(pages()))

    assert named
    assert [name for name in named if not (STATIC / name).is_file()] == []
