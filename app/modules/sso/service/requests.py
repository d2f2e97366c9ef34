"""Someone sent to the provider, until they are back in the same browser (network-a 4.4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock, tokens
from app.core.transaction import lock
from app.enums import SamlPurpose
from app.integrations.saml import Answer, Identity
from app.models import LoginSession, SamlRequest, SamlSeen
from app.modules.sso import queries
from app.modules.sso.errors import Refused

#: How long the provider may take to answer, and the browser to fetch what it said.
REQUEST_LASTS = timedelta(minutes=10)
TICKET_LASTS = timedelta(seconds=60)
#: How far the clocks of the provider and ours may be from one another.
SKEW = timedelta(seconds=60)


def begin(
    session: Session, *, request_id: str, browser: str, then: str, login: LoginSession | None
) -> SamlRequest:
    """Note that someone leaves for the provider; with a *login*, to prove that it is theirs."""
    request = SamlRequest(
        request_id=request_id,
        browser_hash=tokens.digest(browser),
        purpose=SamlPurpose.login if login is None else SamlPurpose.reauth,
        login_id=login.id if login is not None else None,
        next=then,
        expires_at=clock.now() + REQUEST_LASTS,
    )
    session.add(request)
    session.flush()
    return request


def answer(session: Session, *, request: SamlRequest, answer: Answer) -> str:
    """Keep what the provider said for the browser that asked; return the ticket that fetches it.

    Raises:
        Refused: If it was said already.
    """
    lock(session, request)
    if request.ticket_hash is not None:
        raise Refused("the request is answered already")
    if request.purpose is SamlPurpose.reauth and not _is_fresh(request, answer):
        raise Refused("a former log-in proves nothing")
    for key in (f"response {answer.response_id}", f"assertion {answer.assertion_id}"):
        _see(session, f"{answer.identity.issuer} {key}", until=answer.expires_at + SKEW)
    ticket = tokens.new_secret()
    request.identity = answer.identity.to_json()
    request.ticket_hash = tokens.digest(ticket)
    request.ticket_expires_at = clock.now() + TICKET_LASTS
    return ticket


def _is_fresh(request: SamlRequest, answer: Answer) -> bool:
    """Whether they proved who they are since it was asked."""
    return answer.authenticated_at >= request.created_at - SKEW


def _see(session: Session, name: str, *, until: datetime) -> None:
    """Write down that this came; once only.

    Raises:
        Refused: If it came before.
    """
    seen = SamlSeen(key=tokens.digest(name), expires_at=until)
    try:
        with session.begin_nested():
            session.add(seen)
    except sa.exc.IntegrityError:
        raise Refused("the response or its assertion came before") from None


@dataclass(frozen=True, slots=True)
class Fetched:
    """What the provider said of who asks, and why they were sent there."""

    identity: Identity
    #: The log-in that it proves, if it was asked for that.
    login_id: int | None


def fetch(session: Session, *, ticket: str, browser: str) -> Fetched | Refused:
    """Use a ticket up, and return what it fetches in the browser that asked: nothing in another.

    A refusal is returned: the ticket is used up all the same.
    """
    request = queries.answered_request(session, ticket)
    if request is None:
        return Refused("no such ticket, or no longer")
    lock(session, request)
    if request.used_at is not None or request.identity is None:
        return Refused("the ticket is used already")
    identity, request.used_at = Identity.from_json(request.identity), clock.now()
    request.identity = None
    if request.browser_hash != tokens.digest(browser):
        return Refused("opened in another browser")
    return Fetched(identity, request.login_id)
