"""What a run gives, line by line: by show, by person."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.text import comparison_key
from app.modules.club_q.queries.run_pages import Names
from app.modules.club_q.queries.run_report import Report
from app.modules.club_q.routes.run_words import number
from app.modules.club_q.rules.value import POINT


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowLine:
    """What is done of the tickets of a show."""

    key: int
    name: str
    capacity: int
    wishes: int
    asked: int
    granted: int
    holders: int

    @property
    def left(self) -> int:
        return self.capacity - self.granted


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """What is done for someone."""

    key: int
    name: str
    promo: int | None
    wishes: int
    #: How many wishes are granted, and places.
    shows: int
    places: int
    satisfaction: str
    before: str
    bonus: str
    after: str


def show_lines(report: Report, names: Names) -> Sequence[ShowLine]:
    """The shows of a run, by their dates."""
    by_show = report.by_show
    return [
        ShowLine(
            key=show.id,
            name=names.show(show.id),
            capacity=show.capacity,
            wishes=len(by_show[show.id]),
            asked=sum(one.places for one in by_show[show.id]),
            granted=sum(one.granted for one in by_show[show.id]),
            holders=sum(one.granted > 0 for one in by_show[show.id]),
        )
        for show in sorted(report.instance.shows, key=lambda one: (one.start, one.id))
    ]


def person_lines(report: Report, names: Names) -> Sequence[PersonLine]:
    """The people of a run, by their names."""
    by_person = report.by_person
    promos = {one.id: one.promo for one in report.instance.people}
    lines = [
        PersonLine(
            key=one.pceen_id,
            name=names.person(one.pceen_id),
            promo=promos.get(one.pceen_id),
            wishes=len(by_person.get(one.pceen_id, ())),
            shows=sum(got.granted > 0 for got in by_person.get(one.pceen_id, ())),
            places=sum(got.granted for got in by_person.get(one.pceen_id, ())),
            satisfaction=number(one.satisfaction / POINT, 1),
            before=number(one.before, 1),
            bonus=number(one.bonus, 1) if one.bonus else "",
            after=number(one.after, 1),
        )
        for one in report.people
    ]
    return sorted(lines, key=lambda line: (comparison_key(line.name), line.key))
