"""Going to the provider, and coming back."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.models import AuditEvent
from tests.client import Client
from tests.modules.account.people import new_browser
from tests.saml.forge import Forge

#: Whom the provider vouches for, in the tests.
ADA: dict[str, Any] = {
    "given_name": "ADA",
    "surname": "lovelace",
    "emails": ["Ada.Lovelace@espci.psl.eu"],
    "services": ["wifi", "promo145"],
    "subject": "ada-1",
}
EMAIL = "ada.lovelace@espci.psl.eu"


class School:
    """The provider, as browsers meet it."""

    def __init__(self, app: Flask, forge: Forge) -> None:
        self.app, self.forge = app, forge

    def leave(self, browser: Client, then: str | None = None) -> str:
        """Go to the provider; the number of the request."""
        answer = browser.post("/saml/login", data={"next": then or ""})
        assert answer.status_code == 303, answer.text
        assert answer.headers["Location"].startswith(self.forge.login_url)
        assert answer.headers["Cache-Control"] == "no-store"
        (state,) = parse_qs(urlsplit(answer.headers["Location"]).query)["RelayState"]
        return state

    def says(self, request_id: str, **said: Any) -> str:
        """What the provider answers to a request."""
        return self.forge.response(request_id=request_id, **{**ADA, **said})

    def post(self, response: str, **fields: str) -> TestResponse:
        """Send the answer to us, as a form of the provider does: without our cookies."""
        browser = new_browser(self.app)
        answer = browser.post("/saml/acs", data={"SAMLResponse": response, **fields})
        assert "Set-Cookie" not in answer.headers
        return answer

    def ticket(self, response: str, **fields: str) -> str:
        """The ticket that an answer, which is good, gives."""
        answer = self.post(response, **fields)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"].removeprefix("/saml/finish?ticket=")

    def finish(self, browser: Client, ticket: str) -> TestResponse:
        """Press the button of the last page, with what it holds."""
        page = browser.open_page(f"/saml/finish?ticket={ticket}")
        fields = {tag["name"]: tag.get("value") for tag in page.html.select("main input[name]")}
        return browser.post("/saml/finish", data=fields)

    def enter(self, browser: Client, then: str | None = None, **said: Any) -> TestResponse:
        """The whole round trip; the last answer."""
        request_id = self.leave(browser, then)
        return self.finish(browser, self.ticket(self.says(request_id, **said)))


def events(session: Session, action: str) -> list[AuditEvent]:
    """What was written of this kind, in order."""
    session.expire_all()
    stmt = sa.select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)
    return list(session.scalars(stmt))


def reasons(session: Session) -> list[str | None]:
    """Why log-ins were refused, in order."""
    return [event.reason for event in events(session, "sso.login.refuse")]
