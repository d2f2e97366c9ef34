"""What this installation brings to the photos."""

from typing import cast

from flask import current_app

from app.integrations.photo_store import PhotoStore


def store() -> PhotoStore:
    """Where the files of the photos are."""
    return cast(PhotoStore, current_app.extensions["photo_store"])
