"""What an action of the audit changed, in a few words."""

import re
from datetime import date, datetime

from flask_babel import LazyString, gettext as _, lazy_gettext as _l

from app.web.filters import format_day, format_instant

FACTS: dict[str, LazyString] = {
    "amount_cents": _l("montant en centimes"),
    "disabled": _l("désactivé"),
    "doubtful": _l("appareil déjà vu"),
    "email": _l("e-mail"),
    "end": _l("fin"),
    "kind": _l("sorte"),
    "locale": _l("langue"),
    "message": _l("message"),
    "method": _l("moyen"),
    "name": _l("nom"),
    "nom": _l("nom"),
    "offer": _l("offre"),
    "payment": _l("paiement"),
    "permission": _l("permission"),
    "prenom": _l("prénom"),
    "promo": _l("promo"),
    "reason": _l("raison"),
    "role": _l("rôle"),
    "room": _l("chambre"),
    "start": _l("début"),
    "state": _l("état"),
    "status": _l("état"),
    "type": _l("type"),
    "username": _l("identifiant"),
}

#: How what was written of a day or of an instant begins.
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def changes(
    before: dict[str, object] | None, after: dict[str, object] | None
) -> list[tuple[str, str | None, str | None]]:
    """What an action changed: what, from what, to what; ``None`` where it does not say."""
    was, now = before or {}, after or {}
    return [
        (
            str(FACTS.get(name, name)),
            _value(was[name]) if name in was else None,
            _value(now[name]) if name in now else None,
        )
        for name in dict.fromkeys([*was, *now])
    ]


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(_("oui") if value else _("non"))
    return "\u2013" if value in (None, "") else _when(str(value))


def _when(text: str) -> str:
    """A day or an instant as people write them; anything else as it is."""
    if not _DAY.match(text):
        return text
    try:
        if len(text) == len("2026-11-29"):
            return format_day(date.fromisoformat(text))
        instant = datetime.fromisoformat(text)
    except ValueError:
        return text
    return format_instant(instant) if instant.tzinfo else text
