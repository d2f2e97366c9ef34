"""When a job runs, in words."""

from flask_babel import gettext as _


def in_words(cron: str | None) -> str:
    """Five fields of cron, as people say them: ``chaque jour à 4 h 30``."""
    if cron is None:
        return str(_("à la demande"))
    minute, hour, *others = cron.split()
    if others[:2] == ["*", "*"] and others[2] in _DAYS and minute.isdigit() and hour.isdigit():
        return _each_week(minute, hour, others[2])
    if others != ["*", "*", "*"]:
        return cron
    if hour == "*":
        return _each_hour(minute) or cron
    if minute.isdigit() and hour.isdigit():
        return str(
            _("chaque jour à %(hour)s h %(minute)s", hour=int(hour), minute=f"{int(minute):02}")
        )
    return cron


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _each_week(minute: str, hour: str, day: str) -> str:
    at = {"hour": int(hour), "minute": f"{int(minute):02}"}
    said = (
        _("chaque lundi à %(hour)s h %(minute)s", **at),
        _("chaque mardi à %(hour)s h %(minute)s", **at),
        _("chaque mercredi à %(hour)s h %(minute)s", **at),
        _("chaque jeudi à %(hour)s h %(minute)s", **at),
        _("chaque vendredi à %(hour)s h %(minute)s", **at),
        _("chaque samedi à %(hour)s h %(minute)s", **at),
        _("chaque dimanche à %(hour)s h %(minute)s", **at),
    )
    return str(said[_DAYS.index(day)])


def _each_hour(minute: str) -> str | None:
    if minute == "*":
        return str(_("chaque minute"))
    if minute.startswith("*/") and minute[2:].isdigit():
        return str(_("toutes les %(count)s minutes", count=minute[2:]))
    if minute.isdigit():
        return str(_("chaque heure, à %(minute)s minutes", minute=int(minute)))
    return None
