"""When a job runs, in words."""

from flask_babel import gettext as _


def in_words(cron: str | None) -> str:
    """Five fields of cron, as people say them: ``chaque jour à 4 h 30``."""
    if cron is None:
        return str(_("à la demande"))
    minute, hour, *others = cron.split()
    if others != ["*", "*", "*"]:
        return cron
    if hour == "*":
        return _each_hour(minute) or cron
    if minute.isdigit() and hour.isdigit():
        return str(
            _("chaque jour à %(hour)s h %(minute)s", hour=int(hour), minute=f"{int(minute):02}")
        )
    return cron


def _each_hour(minute: str) -> str | None:
    if minute == "*":
        return str(_("chaque minute"))
    if minute.startswith("*/") and minute[2:].isdigit():
        return str(_("toutes les %(count)s minutes", count=minute[2:]))
    if minute.isdigit():
        return str(_("chaque heure, à %(minute)s minutes", minute=int(minute)))
    return None
