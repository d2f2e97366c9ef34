"""``flask photos``: what is done of the photos from a terminal."""

from flask.cli import AppGroup

group = AppGroup("photos", help="Photos and their files.")

# Each adds its own command.
from app.modules.photos.cli import rebuild, sync, verify  # noqa: E402  # the group comes first

__all__ = ["group", "rebuild", "sync", "verify"]
