"""The list of the PCéens, to take away."""

from collections.abc import Iterable, Iterator, Sequence

from flask_babel import gettext as _

from app.core.sheets import Column, Kind, Value
from app.modules.gris.queries.people import PCeenLine
from app.modules.gris.queries.search import Search


def columns(search: Search) -> list[Column]:
    """What each column of the sheet holds: of the view of the bar, what people have there too."""
    ours = [Column(_("Caution"), Kind.money), Column(_("Solde"), Kind.money, total=True)]
    return [
        Column(_("Numéro"), Kind.number),
        Column(_("Nom")),
        Column(_("Prénom")),
        Column(_("Promo"), Kind.number),
        Column(_("Identifiant")),
        Column(_("E-mail")),
        Column(_("Chambre"), Kind.number),
        Column(_("Anciennes chambres"), Kind.number),
        Column(_("Appareils"), Kind.number),
        Column(_("Abonnement")),
        Column(_("Coupure"), Kind.day),
        Column(_("Vu"), Kind.instant),
        Column(_("Rôles")),
        Column(_("Suspension")),
        Column(_("Compte")),
        Column(_("Langue")),
        *(ours if search.tells_bar else ()),
    ]


def rows(lines: Iterable[PCeenLine], search: Search) -> Iterator[Sequence[Value]]:
    """One row for each person."""
    for line in lines:
        pceen, standing = line.pceen, line.standing
        yield (
            pceen.id,
            pceen.nom,
            pceen.prenom,
            pceen.promo,
            pceen.username,
            pceen.email,
            line.room,
            line.former_rooms,
            line.devices,
            str(standing.state.label) if standing.state else None,
            standing.period.cut_day if standing.period else None,
            line.seen_at,
            ", ".join(role.name for role in line.roles),
            line.ban.reason if line.ban else None,
            _account(line),
            pceen.locale,
            *((line.deposit_cents, line.balance_cents) if search.tells_bar else ()),
        )


def _account(line: PCeenLine) -> str:
    """How the account stands, in a word."""
    if line.pceen.is_disabled:
        return str(_("désactivé"))
    return str(_("actif")) if line.pceen.activated else str(_("jamais ouvert"))
