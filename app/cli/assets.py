"""``flask assets`` and ``flask sass``: what browsers load, all of it from here."""

import gzip
import json
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import click
from flask.cli import AppGroup

ROOT = Path(__file__).parents[2]
PACKAGES = ROOT / "node_modules"
STATIC = ROOT / "app/static"
SVG = "http://www.w3.org/2000/svg"
#: What is worth being compressed, from how many bytes on.
TEXTS = frozenset({".css", ".html", ".js", ".json", ".svg", ".ttf"})
WORTH = 1000

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


@assets.command()
def compress() -> None:
    """Write a compressed copy beside each file, which the web server gives as it is (``.gz``)."""
    found = [path for path in STATIC.rglob("*") if path.suffix in TEXTS and path.is_file()]
    large = [path for path in found if path.stat().st_size >= WORTH]
    for path in large:
        copy = path.with_name(f"{path.name}.gz")
        copy.write_bytes(gzip.compress(path.read_bytes(), mtime=0))  # the same bytes at each time
    click.echo(f"{len(large)} file(s) compressed.")


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
    import sass as libsass  # noqa: PLC0415  # large, few need it

    for source in sorted((STATIC / "scss").glob("[!_]*.scss")):
        css = libsass.compile(
            filename=str(source), include_paths=[str(PACKAGES)], output_style="compressed"
        )
        path = STATIC / "css" / f"{source.stem}.css"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(css, encoding="utf-8")
        click.echo(f"{path.relative_to(ROOT)}: {len(css) // 1024} KiB.")
