"""What this installation says of its promos."""

from app.core import clock
from app.core.promos import Calendar
from app.integrations.photo_store import PhotoStore
from app.modules.photos import around as photos
from app.modules.promos.service.years import Switched, YearEnd
from app.web import installation


def calendar() -> Calendar:
    """How promos follow one another here."""
    return installation.settings().promos


def entering() -> int:
    """The promo that enters this year."""
    return calendar().entering(clock.today().year)


def store() -> PhotoStore:
    """Where the photos are."""
    return photos.store()


# The end of a year, line by line: the same from a terminal and from a task, dry or not


def heading(found: YearEnd) -> list[str]:
    """Which promos leave and enter."""
    school = found.school
    role, collection = (
        "new" if is_made else "already there"
        for is_made in (found.makes_role, found.makes_collection)
    )
    return [
        f"{school.year}: promo {school.leaving} leaves, promo {school.entering} enters",
        f"role promo-{school.entering}: {role}",
        f"collection {school.entering}: {collection}",
        *(f"role promo-{promo}: reads collection {school.entering}" for promo in found.readers),
    ]


def switched(one: Switched) -> str:
    """Someone who becomes an alumni, or would."""
    words = {"written to": one.is_told, f"FAILED: {one.error}": one.error is not None}
    said = ["student becomes alumni", *(word for word, holds in words.items() if holds)]
    return f"person {one.key}: {', '.join(said)}"


def left_behind(found: YearEnd) -> list[str]:
    """Who is still a student, and should perhaps not be."""
    return [
        f"person {one.key}: still a student, promo {one.promo or '-'}; nothing is done"
        for one in found.left_behind
    ]


def told(found: YearEnd) -> list[str]:
    """All of it."""
    return [*heading(found), *map(switched, found.people), *left_behind(found)]
