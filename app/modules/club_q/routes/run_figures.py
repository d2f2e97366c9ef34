"""The figures of a run, named and written for people."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from flask_babel import LazyString, format_decimal, gettext as _, lazy_gettext as _l

from app.enums import WishReason
from app.modules.club_q.routes.run_words import number
from app.modules.club_q.rules.envy import Tie
from app.web.filters import format_euros


class Kind(Enum):
    """What a figure is."""

    count = auto()
    decimal = auto()
    #: Cents.
    money = auto()
    seconds = auto()


class Better(Enum):
    """Which of two figures is the better one."""

    more = auto()
    less = auto()
    neither = auto()


@dataclass(frozen=True, slots=True)
class Spec:
    """A figure: where it is among those of a run, and what it is."""

    label: LazyString
    path: str
    kind: Kind = Kind.count
    better: Better = Better.neither

    def of(self, figures: Mapping[str, Any]) -> float | int | None:
        """What it is in these figures; 0 for what was not counted once."""
        found: Any = figures
        for name in self.path.split("."):
            found = found.get(name, 0) if isinstance(found, Mapping) else None
        return found if isinstance(found, int | float) else None

    def written(self, value: float | None) -> str:
        """It, for people."""
        if value is None:
            return "\u2013"
        if self.kind is Kind.money:
            return format_euros(int(value))
        if self.kind is Kind.count:
            return str(format_decimal(value))
        return f"{number(value, 1)} s" if self.kind is Kind.seconds else number(value)


@dataclass(frozen=True, slots=True)
class Group:
    """Figures about one thing: labels, and what each is, for people."""

    label: str
    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromoLine:
    """The figures of a promo, for people."""

    promo: str
    people: int
    served: int
    first: int
    places: str
    satisfaction: str
    before: str
    after: str


def _levels(when: str) -> tuple[Spec, ...]:
    return (
        Spec(_l("Moyen"), f"discontent.{when}.mean", Kind.decimal),
        Spec(_l("Écart type"), f"discontent.{when}.sd", Kind.decimal, Better.less),
        Spec(_l("Le plus faible"), f"discontent.{when}.min", Kind.decimal),
        Spec(_l("Le plus fort"), f"discontent.{when}.max", Kind.decimal, Better.less),
        Spec(_l("Dernier dixième"), f"discontent.{when}.p90", Kind.decimal, Better.less),
    )


_MORE, _LESS = Better.more, Better.less
#: All of them, by what they are about.
GROUPS: Sequence[tuple[LazyString, Sequence[Spec]]] = (
    (
        _l("Personnes"),
        (
            Spec(_l("Avec au moins un vœu"), "people"),
            Spec(_l("Servies"), "served", better=_MORE),
            Spec(_l("Sans rien"), "unserved", better=_LESS),
            Spec(_l("Avec leur premier vœu"), "first", better=_MORE),
            Spec(_l("Avec un de leurs trois premiers vœux"), "first_three", better=_MORE),
            Spec(_l("Rang moyen du meilleur vœu obtenu"), "best_mean", Kind.decimal, _LESS),
            Spec(_l("Places par personne, en moyenne"), "places.mean", Kind.decimal),
            Spec(_l("Places par personne, écart type"), "places.sd", Kind.decimal, _LESS),
            Spec(_l("Places d'une même personne, au plus"), "places.max"),
        ),
    ),
    (
        _l("Places"),
        (
            Spec(_l("Demandées"), "tickets.asked"),
            Spec(_l("Proposées"), "tickets.offered"),
            Spec(_l("Attribuées"), "tickets.granted", better=_MORE),
            Spec(_l("Restantes"), "tickets.left", better=_LESS),
            Spec(_l("Restantes, qu'un vœu prendrait pourtant"), "tickets.wanted", better=_LESS),
            Spec(_l("Montant à payer"), "amount", Kind.money),
        ),
    ),
    (
        _l("Vœux"),
        (
            Spec(_l("Nombre de vœux"), "wishes"),
            *(Spec(one.label, f"by_outcome.{one.value}") for one in WishReason),
            Spec(
                _l("Parts obtenues, chacune divisée par son rang"), "weighted", Kind.decimal, _MORE
            ),
            Spec(_l("Chevauchements évités"), "clashes_avoided"),
            Spec(_l("Personnes arrêtées par leur budget"), "budgets_binding"),
            Spec(_l("Personnes arrêtées par leur nombre de spectacles"), "shows_binding"),
        ),
    ),
    (
        _l("Satisfaction, en points"),
        (
            Spec(_l("La plus faible"), "satisfaction.min", Kind.decimal, _MORE),
            Spec(_l("Dépassée par neuf sur dix"), "satisfaction.p10", Kind.decimal, _MORE),
            Spec(_l("Médiane"), "satisfaction.median", Kind.decimal, _MORE),
            Spec(_l("Moyenne"), "satisfaction.mean", Kind.decimal, _MORE),
            Spec(_l("La plus forte"), "satisfaction.max", Kind.decimal),
            Spec(_l("Inégalité (indice de Gini)"), "satisfaction.gini", Kind.decimal, _LESS),
        ),
    ),
    (_l("Mécontentement avant"), _levels("before")),
    (_l("Mécontentement après"), _levels("after")),
    (
        _l("Envie"),
        (
            Spec(_l("Personnes qui en envient une autre"), "envy.people", better=_LESS),
            Spec(_l("Couples concernés"), "envy.pairs", better=_LESS),
        ),
    ),
    (_l("Calcul"), (Spec(_l("Durée"), "seconds", Kind.seconds, _LESS),)),
)
_TIES = {
    Tie.locked: _l("la place est fixée"),
    Tie.minimum: _l("l'autre a moins de places que le minimum voulu"),
    Tie.served: _l("l'autre n'aurait plus rien du tout"),
    Tie.worth: _l("l'autre y perdrait davantage"),
    Tie.draw: _l("le tirage a départagé"),
    Tie.order: _l("l'ordre des décisions seul"),
    Tie.clash: _l("un autre spectacle au même moment"),
    Tie.budget: _l("le budget de la personne"),
    Tie.shows: _l("le nombre de spectacles de la personne"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A figure of several runs, side by side."""

    #: What it is about.
    group: str
    label: str
    values: Sequence[str]
    #: The ranks of those that do best, where they differ.
    best: frozenset[int]


def groups_of(figures: Mapping[str, Any]) -> Sequence[Group]:
    """The figures of a run, for people."""
    return [
        Group(
            str(label),
            [
                (str(one.label), one.written(one.of(figures)))
                for one in members
                if one.of(figures) or not one.path.startswith("by_outcome.")
            ],
        )
        for label, members in GROUPS
    ]


def side_by_side(several: Sequence[Mapping[str, Any]]) -> Sequence[Row]:
    """The figures of several runs, side by side."""
    return [
        _row(str(label), spec, [spec.of(figures) for figures in several])
        for label, members in GROUPS
        for spec in members
    ]


def _row(group: str, spec: Spec, values: Sequence[float | None]) -> Row:
    known = [value for value in values if value is not None]
    best: frozenset[int] = frozenset()
    if spec.better is not Better.neither and len(set(known)) > 1:
        target = max(known) if spec.better is Better.more else min(known)
        best = frozenset(rank for rank, value in enumerate(values) if value == target)
    return Row(
        group=group,
        label=str(spec.label),
        values=[spec.written(value) for value in values],
        best=best,
    )


def cells(figures: Mapping[str, Any]) -> Iterator[tuple[str, str, float | None]]:
    """The figures of a run as numbers: what each is about, its label, and it; euros for money."""
    for label, members in GROUPS:
        for spec in members:
            value = spec.of(figures)
            is_money = value is not None and spec.kind is Kind.money
            yield str(label), str(spec.label), value / 100 if is_money and value else value


def promo_lines(figures: Mapping[str, Any]) -> Sequence[PromoLine]:
    """The figures of each promo, the youngest first."""
    return [
        PromoLine(
            promo=_("inconnue") if one["promo"] is None else str(one["promo"]),
            people=one["people"],
            served=one["served"],
            first=one["first"],
            places=number(one["places"]["mean"]),
            satisfaction=number(one["satisfaction"]["mean"]),
            before=number(one["discontent"]["before"]["mean"]),
            after=number(one["discontent"]["after"]["mean"]),
        )
        for one in figures.get("by_promo", ())
    ]


def ties_of(figures: Mapping[str, Any]) -> Sequence[tuple[str, int]]:
    """Why people who envy others do not have what those have: how many pairs each."""
    found = figures.get("envy", {}).get("by_constraint", {})
    return [(str(label), found[tie.value]) for tie, label in _TIES.items() if found.get(tie.value)]
