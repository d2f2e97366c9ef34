"""The files of Club Q: pictures of shows and maps, and brochures.

    <base>/images/<season>/<random>.webp       the picture of a show, for everybody
    <base>/images/salles/<random>.webp         the map of a venue, for everybody
    <base>/plaquettes/<brochure>/<name>        a brochure and its pages, behind links
    <base>/_incoming/…                         what is being made

The web server gives nothing of ``_incoming``.
"""

import secrets
from collections.abc import Iterable
from pathlib import Path

from app.integrations.folders import INCOMING, DocumentFolder, checked_name, directories
from app.integrations.photo_store import publish

__all__ = ["BROCHURES", "IMAGES", "INCOMING", "MAPS", "ClubQFiles"]

IMAGES, BROCHURES = "images", "plaquettes"
#: The directory of the maps of venues, among those of the seasons.
MAPS = "salles"


class ClubQFiles(DocumentFolder):
    """The directory of the files of Club Q."""

    variable = "CLUB_Q_BASE_PATH"
    rooms = (IMAGES, BROCHURES)

    @property
    def documents(self) -> Path:
        return self.base / BROCHURES

    def shelves(self) -> Iterable[Path]:
        return [*directories(self.base / IMAGES), *directories(self.documents)]

    def images(self, place: str) -> Path:
        """Where the pictures of a place are: the number of a season, or ``salles``.

        Raises:
            ValueError: If that is not where some of ours are.
        """
        if place != MAPS and not place.isdecimal():
            raise ValueError(f"not a place of pictures: {place!r}")
        return self.base / IMAGES / place

    def image(self, place: str, name: str) -> Path:
        """Where a picture is.

        Raises:
            ValueError: If that is not where one of ours is.
        """
        return self.images(place) / checked_name(name)

    def publish_image(self, made: Path, place: str) -> str:
        """Give a picture that is whole a name that nobody guesses: it is on the disk by then.

        Raises:
            OSError: If the disk does not let us.
        """
        name = f"{secrets.token_hex(16)}.webp"
        publish(made, self.image(place, name))
        return name

    def remove_image(self, place: str, name: str) -> None:
        """Remove a picture, if it is there.

        Raises:
            OSError: If the disk does not let us.
        """
        self.image(place, name).unlink(missing_ok=True)
