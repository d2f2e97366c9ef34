"""The promos that study, by year."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Calendar:
    """How promos follow one another (network-a 2.1)."""

    #: The year in which a promo enters the school, less its number.
    offset: int
    #: How many are current at once.
    classes: int

    def entering(self, year: int) -> int:
        """The promo that enters in September of *year*."""
        return year - self.offset

    def leaving(self, year: int) -> int:
        """The promo that stops studying at the end of the summer of *year*."""
        return year - self.offset - self.classes + 1

    def current(self, year: int) -> range:
        """The promos that count as current in *year*: both of those above included."""
        return range(self.leaving(year), self.entering(year) + 1)
