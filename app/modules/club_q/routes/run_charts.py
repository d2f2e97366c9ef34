"""The fairness of a run, drawn: ranks, places, discontent, promos."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _, ngettext

from app.web.charts import BarChart, Counted, Layout, Place, Unit, bars_of, named

#: Ranks from there on are drawn together; likewise places.
LAST_RANK, LAST_PLACES = 10, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """What the report of the fairness draws."""

    best: BarChart
    ranks: BarChart
    places: BarChart
    discontent: BarChart
    promos: BarChart


def charts(figures: Mapping[str, Any]) -> Charts:
    """Draw the figures of a run."""
    return Charts(
        best=_best(figures),
        ranks=_ranks(figures),
        places=_places(figures),
        discontent=_discontent(figures),
        promos=_promos(figures),
    )


def _layout(heading: str, *, is_apart: bool = False) -> Layout:
    return Layout(
        unit=Unit.count,
        heading=heading,
        nothing=_("Personne n'a rien demandé."),
        is_apart=is_apart,
        last_first=False,
    )


def _ranked() -> list[Place]:
    places = [Place(_("vœu %(rank)s", rank=rank), str(rank)) for rank in range(1, LAST_RANK)]
    last = _("vœu %(rank)s ou au-delà", rank=LAST_RANK)
    return [*places, Place(last, f"{LAST_RANK}+")]


def _best(figures: Mapping[str, Any]) -> BarChart:
    """The best rank that people get."""
    counts = [0] * (LAST_RANK + 1)
    for rank, count in figures.get("distributions", {}).get("best", ()):
        counts[LAST_RANK if rank is None else min(rank, LAST_RANK) - 1] += count
    return bars_of(
        [Counted(_("Personnes"), tuple(counts))],
        [*_ranked(), Place(_("aucun"), _("aucun"))],
        _layout(_("Meilleur vœu obtenu")),
    )


def _ranks(figures: Mapping[str, Any]) -> BarChart:
    """What becomes of the wishes of each rank."""
    counted = {"full": [0] * LAST_RANK, "partial": [0] * LAST_RANK, "nothing": [0] * LAST_RANK}
    for row in figures.get("by_priority", ()):
        for name, counts in counted.items():
            counts[min(row["priority"], LAST_RANK) - 1] += row[name]
    return bars_of(
        [
            Counted(_("Servis en entier"), tuple(counted["full"])),
            Counted(_("En partie"), tuple(counted["partial"])),
            Counted(_("Refusés"), tuple(counted["nothing"])),
        ],
        _ranked(),
        _layout(_("Rang du vœu")),
    )


def _places(figures: Mapping[str, Any]) -> BarChart:
    """How many places people get."""
    found = figures.get("distributions", {}).get("places", ())
    last = min(LAST_PLACES, max((count for count, _people in found), default=0))
    counts = [0] * (last + 1)
    for count, people in found:
        counts[min(count, last)] += people
    names = [
        (ngettext("%(num)s place", "%(num)s places", count), str(count))
        for count in range(last + 1)
    ]
    if last == LAST_PLACES:
        names[-1] = (_("%(count)s places ou plus", count=last), f"{last}+")
    return bars_of(
        [Counted(_("Personnes"), tuple(counts))],
        [Place(name, mark) for name, mark in names],
        _layout(_("Places par personne")),
    )


def _discontent(figures: Mapping[str, Any]) -> BarChart:
    """How discontented people were, and become: from each even number to the next."""
    found = figures.get("distributions", {})
    before, after = dict(found.get("before", ())), dict(found.get("after", ()))
    known = [*before, *after]
    starts = range(min(known, default=0), max(known, default=0) + 1, 2)
    names = [(_("de %(low)s à %(high)s", low=one, high=one + 2), str(one)) for one in starts]
    return bars_of(
        [
            Counted(_("Avant"), tuple(before.get(one, 0) for one in starts)),
            Counted(_("Après"), tuple(after.get(one, 0) for one in starts)),
        ],
        named(names),
        _layout(_("Mécontentement"), is_apart=True),
    )


def _promos(figures: Mapping[str, Any]) -> BarChart:
    """Who is served, promo by promo."""
    rows = figures.get("by_promo", ())
    names = [
        (_("inconnue"), "?") if row["promo"] is None else (str(row["promo"]), str(row["promo"]))
        for row in rows
    ]
    return bars_of(
        [
            Counted(_("Servies"), tuple(row["served"] for row in rows)),
            Counted(_("Sans rien"), tuple(row["unserved"] for row in rows)),
        ],
        named(names),
        _layout(_("Promo")),
    )
