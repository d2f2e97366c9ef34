"""Why something is not done of the calendar."""

from datetime import date

from babel.dates import format_date
from flask_babel import get_locale, lazy_gettext as _l

from app.core.errors import Conflict, DomainError, NotFound


class CalendarError(DomainError):
    """What was asked of the calendar is refused."""


class NoSuchEvent(CalendarError, NotFound):
    sentence = _l("Cet événement n'existe pas.")


class NoSuchClub(CalendarError, NotFound):
    field = "club_id"
    sentence = _l("Ce club n'existe pas.")


class NoSuchFeed(CalendarError, NotFound):
    sentence = _l("Cette adresse n'existe pas.")


class StaleCalendar(CalendarError, Conflict):
    sentence = _l("Quelqu'un d'autre vient de modifier cela : vérifiez, puis recommencez.")


class Malformed(CalendarError):
    """A script sent what nobody can read."""

    status = 400
    sentence = _l("Cette demande n'est pas compréhensible. Revenez en arrière et recommencez.")


# When an event is


class NotADay(CalendarError):
    sentence = _l("Cette date n'existe pas. Exemple : 2026-11-24.")


class NotAnInstant(CalendarError):
    sentence = _l("Cette date n'existe pas. Exemple : 2026-11-24T18:30.")


class OutOfReach(CalendarError):
    sentence = _l("Choisissez une date entre 1900 et 2099.")


class SkippedHour(CalendarError):
    """No clock in Paris ever shows this time of that day."""

    sentence = _l("Cette heure n'existe pas : les horloges l'ont sautée cette nuit-là.")


class EndsTooEarly(CalendarError):
    field = "end"
    sentence = _l(
        "La fin doit venir après le début. Pour finir après minuit, donnez le jour suivant."
    )


class LastDayTooEarly(CalendarError):
    field = "end"
    sentence = _l("Le dernier jour ne vient pas avant le premier.")


# Every week


class UntilTooEarly(CalendarError):
    field = "until"
    sentence = _l("La dernière semaine ne vient pas avant la première.")


class TooManyWeeks(CalendarError):
    field = "until"
    sentence = _l("%(maximum)s semaines au plus : choisissez une date plus proche.")


class SkippedWeek(CalendarError):
    """One of the occurrences would be at a time that clocks jump over."""

    field = "until"

    def __init__(self, *, day: date) -> None:
        super().__init__(day=day)
        self.day = day

    sentence = _l(
        "Le %(day)s, cette heure n'existe pas : les horloges la sautent cette nuit-là. Changez"
        " l'heure, ou arrêtez avant."
    )

    @property
    def message(self) -> str:
        day = format_date(self.day, "long", locale=get_locale() or "fr")
        return str(self.sentence) % {"day": day}


class UidTaken(CalendarError, Conflict):
    field = "uid"
    sentence = _l("Cet événement est déjà là.")


class NotJustDeleted(CalendarError, Conflict):
    """No event known by this was deleted lately, that this person may write for."""

    field = "uid"
    sentence = _l("Cet événement n'a pas été supprimé depuis moins d'une heure : publiez-le.")


# Clubs


class ClubNameTaken(CalendarError):
    field = "name"
    sentence = _l("Un autre club s'appelle déjà ainsi.")


class ClubNeeded(CalendarError):
    sentence = _l("Le site a besoin de ce club : il ne se supprime pas.")


class ClubGrew(CalendarError, Conflict):
    sentence = _l(
        "Ce club n'a plus le même nombre d'événements : relisez cette page, puis recommencez."
    )


class SameClub(CalendarError):
    field = "heir"
    sentence = _l("Choisissez un autre club que celui-ci.")


# Feeds


class TooManyFeeds(CalendarError):
    field = "name"
    sentence = _l("%(maximum)s adresses au plus : supprimez-en une d'abord.")


class FeedClosed(CalendarError):
    """Whose feed it is may not read the calendar any more."""

    status = 403
    sentence = _l("Cette adresse ne répond plus : son compte n'a plus accès au calendrier.")


class TooWide(CalendarError):
    status = 400
    sentence = _l("Demandez %(days)s jours au plus, du premier au dernier.")
