"""The end of a school year: who leaves, who enters."""

from dataclasses import dataclass

from app.core.promos import Calendar
from app.modules.promos.errors import YearTooFar

#: The domains that the school closes to those who leave.
_SCHOOL = ("espci.fr", "psl.eu")


@dataclass(frozen=True, slots=True)
class SchoolYear:
    """The promo that leaves, and the one that enters, in a year."""

    year: int
    leaving: int
    entering: int

    @classmethod
    def of(cls, year: int, *, calendar: Calendar, today_year: int) -> "SchoolYear":
        """What happens in *year*.

        Raises:
            YearTooFar: If it is more than one year from now.
        """
        if abs(year - today_year) > 1:
            raise YearTooFar(first=today_year - 1, last=today_year + 1)
        return cls(year, calendar.leaving(year), calendar.entering(year))


def is_of_the_school(email: str) -> bool:
    """Whether the school gave this address, and will take it back."""
    domain = email.rpartition("@")[2].lower()
    return any(domain == ours or domain.endswith(f".{ours}") for ours in _SCHOOL)
