"""Runs of the attribution, in words."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import format_decimal, format_percent, gettext as _, lazy_gettext as _l
from markupsafe import Markup

from app.enums import RunStatus, Strategy
from app.models import ClubQRun
from app.modules.club_q.forms.attribution import THETAS
from app.modules.club_q.queries.run_pages import Names
from app.modules.club_q.rules.announced import Announced
from app.web.filters import format_relative

#: How a status looks.
TONES: Mapping[RunStatus, str] = {
    RunStatus.queued: "neutral",
    RunStatus.running: "info",
    RunStatus.done: "success",
    RunStatus.failed: "danger",
    RunStatus.cancelled: "neutral",
    RunStatus.adopted: "success",
    RunStatus.superseded: "neutral",
}
#: Less than this, and a gap is written so.
_SMALLEST = 0.0001


def rules_in_words(rules: Announced) -> list[tuple[str, str]]:
    """What is announced, as labels and values."""
    said = [(_("Attribution"), str(rules.strategy.label))]
    if rules.strategy is Strategy.classic:
        return said
    return [
        *said,
        (_("Poids du rang"), str(THETAS[rules.theta])),
        (_("Bonus des promos"), _("comptés") if rules.use_bonus else _("non comptés")),
    ]


def gap_in_words(gap: float) -> str:
    """``0,42 %``: how far the best that could still be is."""
    if 0 < gap < _SMALLEST:
        return str(_("moins de %(gap)s", gap=format_percent(_SMALLEST, "0.00 %")))
    return str(format_percent(gap, "0.00 %"))


def number(value: float | Decimal, digits: int = 2) -> str:
    """A figure that is no whole number."""
    return str(format_decimal(value, "#,##0." + "#" * digits))


#: How a log names a show, and someone.
_NUMBERED = re.compile(r"(spectacle )?#([0-9]{1,18})")


def with_names(line: str, names: Names) -> str:
    """A line of a log, with whom and what its numbers mean."""

    def named(found: re.Match[str]) -> str:
        key = int(found[2])
        return f"« {names.show(key)} »" if found[1] else names.person(key)

    return _NUMBERED.sub(named, line)


def people_in(lines: Iterable[str]) -> set[int]:
    """The numbers of the people whom some lines of a log name."""
    return {int(key) for line in lines for show, key in _NUMBERED.findall(line) if not show}


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """An objective of a run, for people."""

    label: str
    value: int
    #: No partition does better; ``None`` where nobody knows.
    bound: int | None
    proven: bool

    @property
    def gap(self) -> str:
        """How far the bound is; nothing where there is none."""
        if self.bound is None:
            return "\u2013"
        return gap_in_words((self.bound - self.value) / self.bound if self.bound else 0.0)

    @property
    def written(self) -> str:
        return str(format_decimal(self.value))

    @property
    def bound_written(self) -> str:
        return "\u2013" if self.bound is None else str(format_decimal(self.bound))


_GOALS = {
    "served": _l("Personnes servies"),
    "worth": _l("Partage juste"),
    "places": _l("Places attribuées"),
    "draw": _l("Tirage"),
}


def goals(stored: Iterable[Mapping[str, Any]]) -> Sequence[Goal]:
    """The objectives of a run, the first first."""
    return [
        Goal(
            label=str(_GOALS.get(one["name"], one["name"])),
            value=one["value"],
            bound=one["bound"],
            proven=one["proven"],
        )
        for one in stored
    ]


def facts_of(run: ClubQRun, names: Mapping[int, str]) -> list[tuple[str, object]]:
    """How a run came to be, and what became of it: labels and values."""
    author = run.author.full_name if run.author is not None else _("un terminal")
    facts: list[tuple[str, object]] = [
        (_("Ce qui est décidé"), run.mode.label),
        (_("Lancée"), format_relative(run.created_at)),
        (_("Par"), author),
        (_("Temps de calcul"), _("%(seconds)s s au plus", seconds=run.time_limit)),
    ]
    if run.finished_at is not None:
        facts.append((_("Finie"), format_relative(run.finished_at)))
    if run.solver_name:
        solver = " ".join(filter(None, (run.solver_name, run.solver_version)))
        facts.append((_("Calculée par"), f"{solver}, PC est magique {run.code_version}"))
    if run.adopted_at is not None:
        facts.append((_("Adoptée"), format_relative(run.adopted_at)))
        facts.append((_("Adoptée par"), names.get(run.adopted_by_id or 0, "\u2013")))
    if run.adoption_reason:
        facts.append((_("Raison donnée"), run.adoption_reason))
    if run.reverted_at is not None:
        facts.append((_("Défaite"), format_relative(run.reverted_at)))
        facts.append((_("Défaite par"), names.get(run.reverted_by_id or 0, "\u2013")))
    if run.result_hash is not None:
        facts.append((_("Empreinte de l'entrée"), digest(run.input_hash)))
        facts.append((_("Empreinte du résultat"), digest(run.result_hash)))
    return facts


def digest(text: str | None) -> Markup | str:
    """A digest, that breaks where a line ends."""
    return Markup('<code class="runs-digest">{}</code>').format(text) if text else "\u2013"
