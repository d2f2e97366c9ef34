"""The pages of the photos."""

from app.modules.photos.routes import (
    albums,
    archive,
    collections,
    files,
    gallery,
    people_api,
    photo_api,
    reports,
    resumable,
    tags,
    upload,
)
from app.modules.photos.routes.blueprint import bp

__all__ = [
    "albums",
    "archive",
    "bp",
    "collections",
    "files",
    "gallery",
    "people_api",
    "photo_api",
    "reports",
    "resumable",
    "tags",
    "upload",
]
