"""``flask assets`` and ``flask sass``: what browsers load, all of it from here."""

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import click
import sass as libsass
from flask.cli import AppGroup

ROOT = Path(__file__).parents[2]
PACKAGES = ROOT / "node_modules"
STATIC = ROOT / "app/static"
SVG = "http://www.w3.org/2000/svg"

assets = AppGroup("assets", help="What comes from npm.")
sass = AppGroup("sass", help="Style sheets.")


@assets.command()
def install() -> None:
    """Copy from node_modules the files and the icons that package.json lists."""
    manifest = json.loads((ROOT / "package.json").read_text())
    for source, target in manifest["vendor"].items():
        path = STATIC / "vendor" / target
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PACKAGES / source, path)
    _write_sprite(manifest["icons"])
    click.echo(f"{len(manifest['vendor'])} file(s), {len(manifest['icons'])} icon(s).")


def _write_sprite(names: list[str]) -> None:
    """Gather these Bootstrap Icons in one file, a ``<symbol>`` each."""
    ET.register_namespace("", SVG)
    sprite = ET.Element(f"{{{SVG}}}svg")
    for name in sorted(names):
        icon = ET.parse(PACKAGES / f"bootstrap-icons/icons/{name}.svg").getroot()  # noqa: S314
        symbol = ET.SubElement(sprite, f"{{{SVG}}}symbol", id=name, viewBox=icon.get("viewBox", ""))
        symbol.extend(icon)
    path = STATIC / "svg/icons.svg"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(ET.tostring(sprite))


@sass.command(name="compile")
def compile_() -> None:
    """Make the style sheets: one for each file of static/scss that is not a part of another."""
    for source in sorted((STATIC / "scss").glob("[!_]*.scss")):
        css = libsass.compile(
            filename=str(source), include_paths=[str(PACKAGES)], output_style="compressed"
        )
        path = STATIC / "css" / f"{source.stem}.css"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(css, encoding="utf-8")
        click.echo(f"{path.relative_to(ROOT)}: {len(css) // 1024} KiB.")
