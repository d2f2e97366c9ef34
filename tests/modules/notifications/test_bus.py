"""The bus: who is told, once, where they chose, in both languages."""

from contextlib import suppress

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.enums import AudienceKind, NotificationTopic, PermissionScope as S, PermissionType as T
from app.models import Notification, NotificationChoice, NotificationRecipient, PCeen
from app.modules.notifications.effects import RingDevices
from app.modules.notifications.queries import audiences
from app.modules.notifications.rules.audiences import FOLLOWERS, Audience, people
from app.modules.notifications.service.bus import Notice, tell
from tests.conftest import Outbox
from tests.factories import PCeenFactory, RoleFactory
from tests.modules.bar.ledger_site import Site, at_once

BEKK = Notice(topic=NotificationTopic.bekk, title="Un Bekk", body="Il est là.", url="/bekk")
SITE = Notice(topic=NotificationTopic.site, title="Coupure", body="Jeudi.")


def audience(kind: AudienceKind, **more: tuple[int, ...]) -> Audience:
    return Audience(kind=kind, **more)


def told_to(session: Session, app: Flask, notice: Notice, to: Audience) -> set[int]:
    """Who is told; as many as were counted before."""
    counted = audiences.count(session, to, notice.topic)
    with app.app_context(), transaction(session):
        told = tell(session, notice, to)
        assert told is not None
        assert told.audience_count == counted
        number = told.id
    recipients = sa.select(NotificationRecipient.pceen_id)
    rows = session.scalars(recipients.where(NotificationRecipient.notification_id == number)).all()
    assert len(rows) == len(set(rows)) == counted
    return set(rows)


def test_holders_of_either_role_are_told_once_and_nobody_else(app: Flask, session: Session) -> None:
    a, b, c = RoleFactory(), RoleFactory(), RoleFactory()
    one, other, both = (
        PCeenFactory(roles=[a]),
        PCeenFactory(roles=[b]),
        PCeenFactory(roles=[a, b]),
    )
    PCeenFactory(roles=[c])
    PCeenFactory()

    found = told_to(session, app, SITE, audience(AudienceKind.role, roles=(a.id, b.id)))

    assert found == {one.id, other.id, both.id}
    kept = session.scalars(sa.select(Notification)).one()
    assert {role.id for role in kept.roles} == {a.id, b.id}


def test_alumni_are_told_nothing_that_is_for_students(app: Flask, session: Session) -> None:
    student = PCeenFactory(slugs=["eleve"])
    PCeenFactory(slugs=["alumni"])

    assert told_to(session, app, SITE, audience(AudienceKind.eleves)) == {student.id}


@pytest.mark.parametrize("kind", [AudienceKind.all, AudienceKind.eleves, AudienceKind.people])
def test_closed_accounts_are_told_nothing(app: Flask, session: Session, kind: AudienceKind) -> None:
    open_one = PCeenFactory(slugs=["eleve"])
    closed = [
        PCeenFactory(slugs=["eleve"], disabled_at=clock.now()),
        PCeenFactory(slugs=["eleve"], disabled_at=clock.now(), erased_at=clock.now()),
    ]

    numbers = (open_one.id, *(one.id for one in closed))
    asked = audience(kind, people=numbers) if kind is AudienceKind.people else audience(kind)

    assert told_to(session, app, SITE, asked) == {open_one.id}


def test_a_topic_is_followed_by_those_who_may_read_of_it(app: Flask, session: Session) -> None:
    reader = PCeenFactory(can=[(T.read, S.bekk)])
    manager = PCeenFactory(can=[(T.write, S.bekk)])
    PCeenFactory(can=[(T.read, S.club_q)])

    assert told_to(session, app, BEKK, FOLLOWERS) == {reader.id, manager.id}


def test_each_is_told_where_they_chose(app: Flask, session: Session) -> None:
    ada, bob = PCeenFactory(), PCeenFactory()
    for topic in (NotificationTopic.bekk, NotificationTopic.site):
        session.add(
            NotificationChoice(pceen_id=ada.id, topic=topic, bell=False, push=False, digest=True)
        )
    session.commit()

    told_to(session, app, BEKK, people(ada.id, bob.id))
    told_to(session, app, SITE, people(ada.id, bob.id))

    rows = session.scalars(sa.select(NotificationRecipient).order_by("notification_id", "pceen_id"))
    kept = [(one.pceen_id, one.in_bell, one.digest_due) for one in rows]
    assert kept == [
        (ada.id, False, True),  # they want it in the mail of the evening alone
        (bob.id, True, False),
        (ada.id, True, True),  # the messages of the site are in every bell
        (bob.id, True, False),
    ]


def test_what_is_translated_is_kept_in_both_languages(app: Flask, session: Session) -> None:
    ada = PCeenFactory()
    notice = Notice(topic=NotificationTopic.site, title=_l("Mon profil"), body=_l("Se connecter"))

    told_to(session, app, notice, people(ada.id))
    told_to(session, app, SITE, people(ada.id))

    translated, french = session.scalars(sa.select(Notification).order_by(Notification.id)).all()
    assert translated.words("fr") == ("Mon profil", "Se connecter")
    assert translated.words("en") == ("My profile", "Log in")
    assert french.words("en") == french.words("fr") == ("Coupure", "Jeudi.")


def test_an_event_is_told_once_whoever_tries_again(
    app: Flask, session: Session, outbox: Outbox
) -> None:
    ada = PCeenFactory()
    notice = Notice(topic=NotificationTopic.site, title="Une fois", body="", key="once:1")
    with app.app_context(), transaction(session):
        assert tell(session, notice, people(ada.id)) is not None
        assert tell(session, notice, people(ada.id)) is None
    with app.app_context(), transaction(session):
        assert tell(session, notice, people(ada.id)) is None

    assert session.scalars(sa.select(sa.func.count(NotificationRecipient.pceen_id))).one() == 1
    assert [type(one) for one in outbox()] == [RingDevices]


def test_two_who_tell_the_same_event_at_once_tell_it_once(shared: Flask) -> None:
    site = Site(shared)
    number = site.ask(lambda _session: PCeenFactory().id)
    notice = Notice(topic=NotificationTopic.site, title="Une fois", body="", key="race:1")

    def telling(session: Session) -> None:
        with transaction(session):
            tell(session, notice, people(number))

    at_once([site.done(telling) for _ in range(4)])

    rows = sa.select(sa.func.count(NotificationRecipient.pceen_id))
    assert site.ask(lambda session: session.scalars(rows).one()) == 1


def test_nothing_is_told_of_what_did_not_happen(
    app: Flask, session: Session, outbox: Outbox
) -> None:
    ada: PCeen = PCeenFactory()
    with app.app_context(), suppress(ZeroDivisionError), transaction(session):
        tell(session, SITE, people(ada.id))
        _ = 1 / 0

    assert session.scalars(sa.select(Notification)).all() == []
    assert outbox() == []
