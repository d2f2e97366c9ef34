"""What is played in a season: the plays, and when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.models import Representation, Saison, Spectacle

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Staged:
    """A play, and its performances in order of date."""

    play: Spectacle
    performances: Sequence[Representation]

    def next(self, now: datetime) -> Representation | None:
        """The first performance that has not begun."""
        return next((one for one in self.performances if one.date > now), None)

    def is_over(self, now: datetime) -> bool:
        """Whether it was played, and is not any more."""
        return bool(self.performances) and self.next(now) is None


@dataclass(frozen=True, slots=True)
class Programme:
    """A season, and its plays: the first one that is played comes first."""

    saison: Saison
    plays: Sequence[Staged]

    @property
    def performances(self) -> list[Representation]:
        """All performances of the season, in order of date."""
        every = [one for staged in self.plays for one in staged.performances]
        return sorted(every, key=lambda one: (one.date, one.id))

    def next(self, now: datetime) -> tuple[Staged, Representation] | None:
        """The first performance of the season that has not begun, and its play."""
        coming = [(staged, one) for staged in self.plays if (one := staged.next(now)) is not None]
        return min(coming, key=lambda pair: pair[1].date, default=None)


def programme(
    saison: Saison, plays: Iterable[Spectacle], performances: Iterable[Representation]
) -> Programme:
    """What is played in a season; plays that have no date yet come last, as they were added."""
    of: dict[int, list[Representation]] = {}
    for one in performances:
        of.setdefault(one.spectacle_id, []).append(one)
    staged = [Staged(play, sorted(of.get(play.id, []), key=lambda one: one.date)) for play in plays]
    return Programme(saison, sorted(staged, key=_begins))


def _begins(staged: Staged) -> tuple[datetime, int]:
    first = staged.performances[0].date if staged.performances else _NEVER
    return first, staged.play.id
