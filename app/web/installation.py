"""What this installation chose: its settings, its address plan."""

from typing import cast

from flask import current_app

from app.core.addresses import AddressPlan
from app.settings import Settings


def settings() -> Settings:
    """The settings of this installation."""
    return cast(Settings, current_app.extensions["settings"])


def plan() -> AddressPlan:
    """The rooms of this installation, and their addresses."""
    return cast(AddressPlan, current_app.extensions["plan"])
