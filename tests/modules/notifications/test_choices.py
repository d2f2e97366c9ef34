"""What one wants to be told of, where, and when one's devices are silent."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.enums import NotificationTopic, PermissionScope as S, PermissionType as T
from app.models import (
    NotificationChoice,
    NotificationHours,
    NotificationRecipient,
    PCeen,
)
from tests.client import Page
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.factories.calendar import NotificationFactory, PushSubscriptionFactory, told

PAGE = "/notifications/choices"
#: What boxes are ticked for who chose nothing, but for topics of which they may read nothing.
DEFAULTS = [
    *("site.push", "bekk.bell", "bekk.push", "theatre.bell", "theatre.push"),
]


@pytest.fixture
def ada(session: Session) -> PCeen:
    return PCeenFactory(can=[(T.read, S.bekk)])


def ticked(page: Page) -> list[str]:
    return [str(tag["value"]) for tag in page.html.select("[name=wanted][checked]")]


def kept(session: Session) -> dict[NotificationTopic, tuple[bool, bool, bool]]:
    session.expire_all()
    found = session.scalars(sa.select(NotificationChoice))
    return {one.topic: (one.bell, one.push, one.digest) for one in found}


def test_the_topics_are_those_of_the_pages_that_one_may_read(login: Login, ada: PCeen) -> None:
    page = login(ada).open_page(PAGE)

    topics = {str(tag["value"]).split(".")[0] for tag in page.html.select("[name=wanted]")}
    assert topics == {"site", "bekk", "theatre"}
    assert ticked(page) == ["site.bell", *DEFAULTS]
    assert page.html.select("[value='site.bell'][disabled]")


def test_only_what_differs_is_kept(session: Session, login: Login, ada: PCeen) -> None:
    browser = login(ada)

    page = browser.submit(PAGE, wanted=[*DEFAULTS, "bekk.digest"])
    assert page.flashes == ["Vos choix sont enregistrés."]
    assert kept(session) == {NotificationTopic.bekk: (True, True, True)}
    assert "bekk.digest" in ticked(browser.open_page(PAGE))

    browser.submit(PAGE, wanted=DEFAULTS)
    assert kept(session) == {}


def test_the_messages_of_the_site_stay_in_the_bell(
    session: Session, login: Login, ada: PCeen
) -> None:
    login(ada).submit(PAGE, wanted=[])

    assert kept(session) == {
        NotificationTopic.site: (True, False, False),
        NotificationTopic.bekk: (False, False, False),
        NotificationTopic.theatre: (False, False, False),
    }


def test_what_one_was_not_asked_stays(session: Session, login: Login, ada: PCeen) -> None:
    club_q = NotificationTopic.club_q
    session.add(
        NotificationChoice(pceen_id=ada.id, topic=club_q, bell=True, push=False, digest=True)
    )
    session.commit()
    browser = login(ada)

    browser.submit(PAGE, wanted=DEFAULTS)
    assert kept(session) == {club_q: (True, False, True)}
    assert browser.post(PAGE, data={"wanted": [*DEFAULTS, "club_q.bell"]}).status_code == 422


@pytest.mark.parametrize(
    ("start", "end"), [("22:00", "08:00"), ("12:30", "14:00"), ("00:00", "23:59")]
)
def test_devices_are_silent_when_one_says(
    session: Session, login: Login, ada: PCeen, start: str, end: str
) -> None:
    browser = login(ada)

    browser.submit(PAGE, wanted=DEFAULTS, quiet_from=start, quiet_until=end)
    hours = session.scalars(sa.select(NotificationHours)).one()
    assert (hours.quiet_from, hours.quiet_until) == (start, end)
    page = browser.open_page(PAGE)
    assert [tag["value"] for tag in page.html.select("[type=time]")] == [start, end]

    browser.submit(PAGE, wanted=DEFAULTS, quiet_from="", quiet_until="")
    session.expire_all()
    assert session.scalars(sa.select(NotificationHours)).all() == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"quiet_from": "22:00"}, "Donnez les deux heures, ou aucune."),
        ({"quiet_until": "08:00"}, "Donnez les deux heures, ou aucune."),
        ({"quiet_from": "08:00", "quiet_until": "08:00"}, "Donnez deux heures différentes."),
        ({"quiet_from": "25:00", "quiet_until": "08:00"}, "Cette heure n'existe pas."),
        ({"wanted": ["bekk.pigeon"]}, "Not a valid choice"),
    ],
)
def test_what_makes_no_sense_is_refused_and_kept_on_the_page(
    session: Session, login: Login, ada: PCeen, fields: dict[str, Any], said: str
) -> None:
    page = login(ada).submit(PAGE, status=422, **{"wanted": ["bekk.digest"], **fields})

    assert page.html.select(".error-summary")
    if said.endswith("."):
        assert said in page.text("fieldset")
    if "wanted" not in fields:
        assert ticked(page) == ["site.bell", "bekk.digest"]
    assert kept(session) == {}
    assert session.scalars(sa.select(NotificationHours)).all() == []


def test_who_wants_no_mail_any_more_is_owed_none(
    session: Session, login: Login, ada: PCeen
) -> None:
    for topic in (NotificationTopic.bekk, NotificationTopic.theatre):
        made = NotificationFactory(topic=topic)
        row = NotificationRecipient(notification_id=made.id, pceen_id=ada.id, digest_due=True)
        session.add(row)
    session.commit()

    login(ada).submit(PAGE, wanted=[*DEFAULTS, "theatre.digest"])

    session.expire_all()
    rows = session.scalars(sa.select(NotificationRecipient).order_by("notification_id")).all()
    assert [row.digest_due for row in rows] == [False, True]


def test_the_profile_says_how_one_is_told(
    session: Session, login: Login, ada: PCeen, queries: list[str]
) -> None:
    browser = login(ada)
    assert "Aucun appareil ne sonne." in browser.open_page("/profile/").text("main")
    queries.clear()
    browser.open_page("/profile/")
    cost = len(queries)
    PushSubscriptionFactory(pceen=ada)
    PushSubscriptionFactory(pceen=ada)
    PushSubscriptionFactory()
    session.add(NotificationHours(pceen_id=ada.id, quiet_from="22:00", quiet_until="08:00"))
    session.commit()
    told(ada)

    queries.clear()
    page = browser.open_page("/profile/")

    assert len(queries) == cost
    assert "2 appareils sonnent." in page.text("main")
    assert "Heures calmes de 22:00 à 08:00." in page.text("main")
    assert page.html.select(f"main a[href='{PAGE}']")


def test_mails_written_to_one_are_said_to_be_no_part_of_the_choice(
    login: Login, ada: PCeen
) -> None:
    page = login(ada).open_page(PAGE)

    assert "Résumé du soir, par mail" in page.texts("th")
    assert "partent de toute façon" in page.text("#wanted")
