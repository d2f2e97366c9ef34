"""The mail of the evening, and what is forgotten."""

from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.models import Notification, NotificationRecipient, PCeen
from app.modules.notifications.jobs import DIGEST, FORGET
from app.modules.notifications.mails import EveningDigest
from app.modules.notifications.service import digest, forgetting
from app.web.module import all_effects
from app.worker import run_due
from tests.conftest import Outbox
from tests.factories import PCeenFactory
from tests.factories.calendar import NotificationFactory


@pytest.fixture(autouse=True)
def evening() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-03-14T17:00:00+00:00", tick=False) as clock:
        yield clock


@pytest.fixture
def ada(session: Session) -> PCeen:
    return PCeenFactory(prenom="Ada", email="ada@example.org")


def owed(session: Session, pceen: PCeen, count: int = 1, **columns: Any) -> list[int]:
    """Notifications that the mail of the evening sums up; their numbers."""
    row = {key: columns.pop(key) for key in ("read_at", "digest_due") if key in columns}
    numbers = []
    for number in range(count):
        made = NotificationFactory(**{"title": f"Numéro {number}", **columns})
        values = {"digest_due": True, **row}
        session.add(NotificationRecipient(notification_id=made.id, pceen_id=pceen.id, **values))
        numbers.append(made.id)
    session.commit()
    return numbers


def mails(outbox: Outbox) -> list[EveningDigest]:
    return [one for one in outbox() if isinstance(one, EveningDigest)]


def test_it_leaves_at_six_in_the_evening_in_paris() -> None:
    morning = clock.now() - timedelta(hours=8)
    assert DIGEST.next_due(now=morning) == clock.now()


def test_one_mail_sums_up_what_someone_has_not_read(
    app: Flask, session: Session, ada: PCeen, outbox: Outbox
) -> None:
    owed(session, ada, count=23)
    owed(session, ada, title="Lue", read_at=clock.now())
    owed(session, ada, title="Sous la cloche", digest_due=False)
    owed(session, PCeenFactory(locale="en"), title="Coupure", title_en="Power cut", body_en="Now")

    DIGEST.run(session)

    mine, other = mails(outbox)
    assert (mine.to, mine.prenom, mine.more, len(mine.notices)) == ("ada@example.org", "Ada", 3, 20)
    assert mine.notices[0][1] == "Numéro 22"
    assert [notice[1:3] for notice in other.notices] == [["Power cut", "Now"]]
    with app.app_context():
        assert mine.headline == "23 notifications non lues"


def test_whatever_runs_twice_there_is_one_mail_an_evening(
    session: Session, ada: PCeen, outbox: Outbox, evening: time_machine.Traveller
) -> None:
    owed(session, ada)
    for _ in range(2):
        DIGEST.run(session)
    owed(session, ada, title="Trop tard")
    DIGEST.run(session)
    assert len(mails(outbox)) == 1

    evening.shift(timedelta(days=1))
    DIGEST.run(session)
    assert [mail.notices[0][1] for mail in mails(outbox)] == ["Numéro 0", "Trop tard"]


def test_the_mail_and_what_it_tells_are_written_together(
    session: Session, ada: PCeen, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    owed(session, ada)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(digest, "defer", stop)
    with pytest.raises(KeyboardInterrupt):
        DIGEST.run(session)

    session.expire_all()
    row = session.scalars(sa.select(NotificationRecipient)).one()
    assert row.digested_at is None
    assert mails(outbox) == []


@pytest.mark.parametrize(
    "columns",
    [
        {"email_confirmed_at": None},
        {"email": None, "email_confirmed_at": None},
        {"disabled_at": clock.now()},
    ],
)
def test_nobody_is_written_to_where_they_may_not_be(
    session: Session, outbox: Outbox, columns: dict[str, Any]
) -> None:
    owed(session, PCeenFactory(**columns))

    DIGEST.run(session)

    assert mails(outbox) == []


def test_old_news_is_told_to_nobody(session: Session, ada: PCeen, outbox: Outbox) -> None:
    owed(session, ada, created_at=clock.now() - timedelta(days=8))

    DIGEST.run(session)

    assert mails(outbox) == []


@pytest.mark.parametrize(("locale", "said"), [("fr", "<b>Salut</b>"), ("en", "Hello")])
def test_the_mail_is_in_the_language_of_who_reads_it(
    app: Flask, session: Session, mailbox: list[EmailMessage], locale: str, said: str
) -> None:
    words = {"title": "<b>Salut</b>", "title_en": "Hello", "body_en": "World"}
    owed(session, PCeenFactory(locale=locale), count=2, url="/legal", **words)
    DIGEST.run(session)

    with app.app_context():
        run_due(session, all_effects())

    (mail,) = mailbox
    html = mail.get_body(("html",)).get_content()
    page = BeautifulSoup(html, "html.parser")
    assert page.html["lang"] == locale
    assert page.select("strong")[0].get_text() == said
    assert not page.select("b")
    assert 'href="http://localhost/legal"' in html
    assert 'href="http://localhost/notifications/choices"' in html


# What is forgotten


def test_what_is_old_is_forgotten(session: Session, ada: PCeen) -> None:
    now = clock.now()
    (recent,) = owed(session, ada)
    (old,) = owed(session, ada, created_at=now - timedelta(days=366))
    (read_long_ago,) = owed(
        session, ada, created_at=now - timedelta(days=95), read_at=now - timedelta(days=91)
    )
    (read,) = owed(session, ada, read_at=now - timedelta(days=89))
    (unread,) = owed(session, ada, created_at=now - timedelta(days=364))

    FORGET.run(session)

    session.expire_all()
    kept = set(session.scalars(sa.select(Notification.id)))
    mine = set(session.scalars(sa.select(NotificationRecipient.notification_id)))
    assert kept == {recent, read_long_ago, read, unread}
    assert mine == {recent, read, unread}
    assert old not in kept


def test_what_is_forgotten_goes_little_by_little(
    session: Session, ada: PCeen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "_BATCH", 2)
    now = clock.now()
    owed(session, ada, count=5, created_at=now - timedelta(days=400))
    owed(session, ada, count=5, read_at=now - timedelta(days=100))

    FORGET.run(session)

    assert session.scalars(sa.select(sa.func.count(NotificationRecipient.pceen_id))).one() == 0
    assert session.scalars(sa.select(sa.func.count(Notification.id))).one() == 5
