"""What the identity provider says of someone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who logged in there, in the words of the provider."""

    #: The name of the provider.
    issuer: str
    #: Their number there, if it is always the same.
    subject: str | None
    given_name: str
    surname: str
    #: As given, lower-case, none twice.
    emails: tuple[str, ...]
    #: What they may use: ``promo145``.
    services: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The same, for a column."""
        return {
            "issuer": self.issuer,
            "subject": self.subject,
            "given_name": self.given_name,
            "surname": self.surname,
            "emails": list(self.emails),
            "services": list(self.services),
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Identity":
        """What ``to_json`` made a column of."""
        return cls(
            issuer=kept["issuer"],
            subject=kept["subject"],
            given_name=kept["given_name"],
            surname=kept["surname"],
            emails=tuple(kept["emails"]),
            services=tuple(kept["services"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A response that is good, if it never came before."""

    identity: Identity
    #: Our request that it answers.
    request_id: str
    response_id: str
    assertion_id: str
    #: When they proved who they are, there.
    authenticated_at: datetime
    #: When it would be refused anyway: its identifiers may be forgotten.
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """Where a browser goes to log in, and the name of the request that it carries."""

    request_id: str
    url: str
