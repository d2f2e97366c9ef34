"""What the views of a sandbox work with."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from flask import Flask, current_app

from lydia_sandbox.merchants import Merchant

NAME = "lydia_sandbox"


@dataclass(frozen=True, slots=True)
class Parts:
    """Who is paid, where it is remembered, what time it is, how one waits."""

    merchants: tuple[Merchant, ...]
    database: Path
    now: Callable[[], float]
    sleep: Callable[[float], None]

    def merchant(self, vendor_token: str) -> Merchant | None:
        """The merchant whom a public token names."""
        return next((one for one in self.merchants if one.vendor_token == vendor_token), None)


def install(app: Flask, parts: Parts) -> None:
    """Give its parts to the application."""
    app.extensions[NAME] = parts


def current() -> Parts:
    """The parts of the application that answers."""
    return cast(Parts, current_app.extensions[NAME])
