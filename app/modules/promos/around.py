"""What this installation says of its promos."""

from app.core import clock
from app.core.promos import Calendar
from app.modules.promos.service.years import Switched, YearEnd
from app.web import installation


def calendar() -> Calendar:
    """How promos follow one another here."""
    return installation.settings().promos


def entering() -> int:
    """The promo that enters this year."""
    return calendar().entering(clock.today().year)


# The end of a year, line by line: the same from a terminal and from a task, dry or not


def heading(found: YearEnd) -> list[str]:
    """Which promos leave and enter."""
    school = found.school
    role = "new" if found.makes_role else "already there"
    return [
        f"{school.year}: promo {school.leaving} leaves, promo {school.entering} enters",
        f"role promo-{school.entering}: {role}",
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
