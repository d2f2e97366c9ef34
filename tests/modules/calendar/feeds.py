"""Feeds, as a program that follows them reads them: not with what writes them."""

from typing import Any

import vobject
from werkzeug.test import TestResponse

from app.core import tokens
from app.models import CalendarFeed, PCeen
from tests.client import Client
from tests.factories.base import current


def feed_of(pceen: PCeen, *, name: str = "Mon téléphone", **columns: Any) -> str:
    """The address of a feed of someone."""
    secret = tokens.new_secret()
    current().add(
        CalendarFeed(pceen_id=pceen.id, name=name, token_hash=tokens.digest(secret), **columns)
    )
    current().commit()
    return f"/calendar/feed/{secret}/calendrier.ics"


def fetched(client: Client, address: str) -> TestResponse:
    """What is answered to a program, which has no cookie."""
    return client.application.test_client().get(address)


def read(answer: TestResponse) -> dict[str, Any]:
    """The events of a feed, by their UID, as another parser reads them."""
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "text/calendar"
    calendar = vobject.readOne(answer.get_data(as_text=True), validate=True)
    events = calendar.contents.get("vevent", [])
    found = {event.uid.value: event for event in events}
    assert len(found) == len(events)
    return found
