"""What GRIs and managers write to many people: to whom, once, and how it goes."""

import time
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import (
    AudienceKind,
    NotificationTopic,
    PermissionScope as S,
    PermissionType as T,
    PushState,
)
from app.models import (
    AuditEvent,
    Notification,
    NotificationRecipient,
    PCeen,
    PushDelivery,
    pceen_role,
)
from app.modules.notifications import around
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories import PCeenFactory, RoleFactory, role_with
from tests.factories.calendar import NotificationFactory, PushSubscriptionFactory
from tests.factories.people import system_role

PAGE = "/gris/push_notifications"
WRITTEN = {"topic": "site", "target": "all", "title": "Coupure", "body": "Jeudi à 8 h."}
HOSTILE = "<script>alert(1)</script>\"'><img onerror=x>"
#: What lets one write of a topic.
MANAGERS = [
    ("club_q", (T.write, S.club_q)),
    ("bekk", (T.write, S.bekk)),
    ("panier_bio", (T.write, S.panier_bio)),
    ("theatre", (T.write, S.theatre)),
    ("calendar", (T.write, S.calendar)),
    ("bar", (T.all, S.bar)),
]


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(around, "has_keys", lambda: True)


@pytest.fixture
def gri(session: Session, login: Login) -> Client:
    return login(PCeenFactory(prenom="Marie", nom="Curie", slugs=["gri"]))


def options(page: Page, name: str) -> list[str]:
    return [str(tag["value"]) for tag in page.html.select(f"[name={name}] option")]


def hidden(page: Page) -> dict[str, list[str]]:
    """What a preview would send."""
    fields: dict[str, list[str]] = {}
    for tag in page.html.select("main form input[type=hidden]"):
        fields.setdefault(str(tag["name"]), []).append(str(tag["value"]))
    return fields


def send(browser: Client, **written: Any) -> Page:
    """Write a notification, see it, then send it."""
    preview = browser.submit(PAGE, **WRITTEN | written)
    return browser.submit(PAGE, **hidden(preview), confirmed="1")


def sent(session: Session) -> list[Notification]:
    session.expire_all()
    return list(session.scalars(sa.select(Notification).order_by(Notification.id)))


def test_it_is_shown_with_the_number_of_people_then_sent_to_them(
    session: Session, gri: Client
) -> None:
    for _ in range(2):
        PCeenFactory()
    PCeenFactory(disabled_at=clock.now())

    preview = gri.submit(PAGE, **WRITTEN, title_en="Power cut", body_en="On Thursday.", quiet="y")
    assert preview.text("h1") == "Envoyer à 3 personnes ?"
    assert preview.texts(".told h2") == ["Coupure", "Power cut"]
    assert sent(session) == []

    page = gri.submit(PAGE, **hidden(preview), confirmed="1")
    assert page.flashes == ["La notification part à 3 personnes."]
    assert page.text("h1") == "Coupure"
    (told,) = sent(session)
    assert told.words("en") == ("Power cut", "On Thursday.")
    assert (told.topic, told.target_type) == (NotificationTopic.site, AudienceKind.all)
    assert (told.quiet, told.url, told.image, told.audience_count) == (True, "/", None, 3)
    assert told.sender is not None
    assert told.sender.nom == "Curie"
    assert session.scalars(sa.select(sa.func.count(NotificationRecipient.pceen_id))).one() == 3
    (event,) = session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "notifications.message.send")
    )
    assert (event.object_id, event.after["audience"]) == (told.id, 3)


def test_what_is_to_be_corrected_is_as_it_was_typed(session: Session, gri: Client) -> None:
    preview = gri.submit(PAGE, **WRITTEN, url="/legal")

    page = gri.submit(PAGE, **hidden(preview), confirmed="edit")

    assert page.html.select_one("[name=title]")["value"] == "Coupure"
    assert page.html.select_one("[name=url]")["value"] == "/legal"
    assert hidden(page)["confirmed"] == [""]
    assert sent(session) == []


def test_sent_twice_it_leaves_once(session: Session, gri: Client) -> None:
    fields = hidden(gri.submit(PAGE, **WRITTEN))

    first, again = (gri.post(PAGE, data={**fields, "confirmed": "1"}) for _ in range(2))

    assert first.status_code == again.status_code == 303
    assert first.location == again.location
    assert len(sent(session)) == 1


def test_a_form_that_comes_back_changed_sends_nothing_more(session: Session, gri: Client) -> None:
    fields = hidden(gri.submit(PAGE, **WRITTEN))
    gri.post(PAGE, data={**fields, "confirmed": "1"})

    page = gri.submit(PAGE, **{**fields, "title": "Autre chose", "confirmed": "1"}, status=409)

    assert page.html.select(".error-summary")
    assert [told.title for told in sent(session)] == ["Coupure"]


def test_it_is_sent_to_the_holders_of_roles(session: Session, gri: Client) -> None:
    a, b = RoleFactory(name="Chorale"), RoleFactory(name="Échecs")
    PCeenFactory(roles=[a])
    PCeenFactory(roles=[a, b])
    PCeenFactory()

    page = send(gri, target="role", roles=[a.id, b.id])

    (told,) = sent(session)
    assert told.audience_count == 2
    assert page.texts("main .role") == ["Chorale", "Échecs"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 129}, "title"),
        ({"body": ""}, "body"),
        ({"body": "x" * 513}, "body"),
        ({"title_en": "Power cut"}, "body_en"),
        ({"body_en": "On Thursday."}, "body_en"),
        ({"url": "//evil.org"}, "url"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "http://example.org"}, "url"),
        ({"url": "/" + "x" * 256}, "url"),
        ({"image": "data:image/png;base64,x"}, "image"),
        ({"topic": "weather"}, "topic"),
        ({"target": "people"}, "target"),
        ({"target": "role"}, "roles"),
        ({"target": "role", "roles": ["999"]}, "roles"),
        ({"target": "role", "roles": ["0"]}, "roles"),
        ({"target": "role", "roles": ["x"]}, "roles"),
    ],
)
def test_what_makes_no_sense_is_said_next_to_its_field(
    session: Session, gri: Client, fields: dict[str, Any], field: str
) -> None:
    page = gri.submit(PAGE, status=422, **WRITTEN | {"confirmed": "1"} | fields)

    assert page.html.select(f"#{field}-errors")
    assert hidden(page)["confirmed"] == [""]  # it is shown again before it leaves
    assert sent(session) == []


def test_what_is_for_nobody_does_not_leave(session: Session, gri: Client) -> None:
    nobody = RoleFactory()
    fields = {**WRITTEN, "target": "role", "roles": [nobody.id]}

    for confirmed in ({}, {"confirmed": "1"}):
        page = gri.submit(PAGE, status=422, **fields, **confirmed)
        assert "Personne ne recevrait cette notification." in page.text("#target-errors")
    assert sent(session) == []


@pytest.mark.parametrize("confirmed", [{}, {"confirmed": "1"}])
def test_without_keys_nothing_is_sent_nor_lost(
    session: Session, gri: Client, monkeypatch: pytest.MonkeyPatch, confirmed: dict[str, str]
) -> None:
    monkeypatch.setattr(around, "has_keys", lambda: False)

    page = gri.submit(PAGE, status=422, **WRITTEN, **confirmed)

    assert page.texts(".toast-danger .toast-text")
    assert page.html.select_one("[name=title]")["value"] == "Coupure"
    assert sent(session) == []


def test_the_command_that_makes_keys_is_told_to_gris_alone(
    session: Session, login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(around, "has_keys", lambda: False)

    said = login(PCeenFactory(slugs=["gri"])).open_page(PAGE).text("main")
    assert "flask notifications keys" in said
    said = login(PCeenFactory(can=[(T.write, S.bekk)])).open_page(PAGE).text("main")
    assert "Écrivez aux GRI." in said
    assert "flask" not in said


def test_what_is_hostile_is_text(session: Session, gri: Client) -> None:
    written = {**WRITTEN, "title": HOSTILE, "body": HOSTILE}
    preview = gri.submit(PAGE, **written)
    page = send(gri, **written)

    for shown in (preview, page, gri.open_page(PAGE)):
        assert not shown.html.select("main script, main img, main [onerror]")
    assert page.text("h1") == HOSTILE
    (told,) = sent(session)
    assert told.title == HOSTILE


def test_a_thousand_people_are_told_within_a_second(session: Session, gri: Client) -> None:
    role = RoleFactory()
    one = PCeenFactory()
    template = {c.name: getattr(one, c.name) for c in PCeen.__table__.columns if c.name != "id"}
    session.execute(
        sa.insert(PCeen),
        [{**template, "username": f"many{n}", "email": f"many{n}@x.org"} for n in range(1000)],
    )
    found = sa.select(PCeen.id, sa.literal(role.id)).where(PCeen.username.like("many%"))
    session.execute(sa.insert(pceen_role).from_select(["pceen_id", "role_id"], found))
    session.commit()
    fields = hidden(gri.submit(PAGE, **WRITTEN | {"target": "role", "roles": [role.id]}))

    start = time.perf_counter()
    answer = gri.post(PAGE, data={**fields, "confirmed": "1"})
    took = time.perf_counter() - start

    assert answer.status_code == 303
    assert took < 1
    assert sent(session)[0].audience_count == 1000


# Who may


@pytest.mark.parametrize(("topic", "right"), MANAGERS)
def test_a_manager_writes_of_their_topic_to_those_whom_it_concerns(
    session: Session, login: Login, topic: str, right: tuple[T, S]
) -> None:
    manager = PCeenFactory(can=[right])
    PCeenFactory(can=[(T.read, right[1])])
    PCeenFactory()
    browser = login(manager)

    page = browser.open_page(PAGE)
    assert (options(page, "topic"), options(page, "target")) == ([topic], ["followers"])
    assert not page.html.select("[name=roles]")
    assert browser.open_page("/notifications/").html.select(f"main a[href='{PAGE}']")

    send(browser, topic=topic, target="followers")
    (told,) = sent(session)
    assert told.audience_count == (3 if topic == "theatre" else 2)


@pytest.mark.parametrize(
    "fields", [{"topic": "site"}, {"topic": "bar"}, {"target": "all"}, {"target": "role"}]
)
def test_a_manager_writes_of_nothing_else_to_nobody_else(
    session: Session, login: Login, fields: dict[str, str]
) -> None:
    browser = login(PCeenFactory(can=[(T.write, S.bekk)]))
    right = {**WRITTEN, "topic": "bekk", "target": "followers", "confirmed": "1"}

    browser.submit(PAGE, status=422, **right | fields)

    assert sent(session) == []


@pytest.mark.parametrize(
    "rights", [[], [(T.read, S.bekk)], [(T.write, S.bar)], [(T.write, S.pceen)]]
)
def test_others_do_not_write(login: Login, rights: list[tuple[T, S]]) -> None:
    browser = login(PCeenFactory(can=rights))

    assert browser.get(PAGE).status_code == 403
    assert browser.post(PAGE, data=WRITTEN).status_code == 403
    assert not browser.open_page("/notifications/").html.select(f"main a[href='{PAGE}']")


def test_a_gri_writes_of_everything_to_everybody_but_people_one_by_one(gri: Client) -> None:
    page = gri.open_page(PAGE)

    assert set(options(page, "topic")) == {topic.value for topic in NotificationTopic}
    assert options(page, "target")[0] == "eleves"
    assert set(options(page, "target")) == {kind.value for kind in AudienceKind} - {"people"}
    public = str(system_role("public").id)
    assert public not in [str(tag["value"]) for tag in page.html.select("[name=roles]")]


# How it goes


def figures(page: Page) -> dict[str, str]:
    names, values = page.texts(".definitions dt"), page.texts(".definitions dd")
    return dict(zip(names, values, strict=True))


def failing(session: Session, **columns: Any) -> Notification:
    """A notification that left for four devices, two of which could not be reached."""
    made: Notification = NotificationFactory(
        **{
            "target_type": AudienceKind.all,
            **dict.fromkeys(("delivered_count", "gone_count"), 1),
            "failed_count": 2,
            "audience_count": 7,
            **columns,
        }
    )
    for state in (PushState.sent, PushState.pending, PushState.parked, PushState.parked):
        device = PushSubscriptionFactory(device="Firefox, Linux")
        session.add(
            PushDelivery(
                notification_id=made.id,
                subscription_id=device.id,
                state=state,
                attempts=5,
                last_error="503 Service Unavailable" if state is PushState.parked else None,
            )
        )
    session.commit()
    return made


def test_the_page_of_a_notification_says_how_it_goes(session: Session, gri: Client) -> None:
    made = failing(session)

    page = gri.open_page(f"{PAGE}/{made.id}")

    shown = figures(page)
    names = ("Personnes", "Remises à des appareils", "Appareils oubliés", "En attente", "En échec")
    assert [shown[name] for name in names] == ["7", "1", "1", "1", "2"]
    assert len(page.html.select("tbody tr")) == 2
    assert "503 Service Unavailable" in page.text("tbody tr:first-child")


def test_devices_that_could_not_be_reached_are_tried_again(session: Session, gri: Client) -> None:
    made = failing(session)

    page = gri.submit(f"{PAGE}/{made.id}/retry", came_from=f"{PAGE}/{made.id}")

    assert page.flashes == ["2 appareils sont essayés de nouveau."]
    assert figures(page)["En attente"] == "3"
    assert figures(page)["En échec"] == "0"
    session.expire_all()
    parked = sa.select(PushDelivery).where(PushDelivery.state == PushState.parked)
    assert session.scalars(parked).all() == []
    actions = session.scalars(sa.select(AuditEvent.action)).all()
    assert actions.count("notifications.message.retry") == 1


def test_a_manager_sees_what_they_sent_alone(session: Session, login: Login) -> None:
    manager = PCeenFactory(can=[(T.write, S.bekk)])
    mine = failing(session, sender=manager, title="La mienne")
    other = failing(session, title="Celle du site")
    browser = login(manager)

    assert browser.open_page(PAGE).texts("td.headline") == ["La mienne"]
    browser.open_page(f"{PAGE}/{mine.id}")
    browser.open_page(f"{PAGE}/{other.id}", status=404)
    assert browser.post(f"{PAGE}/{other.id}/retry").status_code == 404


def test_a_gri_sees_what_was_sent_to_many_and_what_failed(session: Session, gri: Client) -> None:
    failing(session, title="À tous")
    failing(session, title="À une, en échec", target_type=AudienceKind.people)
    NotificationFactory(title="À une", target_type=AudienceKind.people)

    assert gri.open_page(PAGE).texts("td.headline") == ["À une, en échec", "À tous"]


def test_the_list_is_cut_and_costs_the_same_whatever_it_holds(
    session: Session, gri: Client, queries: list[str]
) -> None:
    gri.open_page(PAGE)
    sender = PCeenFactory()

    def cost() -> int:
        queries.clear()
        gri.open_page(PAGE)
        return len(queries)

    NotificationFactory(target_type=AudienceKind.all, sender=sender)
    before = cost()
    for _ in range(21):
        NotificationFactory(target_type=AudienceKind.all, sender=PCeenFactory())

    assert cost() == before
    assert len(gri.open_page(f"{PAGE}?page=2").html.select("td.headline")) == 2


def test_rights_are_asked_of_who_writes_at_the_time(
    app: Flask, session: Session, login: Login
) -> None:
    role = role_with((T.write, S.bekk))
    manager = PCeenFactory(roles=[role])
    PCeenFactory(can=[(T.read, S.bekk)])
    browser = login(manager)
    fields = hidden(browser.submit(PAGE, **WRITTEN | {"topic": "bekk", "target": "followers"}))
    manager.roles = []
    session.commit()

    assert browser.post(PAGE, data={**fields, "confirmed": "1"}).status_code == 403
    assert sent(session) == []
