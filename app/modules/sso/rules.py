"""Whom the provider vouches for, as they are known here: no session, no clock, no request."""

import re
from dataclasses import dataclass

from app.core.emails import canonical_email
from app.core.promos import Calendar
from app.core.text import clean, comparison_key, has_forbidden, titled
from app.integrations.saml import Identity
from app.modules.sso.errors import Refused

#: The addresses of the university, which are kept before any other.
UNIVERSITY = "psl.eu"
#: How many accounts are proposed to one person (network-a 4.6).
PROPOSED_AT_MOST = 3
_LONGEST_NAME, _LONGEST_ADDRESS, _LONGEST_SUBJECT = 64, 120, 255
_CLASS = re.compile(r"promo([1-9][0-9]{0,3})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom the provider vouches for."""

    issuer: str
    #: Who they are for the provider, for good; ``None`` when it does not say.
    subject: str | None
    prenom: str
    nom: str
    #: Their addresses, in the order of the provider, as addresses are compared.
    emails: tuple[str, ...]
    #: The one that is kept.
    email: str
    #: The class that they study in; ``None`` for who is no student of now.
    promo: int | None


def read(identity: Identity, *, calendar: Calendar, year: int) -> Person:
    """What an identity says, in a *year* (network-a 4.5).

    Raises:
        Refused: If it has no name or no address that could be kept.
    """
    prenom, nom = _name(identity.given_name), _name(identity.surname)
    if not comparison_key(prenom) or not comparison_key(nom):
        raise Refused("a name without a letter")
    read_ = dict.fromkeys(canonical_email(email) for email in identity.emails)
    emails = tuple(e for e in read_ if e is not None and len(e) <= _LONGEST_ADDRESS)
    if not emails:
        raise Refused("no address that can be kept")
    if len(identity.subject or "") > _LONGEST_SUBJECT:
        raise Refused("a subject that cannot be kept")
    return Person(
        issuer=identity.issuer,
        subject=identity.subject or None,
        prenom=prenom,
        nom=nom,
        emails=emails,
        email=kept_address(emails),
        promo=promo_of(identity.services, calendar=calendar, year=year),
    )


def _name(text: str) -> str:
    """A name as it is kept; the school's may be longer than ours, or badly typed."""
    legible = "".join(letter for letter in clean(text) if not has_forbidden(letter))
    return titled(legible[:_LONGEST_NAME])


def kept_address(emails: tuple[str, ...]) -> str:
    """The first address of the university, else the first."""
    return next((email for email in emails if _is_of_university(email)), emails[0])


def _is_of_university(email: str) -> bool:
    domain = email.rpartition("@")[2]
    return domain == UNIVERSITY or domain.endswith(f".{UNIVERSITY}")


def promo_of(services: tuple[str, ...], *, calendar: Calendar, year: int) -> int | None:
    """The highest of the classes of *year* that *services* name: ``promo145``."""
    current = calendar.current(year)
    named = (_CLASS.fullmatch(service) for service in services)
    return max((n for found in named if found and (n := int(found[1])) in current), default=None)


def masked(email: str) -> str:
    """An address that only its owner recognises: ``e…@g…``."""
    local, _at, domain = email.rpartition("@")
    return f"{local[:1]}…@{domain[:1]}…"
