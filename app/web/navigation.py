"""The menus."""

from collections.abc import Sequence

from flask import Flask, url_for

from app.context import current, may_open
from app.extensions import db
from app.web.module import NavEntry, Ribbon, Tool, WayIn, installed_modules

#: How many entries a phone has at its foot, besides the one that opens the rest.
_DOCKED = 4


def menu() -> list[NavEntry]:
    """The entries of the pages that the visitor may open."""
    if current.knows_nobody:
        return []
    entries = [entry for module in installed_modules() for entry in module.nav]
    mine = (e for e in entries if may_open(e.endpoint) and e.shown(current))
    return sorted(mine, key=lambda e: e.rank)


def dock(entries: Sequence[NavEntry]) -> tuple[Sequence[NavEntry], Sequence[NavEntry]]:
    """What a phone has at its foot: four entries and the rest, or five and nothing else."""
    if len(entries) <= _DOCKED + 1:
        return entries, ()
    # by what they are: to compare two of them is to translate their labels
    first = {id(e) for e in sorted(entries, key=lambda entry: not entry.at_hand)[:_DOCKED]}
    return [e for e in entries if id(e) in first], [e for e in entries if id(e) not in first]


def tools() -> list[Tool]:
    """The pages of the GRI menu that the visitor may open."""
    entries = [tool for module in installed_modules() for tool in module.tools]
    return [tool for tool in entries if may_open(tool.endpoint)]


def ribbons() -> list[Ribbon]:
    """What this page must tell the visitor above all."""
    if current.knows_nobody:
        return []
    makers = [module.ribbon for module in installed_modules() if module.ribbon]
    told = (maker(db.session(), current) for maker in makers)
    return [ribbon for ribbon in told if ribbon is not None]


def ways_in() -> list[WayIn]:
    """The ways to log in without a password of ours."""
    makers = [module.way_in for module in installed_modules() if module.way_in]
    return [way for maker in makers if (way := maker()) is not None]


def href(entry: NavEntry) -> str:
    """Where an entry leads."""
    return url_for(entry.endpoint, _anchor=entry.anchor)


def init_app(app: Flask) -> None:
    """Install this on *app*."""
    app.jinja_env.globals.update(
        dock=dock, menu=menu, menu_href=href, ribbons=ribbons, tools=tools, ways_in=ways_in
    )
