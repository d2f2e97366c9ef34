"""What readers are told of the Bekk, in the site."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.enums import DocumentState, NotificationTopic, PermissionScope as S, PermissionType as T
from app.integrations.documents import Undecodable
from app.integrations.folders import BekkFiles
from app.models import PCeen
from app.modules.bekk.service import issues as service
from app.modules.bekk.service.issues import Details
from app.modules.notifications.service.bus import tell
from tests.conftest import Outbox
from tests.factories import PCeenFactory
from tests.modules.bekk.test_issues import ONE, change, fail_with, only, publish, work
from tests.notices import notice, told

DAY = timedelta(days=1)

pytestmark = pytest.mark.usefixtures("drawn")


@pytest.fixture
def reader(session: Session) -> PCeen:
    """Someone who reads the Bekk, among others who do not."""
    PCeenFactory()
    made: PCeen = PCeenFactory(can=[(T.read, S.bekk)])
    return made


def of(days_ago: int) -> Details:
    return Details(name="La rentrée", promo=144, date=clock.today() - days_ago * DAY)


def test_readers_are_told_of_an_issue_once_it_may_be_read(
    session: Session, store: BekkFiles, outbox: Outbox, reader: PCeen
) -> None:
    key = publish(session, store, details=of(1)).id
    assert told(session) == {}

    work(session, store, outbox)
    work(session, store, outbox)

    assert told(session) == {f"bekk:{key}": {reader.id}}
    found = notice(session, f"bekk:{key}")
    assert (found.topic, found.url) == (NotificationTopic.bekk, f"/bekk/reader/{key}")
    assert found.title == "Un nouveau Bekk est paru"
    assert found.body == "« La rentrée » est à lire sur le site."


def test_another_file_of_it_is_no_news(
    session: Session, store: BekkFiles, outbox: Outbox, reader: PCeen
) -> None:
    issue = publish(session, store, details=of(1))
    work(session, store, outbox)
    change(session, store, issue, ONE, details=of(1))
    work(session, store, outbox)

    assert told(session) == {f"bekk:{issue.id}": {reader.id}}


def test_old_issues_that_come_late_are_no_news_either(
    session: Session, store: BekkFiles, outbox: Outbox
) -> None:
    publish(session, store, details=of(400))

    work(session, store, outbox)

    assert only(session).state is DocumentState.ready
    assert told(session) == {}


def test_one_that_cannot_be_drawn_tells_nothing_until_it_is(
    session: Session,
    store: BekkFiles,
    outbox: Outbox,
    reader: PCeen,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    issue = publish(session, store, details=of(1))
    with monkeypatch.context() as patched:
        fail_with(patched, Undecodable())
        work(session, store, outbox)
    assert (only(session).state, told(session)) == (DocumentState.failed, {})

    with transaction(session):
        service.retry(session, issue=issue)
    work(session, store, outbox)

    assert told(session) == {f"bekk:{issue.id}": {reader.id}}


def test_pages_that_are_not_shown_after_all_tell_nothing(
    session: Session,
    store: BekkFiles,
    outbox: Outbox,
    reader: PCeen,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(session, store, details=of(1))

    def fail(session: Session, *said: Any) -> None:
        assert tell(session, *said) is not None
        1 / 0  # noqa: B018  # what fails

    monkeypatch.setattr(service, "tell", fail)
    with pytest.raises(ZeroDivisionError):
        work(session, store, outbox)

    assert (only(session).state, told(session)) == (DocumentState.processing, {})
