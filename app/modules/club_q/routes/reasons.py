"""Why a wish has what it has, in plain words, to whose it is: nobody else is named."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from flask_babel import format_decimal, gettext as _, ngettext

from app.enums import WishReason
from app.web.filters import format_euros

#: What forbids an exchange with a holder who would lose less.
_TIES: Mapping[str, Callable[[int], object]] = {
    "clash": lambda num: ngettext(
        "pour %(num)s, vous auriez eu deux spectacles en même temps",
        "pour %(num)s, vous auriez eu deux spectacles en même temps",
        num,
    ),
    "budget": lambda num: ngettext(
        "pour %(num)s, votre budget ne suffisait pas",
        "pour %(num)s, votre budget ne suffisait pas",
        num,
    ),
    "shows": lambda num: ngettext(
        "pour %(num)s, vous aviez déjà tous vos spectacles",
        "pour %(num)s, vous aviez déjà tous vos spectacles",
        num,
    ),
    "minimum": lambda num: ngettext(
        "pour %(num)s, ses places n'atteignaient pas votre minimum",
        "pour %(num)s, leurs places n'atteignaient pas votre minimum",
        num,
    ),
    "served": lambda num: ngettext(
        "%(num)s n'aurait plus rien eu du tout",
        "%(num)s n'auraient plus rien eu du tout",
        num,
    ),
    "locked": lambda num: ngettext(
        "%(num)s tient ses places de l'équipe",
        "%(num)s tiennent leurs places de l'équipe",
        num,
    ),
    "order": lambda num: ngettext(
        "%(num)s a été servi avant vous, vœu après vœu",
        "%(num)s ont été servis avant vous, vœu après vœu",
        num,
    ),
}


def why(
    reason: WishReason,
    data: Mapping[str, Any],
    *,
    shows: Mapping[int, str],
    note: str | None = None,
) -> list[str]:
    """What is to be said of a wish, sentence by sentence; *shows*: what shows are called."""
    said = _SAID[reason](data, shows)
    if reason is WishReason.locked and note:
        said.append(str(_("Son mot : « %(note)s »", note=note)))
    return said


def _of_the_show(data: Mapping[str, Any]) -> str:
    """``37 places pour 112 demandées.``"""
    offered = ngettext("%(num)s place", "%(num)s places", data.get("offered", 0))
    asked = ngettext("%(num)s demandée", "%(num)s demandées", data.get("asked", 0))
    return str(_("%(offered)s pour %(asked)s.", offered=offered, asked=asked))


def _full(data: Mapping[str, Any], shows: Mapping[int, str]) -> list[str]:  # noqa: ARG001
    return [str(_("Tout ce que vous demandiez."))]


def _partial(data: Mapping[str, Any], shows: Mapping[int, str]) -> list[str]:  # noqa: ARG001
    part = _(
        "%(granted)s sur %(places)s.", granted=data.get("granted", 0), places=data.get("places", 0)
    )
    if data.get("cause") == "budget":
        left = format_euros(data.get("money", 0))
        return [str(part), str(_("Il reste %(left)s de votre budget.", left=left))]
    return [str(part), _of_the_show(data), str(_("Il n'en restait plus."))]


def _none_left(data: Mapping[str, Any], shows: Mapping[int, str]) -> list[str]:  # noqa: ARG001
    said = [_of_the_show(data)]
    if more := data.get("more", 0):
        said.append(
            ngettext(
                "%(num)s personne qui en a perdrait plus que vous n'y gagneriez.",
                "%(num)s personnes qui en ont perdraient plus que vous n'y gagneriez.",
                more,
            )
        )
    if same := data.get("same", 0):
        said.append(
            ngettext(
                "Avec %(num)s personne, c'était égal : le tirage au sort a décidé.",
                "Avec %(num)s personnes, c'était égal : le tirage au sort a décidé.",
                same,
            )
        )
    if less := data.get("less", 0):
        ties = [str(_TIES[why](count)) for why, count in _forbidden(data) if why in _TIES]
        sentence = ngettext(
            "%(num)s personne aurait perdu moins que vous n'y auriez gagné, mais l'échange ne se"
            " pouvait pas",
            "%(num)s personnes auraient perdu moins que vous n'y auriez gagné, mais l'échange ne se"
            " pouvait pas",
            less,
        )
        said.append(f"{sentence}\N{NO-BREAK SPACE}: {', '.join(ties)}." if ties else f"{sentence}.")
    return [str(one) for one in said]


def _forbidden(data: Mapping[str, Any]) -> list[tuple[str, int]]:
    return sorted((data.get("forbidden") or {}).items())


def _minimum(data: Mapping[str, Any], shows: Mapping[int, str]) -> list[str]:  # noqa: ARG001
    left = ngettext("Il restait %(num)s place", "Il restait %(num)s places", data.get("left", 0))
    return [
        str(
            _(
                "%(left)s : moins que votre minimum de %(minimum)s.",
                left=left,
                minimum=data.get("minimum", 1),
            )
        )
    ]


def _clash(data: Mapping[str, Any], shows: Mapping[int, str]) -> list[str]:
    names = [shows.get(key, f"#{key}") for key in data.get("shows", ())]
    quoted = ", ".join(f"«\N{NO-BREAK SPACE}{name}\N{NO-BREAK SPACE}»" for name in names)
    if not quoted:
        return [str(_("Vous avez déjà un spectacle à ce moment-là."))]
    return [str(_("Vous avez déjà %(shows)s à ce moment-là.", shows=quoted))]


def _budget(data: Mapping[str, Any], shows: Mapping[int, str]) -> list[str]:  # noqa: ARG001
    left, cost = format_euros(data.get("money", 0)), format_euros(data.get("cost", 0))
    return [
        str(_("Il restait %(left)s de votre budget ; il fallait %(cost)s.", left=left, cost=cost))
    ]


def _shows(data: Mapping[str, Any], shows: Mapping[int, str]) -> list[str]:  # noqa: ARG001
    return [
        str(
            ngettext(
                "Vous aviez déjà votre spectacle : vous n'en vouliez pas plus.",
                "Vous aviez déjà vos %(num)s spectacles : vous n'en vouliez pas plus.",
                data.get("reached", 1),
            )
        )
    ]


def _returned(data: Mapping[str, Any], shows: Mapping[int, str]) -> list[str]:  # noqa: ARG001
    return [
        str(
            ngettext(
                "Vous avez rendu %(num)s place : quelqu'un d'autre l'a.",
                "Vous avez rendu %(num)s places : quelqu'un d'autre les a.",
                data.get("returned", 1),
            )
        )
    ]


def _locked(data: Mapping[str, Any], shows: Mapping[int, str]) -> list[str]:  # noqa: ARG001
    return [str(_("L'équipe du Club Q en a décidé."))]


def _cancelled(data: Mapping[str, Any], shows: Mapping[int, str]) -> list[str]:  # noqa: ARG001
    return [str(_("Le spectacle est annulé : rien n'est dû."))]


_SAID: Mapping[WishReason, Callable[[Mapping[str, Any], Mapping[int, str]], list[str]]] = {
    WishReason.full: _full,
    WishReason.partial: _partial,
    WishReason.none_left: _none_left,
    WishReason.minimum: _minimum,
    WishReason.clash: _clash,
    WishReason.budget: _budget,
    WishReason.shows: _shows,
    WishReason.returned: _returned,
    WishReason.locked: _locked,
    WishReason.cancelled: _cancelled,
}


def tenths(value: Decimal) -> str:
    """A discontent: ``-1,3``."""
    return str(format_decimal(value, "#,##0.0"))


def points(units: float) -> str:
    """A satisfaction in points: 12 for a first wish granted in full."""
    return str(format_decimal(round(units / 210, 1), "#,##0.0"))
