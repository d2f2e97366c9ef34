"""What this installation chose: its settings, its address plan."""

from typing import cast

from flask import Flask, current_app

from app.core.addresses import AddressPlan
from app.integrations.bar_pictures import PictureStore
from app.integrations.folders import Folder
from app.integrations.gateway import Gateway
from app.integrations.leases import LeasesFile
from app.integrations.neighbours import Neighbours
from app.integrations.photo_store import PhotoStore
from app.settings import Settings


def settings() -> Settings:
    """The settings of this installation."""
    return cast(Settings, current_app.extensions["settings"])


def plan() -> AddressPlan:
    """The rooms of this installation, and their addresses."""
    return cast(AddressPlan, current_app.extensions["plan"])


def gateway() -> Gateway:
    """What the gateway says it has put in force."""
    return cast(Gateway, current_app.extensions["gateway"])


def neighbours() -> dict[str, str]:
    """The hardware address of each address that the gateway knows now."""
    return cast(Neighbours, current_app.extensions["neighbours"]).table()


def leases() -> LeasesFile | None:
    """The addresses that the DHCP server gave; ``None`` where they cannot be read."""
    return cast(LeasesFile | None, current_app.extensions["leases"])


def prepare(app: Flask) -> None:
    """Try to write where the site keeps files, before it serves or works.

    Raises:
        SettingsError: If that cannot be done.
    """
    if app.extensions["settings"].mode != "testing":
        cast(PhotoStore, app.extensions["photo_store"]).prepare()
        cast(PictureStore, app.extensions["bar_pictures"]).prepare()
        for name in ("club_q_files", "bekk_files", "theatre_files", "banners_files"):
            cast(Folder, app.extensions[name]).prepare()
