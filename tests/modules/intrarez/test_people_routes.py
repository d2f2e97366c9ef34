"""What those who look after someone do of their room, their devices and their bans."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from app.core import clock
from app.core.clock import PARIS
from app.core.transaction import transaction
from app.enums import BanKind, PermissionScope as S, PermissionType as T, RentalEnd
from app.models import AuditEvent, Ban, Device, PCeen, Rental
from app.modules.intrarez import queries
from app.modules.intrarez.choices import DEVICE_LIMIT
from app.modules.intrarez.effects import RefreshNetwork
from app.modules.intrarez.mails import BanEnded, BanStarted
from app.modules.intrarez.service import bans
from app.modules.intrarez.service.bans import Terms
from tests.client import Client, Page
from tests.conftest import Login, Outbox
from tests.factories import DeviceFactory, PCeenFactory, RentalFactory
from tests.modules.intrarez.conftest import PLAN, Settle
from tests.modules.intrarez.test_routes import address_asked, errors_of, in_words, tables
from tests.notices import but_rings

CONDUCT, UNPAID = BanKind.disciplinary, BanKind.unpaid
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
MAC, OTHER = "3c:22:fb:00:00:01", "3c:22:fb:00:00:02"
HOSTILE = '<img src=x onerror="a()">'


def person(**values: object) -> PCeen:
    made: PCeen = PCeenFactory(slugs=["rezident"], **values)
    return made


def start(session: Session, pceen: PCeen, kind: BanKind = CONDUCT, **said: object) -> Ban:
    terms = Terms(**{"reason": "bruit", "notify": False} | said)  # type: ignore[arg-type]
    with transaction(session):
        return bans.start(session, pceen=pceen, kind=kind, terms=terms, plan=PLAN)


def value_of(page: Page, selector: str) -> str:
    (field,) = page.html.select(selector)
    return str(field.get("value", ""))


def shown(page: Page, form: str) -> dict[str, str]:
    """What a browser would send of a form, as it is shown."""
    (element,) = page.html.select(f"form[id='{form}']")
    fields = {str(i["name"]): str(i.get("value", "")) for i in element.select("input[name]")}
    for box in element.select("input[type=checkbox]"):
        if box.has_attr("checked"):
            fields[str(box["name"])] = str(box.get("value", "y"))
        else:
            del fields[str(box["name"])]
    for area in element.select("textarea"):
        text = (
            area.get_text().removeprefix("\r").removeprefix("\n")
        )  # browsers drop the first line feed
        fields[str(area["name"])] = text.replace("\r\n", "\n").replace(
            "\n", "\r\n"
        )  # and send these
    return fields


def page_of(gri: Client, pceen: PCeen) -> Page:
    return gri.open_page(f"/gris/pceens/{pceen.id}")


def last_event(session: Session) -> AuditEvent:
    return session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()


def only_ban(session: Session) -> Ban:
    session.expire_all()
    return session.scalars(sa.select(Ban)).one()


@pytest.fixture
def me(session: Session) -> PCeen:
    made: PCeen = PCeenFactory(slugs=["gri"], prenom="Gaspard", nom="Monge")
    return made


@pytest.fixture
def gri(login: Login, me: PCeen) -> Client:
    return login(me)


# Their room


def room_form(**values: str) -> dict[str, str]:
    today = clock.today().isoformat()
    return {"room": "305", "start": today, "reason": "Bail vu"} | values


def test_a_gri_gives_a_free_room(session: Session, gri: Client, me: PCeen, outbox: Outbox) -> None:
    bob = person()
    device = DeviceFactory(pceen=bob)

    answer = gri.post(f"/gris/pceens/{bob.id}/rentals", data=room_form())

    assert (answer.status_code, answer.location) == (303, f"/gris/pceens/{bob.id}#room")
    rental = queries.own_rental(session, bob.id)
    assert (rental.room_num, rental.starts_on, rental.ends_on) == (305, clock.today(), None)
    assert queries.address_of(session, device, PLAN) == "10.0.3.5"
    assert outbox() == [RefreshNetwork()]
    event = last_event(session)
    assert (event.action, event.actor_id, event.reason) == (
        "intrarez.rental.open",
        me.id,
        "Bail vu",
    )


def test_a_gri_gives_the_room_of_another_whatever_the_limits(session: Session, gri: Client) -> None:
    former, bob = RentalFactory(room_num=305), person()  # of today: nobody else may take it

    assert gri.post(f"/gris/pceens/{bob.id}/rentals", data=room_form()).status_code == 303

    session.refresh(former)
    assert (former.close_kind, former.ends_on) == (RentalEnd.gri, clock.today())
    assert queries.own_rental(session, bob.id).replaces_id == former.id


def test_who_has_a_room_is_not_given_another(session: Session, gri: Client) -> None:
    RentalFactory(room_num=305)
    bob = RentalFactory(room_num=306, pceen__nom="Boole").pceen

    page = gri.submit(f"/gris/pceens/{bob.id}/rentals", status=409, **room_form())

    assert "Marie Boole" in " ".join(errors_of(page))
    assert value_of(page, "#room") == "305"
    assert queries.own_rental(session, bob.id).room_num == 306


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("room", ""),
        ("room", "999"),
        ("room", "1e2"),
        ("start", "tomorrow"),
        ("start", "2026-02-30"),
        ("end", "today"),
        ("reason", ""),
        ("reason", "   "),
        ("reason", "x" * 256),
    ],
)
def test_a_room_badly_given_is_refused_next_to_its_field(
    session: Session, gri: Client, field: str, value: str
) -> None:
    bob = person()
    days = {"today": clock.today(), "tomorrow": clock.today() + DAY}
    value = days[value].isoformat() if value in days else value
    before = tables(session)

    page = gri.submit(f"/gris/pceens/{bob.id}/rentals", status=422, **room_form() | {field: value})

    assert page.html.select(f"#{field}[aria-invalid]")
    assert value_of(page, f"#{field}") == value.strip()
    assert tables(session) == before


def test_one_form_of_a_room_sent_twice_gives_it_once(session: Session, gri: Client) -> None:
    bob = person()
    fields = room_form(idempotency_key="key")

    answers = [gri.post(f"/gris/pceens/{bob.id}/rentals", data=fields) for _ in range(2)]

    assert [(answer.status_code) for answer in answers] == [303, 303]
    assert len(session.scalars(sa.select(Rental)).all()) == 1


def test_a_gri_changes_dates_and_the_stale_form_is_told_so(
    session: Session, gri: Client, outbox: Outbox
) -> None:
    rental = RentalFactory(room_num=305)
    fields = shown(page_of(gri, rental.pceen), "dates")
    path = f"/gris/pceens/{rental.pceen_id}/rentals/{rental.id}"
    end = (clock.today() + 30 * DAY).isoformat()

    assert gri.post(path, data=fields | {"end": end, "reason": "Bail"}).status_code == 303

    session.refresh(rental)
    assert (rental.ends_on, rental.version) == (clock.today() + 30 * DAY, 2)
    assert outbox() == [RefreshNetwork()]
    assert last_event(session).reason == "Bail"
    page = gri.submit(path, status=409, **fields | {"end": "", "reason": "Encore"})
    assert in_words(clock.today() + 30 * DAY) in " ".join(errors_of(page))
    session.refresh(rental)
    assert rental.version == 2


def test_a_gri_says_that_someone_left(session: Session, gri: Client, settle: Settle) -> None:
    (device,) = settle(305, macs=(MAC,), starts_on=clock.today() - 9 * DAY)
    rental = queries.own_rental(session, device.pceen_id)
    path = f"/gris/pceens/{device.pceen_id}/rentals/{rental.id}/close"
    day = clock.today() - DAY

    page = gri.submit(path, end=day.isoformat(), reason="Clé rendue")

    assert page.flashes == ["La chambre 305 est libre."]
    session.refresh(rental)
    assert (rental.ends_on, rental.close_kind, rental.open_room) == (day, RentalEnd.gri, None)
    assert queries.hosts(session, PLAN) == []
    assert last_event(session).reason == "Clé rendue"


@pytest.mark.parametrize(
    ("field", "value"),
    [("end", "tomorrow"), ("end", "2020-01-01"), ("end", ""), ("reason", "")],
)
def test_a_departure_badly_said_is_refused_next_to_its_field(
    session: Session, gri: Client, field: str, value: str
) -> None:
    rental = RentalFactory(room_num=305)
    value = (clock.today() + DAY).isoformat() if value == "tomorrow" else value
    fields = {"end": clock.today().isoformat(), "reason": "Parti"} | {field: value}

    page = gri.submit(
        f"/gris/pceens/{rental.pceen_id}/rentals/{rental.id}/close", status=422, **fields
    )

    assert page.html.select(f"#{field}[aria-invalid]")
    session.refresh(rental)
    assert rental.closed_at is None


@pytest.mark.parametrize("end", ["", "/close"])
def test_the_rental_of_another_is_not_that_of_this_person(
    session: Session, gri: Client, end: str
) -> None:
    mine, theirs = RentalFactory(room_num=305), RentalFactory(room_num=306)
    before = tables(session)
    fields = {
        "start": "2026-09-01",
        "end": "" if not end else clock.today().isoformat(),
        "reason": "x",
        "version": "1",
    }

    for key in (theirs.id, 999_999, 2**31):
        gri.post(f"/gris/pceens/{mine.pceen_id}/rentals/{key}{end}", data=fields)

    assert tables(session) == before


# Their devices


def test_a_gri_registers_one_device_more_than_the_others_have(
    session: Session, gri: Client, settle: Settle, outbox: Outbox
) -> None:
    (device,) = settle(305, macs=(MAC,))
    DEVICE_LIMIT.set(session, 1)
    session.commit()

    page = gri.submit(
        f"/gris/pceens/{device.pceen_id}/devices", mac_address=OTHER.upper(), name="TV", type="TV"
    )

    assert page.flashes == ["L'appareil est enregistré à son nom."]
    new = queries.with_mac(session, OTHER)
    assert new is not None
    assert (new.pceen_id, new.name, new.type) == (device.pceen_id, "TV", "TV")
    assert queries.address_of(session, new, PLAN) == "10.1.3.5"
    assert outbox() == [RefreshNetwork()]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mac_address", ""),
        ("mac_address", "aabbccddee"),
        ("mac_address", MAC),
        ("mac_address", "01:00:5e:00:00:01"),
        ("name", "x" * 65),
        ("type", "x" * 65),
    ],
)
def test_a_device_badly_said_is_refused_next_to_its_field(
    session: Session, gri: Client, settle: Settle, field: str, value: str
) -> None:
    (device,) = settle(305, macs=(MAC,))
    fields = {"mac_address": OTHER, "name": "a", "type": "b"} | {field: value}

    page = gri.submit(f"/gris/pceens/{device.pceen_id}/devices", status=422, **fields)

    assert page.html.select(f"#{field}[aria-invalid]")
    assert value_of(page, f"#{field}") == value
    assert session.scalars(sa.select(Device)).all() == [device]


def test_who_has_no_room_is_registered_no_device(session: Session, gri: Client) -> None:
    bob = person()

    assert not page_of(gri, bob).html.select("#device")
    gri.submit(f"/gris/pceens/{bob.id}/devices", mac_address=MAC, status=409)

    assert session.scalars(sa.select(Device)).all() == []


def test_a_gri_removes_a_device_even_of_someone_banned(
    session: Session, gri: Client, settle: Settle
) -> None:
    (device,) = settle(305, macs=(MAC,))
    start(session, device.pceen)
    path = f"/gris/pceens/{device.pceen_id}/devices/{device.id}/delete"
    assert page_of(gri, device.pceen).html.select(f"form[action='{path}']")

    assert gri.submit(path).flashes == ["L'appareil est retiré."]

    assert session.scalars(sa.select(Device)).all() == []


def test_the_device_of_another_is_not_removed_from_the_page_of_someone(
    session: Session, gri: Client, settle: Settle
) -> None:
    (theirs,) = settle(305, macs=(MAC,))
    bob = person()

    for key in (theirs.id, 999_999, "9" * 30):
        assert gri.post(f"/gris/pceens/{bob.id}/devices/{key}/delete").status_code == 404

    assert session.scalars(sa.select(Device)).all() == [theirs]


# Banning


def ban_form(**values: str) -> dict[str, str]:
    """A ban of three hours, told by mail."""
    return {"hours": "3", "reason": "bruit", "notify": "y"} | values


def test_a_gri_bans_until_further_notice_by_default(
    session: Session, gri: Client, me: PCeen, settle: Settle, outbox: Outbox
) -> None:
    (device,) = settle(305, macs=(MAC,), pceen=person(prenom="Ada", nom="Lovelace"))
    fields = shown(page_of(gri, device.pceen), "ban") | {"reason": "bruit"}
    assert {"unlimited", "notify"} <= set(fields)

    page = gri.submit(f"/gris/pceens/{device.pceen_id}/ban", **fields)

    assert page.flashes == ["Ada Lovelace n'a plus Internet."]
    made = only_ban(session)
    assert (made.kind, made.reason, made.ends_at, made.created_by_id) == (
        CONDUCT,
        "bruit",
        None,
        me.id,
    )
    assert queries.address_of(session, device, PLAN) == "10.0.8.1"
    assert [type(one) for one in but_rings(outbox)] == [RefreshNetwork, BanStarted]
    assert "bruit" in page.text("#bans")
    assert "Gaspard Monge" in page.text("#bans")


@pytest.mark.parametrize(
    ("now", "fields", "end"),
    [
        ("2027-01-31T15:00", {"months": "1"}, "2027-02-28T15:00"),
        ("2027-03-27T15:00", {"days": "1"}, "2027-03-28T15:00"),
        ("2027-03-27T15:00", {"hours": "24"}, "2027-03-28T16:00"),
        ("2028-02-29T15:00", {"months": "12", "days": "0"}, "2029-02-28T15:00"),
        ("2027-01-31T15:00", {"months": "1", "days": "1", "hours": "1"}, "2027-03-01T16:00"),
        ("2027-06-01T15:00", {"hours": "8760"}, "2028-05-31T15:00"),
        ("2027-06-01T15:00", {"days": "366"}, "2028-06-01T15:00"),
        ("2027-06-01T15:00", {"months": "120"}, "2037-06-01T15:00"),
    ],
)
def test_a_timed_ban_ends_when_the_calendar_says(
    session: Session, login: Login, now: str, fields: dict[str, str], end: str
) -> None:
    begun, over = (datetime.fromisoformat(text).replace(tzinfo=PARIS) for text in (now, end))
    bob = person()

    with time_machine.travel(begun, tick=False):
        gri = login(PCeenFactory(slugs=["gri"]))
        answer = gri.post(f"/gris/pceens/{bob.id}/ban", data={"reason": "bruit", **fields})

    assert answer.status_code == 303
    made = only_ban(session)
    assert (made.starts_at, made.ends_at) == (begun.astimezone(UTC), over.astimezone(UTC))


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"hours": "0", "days": "0", "months": "0"}, "hours"),
        ({"hours": "", "days": "", "months": ""}, "hours"),
        ({"hours": "-1"}, "hours"),
        ({"hours": "1.5"}, "hours"),
        ({"hours": "1e3"}, "hours"),
        ({"hours": "8761"}, "hours"),
        ({"hours": "٣"}, "hours"),
        ({"days": "-1"}, "days"),
        ({"days": "1,5"}, "days"),
        ({"days": "367"}, "days"),
        ({"days": "9" * 30}, "days"),
        ({"months": "-1"}, "months"),
        ({"months": "121"}, "months"),
        ({"months": "un"}, "months"),
        ({"reason": ""}, "reason"),
        ({"reason": " \t "}, "reason"),
        ({"reason": "x" * 33}, "reason"),
        ({"reason": "a\u202eb"}, "reason"),
        ({"message": "é" * 2001}, "message"),
        ({"message": "a\u202eb"}, "message"),
    ],
)
def test_a_ban_badly_said_is_refused_next_to_its_field_and_what_was_typed_is_kept(
    session: Session, gri: Client, outbox: Outbox, values: dict[str, str], wrong: str
) -> None:
    bob = person()
    typed = ban_form(days="2", months="1", message=HOSTILE) | values
    before = tables(session)

    page = gri.submit(f"/gris/pceens/{bob.id}/ban", status=422, **typed)

    assert page.html.select(f"#{wrong}[aria-invalid]")
    assert {field["id"] for field in page.html.select("[aria-invalid]")} == {wrong}
    for field in ("hours", "days", "months"):
        assert value_of(page, f"#{field}") == typed[field]
    if "\u202e" not in typed["reason"] + typed["message"]:
        assert value_of(page, "#reason") == typed["reason"].strip()
        assert page.text("#message") == typed["message"]
    assert not page.html.select("#unlimited[checked]")
    assert page.html.select("#notify[checked]")
    assert not page.html.select("img[onerror]")
    assert (tables(session), outbox()) == (before, [])


def test_a_ban_until_further_notice_wins_over_the_numbers(session: Session, gri: Client) -> None:
    bob = person()

    gri.submit(f"/gris/pceens/{bob.id}/ban", **ban_form(unlimited="y"))

    assert only_ban(session).ends_at is None


def test_the_longest_reason_and_message_are_kept_whole(session: Session, gri: Client) -> None:
    bob = person()
    message = ("🧲" * 1000 + "\n" + "é" * 999)[:2000]

    gri.submit(f"/gris/pceens/{bob.id}/ban", **ban_form(reason="é" * 32, message=message))

    made = only_ban(session)
    assert (made.reason, made.message) == ("é" * 32, message)


def test_html_in_a_ban_is_inert_everywhere(
    session: Session, login: Login, client: Client, settle: Settle
) -> None:
    (device,) = settle(305, macs=(MAC,))
    reason, message = "<b>gras</b>", f"{HOSTILE}\n<script>a()</script>"
    gri = login(PCeenFactory(slugs=["gri"]))
    gri.submit(f"/gris/pceens/{device.pceen_id}/ban", **ban_form(reason=reason, message=message))

    pages = [page_of(gri, device.pceen), gri.open_page("/gris/pceens/all")]
    pages.append(
        gri.submit(f"/gris/pceens/{device.pceen_id}/ban", status=409, **ban_form(message=message))
    )
    login(device.pceen)
    pages += [client.open_page(path) for path in ("/banned", "/", "/profile/")]

    for page in pages:
        assert not page.html.select("img[onerror]")
        assert "a()" not in " ".join(script.get_text() for script in page.html.select("script"))
        assert "gras" not in page.texts("b")
    banned = pages[3]
    assert reason in banned.text("main")
    assert "<script>a()</script>" in banned.text(".quoted")


def test_a_ban_that_is_there_already_is_shown(
    session: Session, gri: Client, outbox: Outbox
) -> None:
    bob = person()
    with time_machine.travel(NOON, tick=False):
        start(session, bob, reason="le premier", ends_at=datetime(2099, 1, 1, 12, tzinfo=UTC))
    waiting = outbox()

    page = gri.submit(
        f"/gris/pceens/{bob.id}/ban", status=409, **ban_form(reason="le second", message="Toc")
    )

    said = page.text(".notice-warning")
    assert "le premier" in said
    assert "1 janvier 2099" in said
    assert (value_of(page, "#reason"), page.text("#message")) == ("le second", "Toc")
    assert only_ban(session).reason == "le premier"
    assert outbox() == waiting


def test_an_unpaid_ban_keeps_nobody_from_being_banned_for_conduct(
    session: Session, gri: Client
) -> None:
    bob = person()
    start(session, bob, UNPAID)

    assert gri.post(f"/gris/pceens/{bob.id}/ban", data=ban_form()).status_code == 303

    kinds = [ban.kind for ban in queries.active_bans(session, bob.id)]
    assert kinds == [CONDUCT, UNPAID]


def test_one_form_of_a_ban_sent_twice_is_one_ban_and_one_answer(
    session: Session, gri: Client, outbox: Outbox
) -> None:
    bob = person()
    fields = ban_form(idempotency_key="key")

    answers = [gri.post(f"/gris/pceens/{bob.id}/ban", data=fields) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    only_ban(session)
    assert len(but_rings(outbox)) == 2


def test_an_unticked_box_sends_no_mail(session: Session, gri: Client, outbox: Outbox) -> None:
    bob = person()
    fields = ban_form()
    del fields["notify"]

    gri.submit(f"/gris/pceens/{bob.id}/ban", **fields)

    assert outbox() == [RefreshNetwork()]


# Who may


@pytest.mark.parametrize(
    ("who", "whom", "is_done"),
    [
        ("gri", "resident", True),
        ("gri", "gri", True),
        ("gri", "self", False),
        ("writer", "resident", True),
        ("writer", "gri", False),
        ("writer", "self", False),
        ("one", "resident", True),
        ("one", "another", False),
        ("reader", "resident", False),
        ("resident", "another", False),
    ],
)
@pytest.mark.parametrize("action", ["ban", "edit", "end"])
def test_who_bans_whom(
    session: Session, login: Login, who: str, whom: str, is_done: bool, action: str
) -> None:
    people = {"resident": person(), "another": person(), "gri": PCeenFactory(slugs=["gri"])}
    me: PCeen = {
        "gri": lambda: PCeenFactory(slugs=["gri"]),
        "writer": lambda: PCeenFactory(can=[(T.write, S.pceen)]),
        "one": lambda: PCeenFactory(can=[(T.write, S.pceen, people["resident"].id)]),
        "reader": lambda: PCeenFactory(can=[(T.read, S.pceen)]),
        "resident": lambda: people["resident"],
    }[who]()
    target = me if whom == "self" else people[whom]
    path, fields = f"/gris/pceens/{target.id}/ban", ban_form()
    if action != "ban":
        made = start(session, target)
        path = f"/gris/bans/{made.id}/{action}"
        fields = {"reason": "autre", "unlimited": "y", "version": "1"} if action == "edit" else {}
    browser = login(me)
    before = tables(session)

    answer = browser.post(path, data=fields)

    assert answer.status_code in (303, 403)
    assert (tables(session) != before) is is_done
    if whom == "self":
        said = browser.open_page("/").flashes
        assert "On ne se suspend pas soi-même." in said


def test_who_writes_one_person_only_does_all_of_that_one_and_nothing_of_others(
    session: Session, login: Login, settle: Settle
) -> None:
    (mine,), (theirs,) = settle(305, macs=(MAC,)), settle(306, macs=(OTHER,))
    one, other = mine.pceen, theirs.pceen
    rental = queries.own_rental(session, other.id)
    browser = login(PCeenFactory(can=[(T.write, S.pceen, one.id)]))
    before = tables(session)

    for path in (
        f"/gris/pceens/{other.id}/ban",
        f"/gris/pceens/{other.id}/rentals",
        f"/gris/pceens/{other.id}/rentals/{rental.id}",
        f"/gris/pceens/{other.id}/rentals/{rental.id}/close",
        f"/gris/pceens/{other.id}/devices",
        f"/gris/pceens/{other.id}/devices/{theirs.id}/delete",
    ):
        assert browser.post(path, data=ban_form() | room_form()).status_code == 403
    assert browser.get(f"/gris/pceens/{other.id}").status_code == 403
    assert browser.get(f"/gris/pceens/{other.id}/connection").status_code == 403
    assert tables(session) == before

    assert page_of(browser, one).html.select("form[id='ban']")
    assert browser.get(f"/gris/pceens/{one.id}/connection").status_code == 200
    assert browser.submit(f"/gris/pceens/{one.id}/ban", **ban_form()).flashes
    key = only_ban(session).id
    assert browser.submit(f"/gris/bans/{key}/end").flashes == ["La suspension est terminée."]
    assert browser.submit(f"/gris/pceens/{one.id}/devices/{mine.id}/delete").flashes


@pytest.mark.parametrize("key", ["0", "999999", "2147483648", "9" * 30, "-1", "²", "1e3"])
@pytest.mark.parametrize(
    "path",
    [
        "/gris/pceens/{}/ban",
        "/gris/bans/{}/edit",
        "/gris/bans/{}/end",
        "/gris/pceens/{}/rentals",
        "/gris/pceens/{}/devices",
    ],
)
def test_what_does_not_exist_is_not_found(
    session: Session, gri: Client, path: str, key: str
) -> None:
    assert gri.post(path.format(key), data=ban_form()).status_code == 404


@pytest.mark.parametrize("key", ["{}", "999999"])
@pytest.mark.parametrize("action", ["edit", "end"])
def test_a_ban_of_another_and_one_that_is_none_answer_alike(
    session: Session, login: Login, key: str, action: str
) -> None:
    made = start(session, person())
    browser = login(person())

    answer = browser.post(f"/gris/bans/{key.format(made.id)}/{action}")

    assert answer.status_code == 403


def test_who_is_not_logged_in_is_sent_to_log_in(session: Session, client: Client) -> None:
    made = start(session, person())
    before = tables(session)

    for path in (f"/gris/pceens/{made.pceen_id}/ban", f"/gris/bans/{made.id}/end"):
        answer = client.post(path, data=ban_form())
        assert (answer.status_code, address_asked(answer.location)[0]) == (302, "/login")

    assert tables(session) == before


def test_a_ban_is_a_form_only(session: Session, gri: Client) -> None:
    made = start(session, person())

    for path in (
        f"/gris/pceens/{made.pceen_id}/ban",
        f"/gris/bans/{made.id}/edit",
        f"/gris/bans/{made.id}/end",
    ):
        assert gri.get(path).status_code == 405
    assert only_ban(session).open_key is not None


# The forms of the page


def test_three_forms_have_three_addresses_and_each_does_its_own_thing(
    session: Session, gri: Client
) -> None:
    bob = person()
    made = start(session, bob, UNPAID)
    page = page_of(gri, bob)

    forms = {str(form["id"]): str(form["action"]) for form in page.html.select("#bans form")}

    assert forms == {
        "ban": f"/gris/pceens/{bob.id}/ban",
        f"edit-{made.id}": f"/gris/bans/{made.id}/edit",
        f"end-{made.id}": f"/gris/bans/{made.id}/end",
    }
    ids = [str(element["id"]) for element in page.html.select("[id]")]
    assert len(set(ids)) == len(ids)

    sent = shown(page, f"edit-{made.id}") | {"reason": "impayé"}
    assert gri.post(forms[f"edit-{made.id}"], data=sent).status_code == 303
    session.expire_all()
    assert (made.reason, made.ended_at) == ("impayé", None)
    assert queries.open_ban(session, bob.id, CONDUCT) is None

    assert gri.post(forms["ban"], data=shown(page, "ban") | {"reason": "bruit"}).status_code == 303
    session.expire_all()
    assert (made.reason, made.ended_at) == ("impayé", None)
    other = queries.open_ban(session, bob.id, CONDUCT)
    assert other is not None

    sent = shown(page, f"end-{made.id}")
    assert gri.post(forms[f"end-{made.id}"], data=sent).status_code == 303
    session.expire_all()
    assert made.ended_at is not None
    assert (other.reason, other.ended_at) == ("bruit", None)


@pytest.mark.parametrize("button", ["ban", "end", "edit", "submit", "unlimited"])
def test_the_name_of_a_button_makes_no_other_form_of_it(
    session: Session, gri: Client, button: str
) -> None:
    made = start(session, person(), ends_at=clock.now() + DAY)
    fields = {"reason": "bruit", "message": "", "version": "1", button: "1"}

    gri.post(f"/gris/bans/{made.id}/end", data=fields)

    session.expire_all()
    assert made.ended_at is not None
    assert made.reason == "bruit"


def test_the_form_of_a_ban_is_not_offered_for_oneself_nor_twice(
    session: Session, gri: Client, me: PCeen
) -> None:
    bob = person()
    start(session, bob)

    assert not page_of(gri, me).html.select("form[id='ban']")
    assert not page_of(gri, bob).html.select("form[id='ban']")


# Editing


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def test_saving_what_is_shown_twenty_times_keeps_the_end_to_the_second(
    session: Session, login: Login, outbox: Outbox
) -> None:
    begun = NOON + timedelta(seconds=42, microseconds=123456)
    bob = person()
    with time_machine.travel(begun, tick=False) as now:
        gri = login(PCeenFactory(slugs=["gri"]))
        gri.submit(f"/gris/pceens/{bob.id}/ban", **ban_form(hours="48", message="Deux\nlignes"))
        made = only_ban(session)
        end, waiting = made.ends_at, outbox()
        assert end == begun + 48 * HOUR
        now.shift(10 * HOUR)
        for _ in range(20):
            fields = shown(page_of(gri, bob), f"edit-{made.id}")
            assert fields["ends_at"] == "2026-11-26T13:00"  # in Paris
            page = gri.submit(f"/gris/bans/{made.id}/edit", **fields)
            assert page.flashes == ["Rien n'a changé."]
            now.shift(timedelta(minutes=1))

    made = only_ban(session)
    assert (made.ends_at, made.message, made.version) == (end, "Deux\nlignes", 1)
    assert outbox() == waiting


def test_saving_what_is_shown_keeps_an_end_in_the_hour_that_the_clock_shows_twice(
    session: Session, gri: Client
) -> None:
    end = datetime(2027, 10, 31, 1, 30, 12, tzinfo=UTC)  # the second 02:30 in Paris
    with time_machine.travel(NOON, tick=False):
        made = start(session, person(), ends_at=end)
    fields = shown(page_of(gri, made.pceen), f"edit-{made.id}")

    gri.submit(f"/gris/bans/{made.id}/edit", **fields)

    assert only_ban(session).ends_at == end


def test_saving_what_is_shown_of_an_endless_ban_keeps_it_endless(
    session: Session, gri: Client
) -> None:
    made = start(session, person(), message="Un mot.")
    fields = shown(page_of(gri, made.pceen), f"edit-{made.id}")
    assert (fields["unlimited"], fields["ends_at"]) == ("y", "")

    page = gri.submit(f"/gris/bans/{made.id}/edit", **fields)

    assert page.flashes == ["Rien n'a changé."]
    made = only_ban(session)
    assert (made.ends_at, made.message, made.version) == (None, "Un mot.", 1)


def test_the_lines_of_a_message_are_kept_as_they_are(session: Session, gri: Client) -> None:
    made = start(session, person(), message="a\n\nb  c")
    fields = shown(page_of(gri, made.pceen), f"edit-{made.id}")

    gri.submit(f"/gris/bans/{made.id}/edit", **fields)

    assert only_ban(session).message == "a\n\nb  c"


def test_the_end_that_is_typed_is_that_of_the_clock_in_paris(
    session: Session, login: Login, outbox: Outbox
) -> None:
    with time_machine.travel(NOON, tick=False):
        made = start(session, person(), ends_at=NOON + DAY)
        gri = login(PCeenFactory(slugs=["gri"]))
        fields = shown(page_of(gri, made.pceen), f"edit-{made.id}")

        gri.submit(f"/gris/bans/{made.id}/edit", **fields | {"ends_at": "2027-07-01T09:05"})

    assert only_ban(session).ends_at == at("2027-07-01T09:05")
    assert isinstance(but_rings(outbox)[-1], BanStarted)


def test_a_ban_is_made_endless_and_timed_again(session: Session, login: Login) -> None:
    with time_machine.travel(NOON, tick=False):
        made = start(session, person(), ends_at=NOON + DAY)
        gri = login(PCeenFactory(slugs=["gri"]))
        path = f"/gris/bans/{made.id}/edit"

        fields = shown(page_of(gri, made.pceen), f"edit-{made.id}")
        gri.submit(path, **fields | {"unlimited": "y"})
        assert only_ban(session).ends_at is None

        fields = shown(page_of(gri, made.pceen), f"edit-{made.id}") | {
            "ends_at": "2027-01-01T10:00"
        }
        del fields["unlimited"]
        gri.submit(path, **fields)
        assert only_ban(session).ends_at == at("2027-01-01T10:00")


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"ends_at": "2026-11-24T12:59"}, "ends_at"),  # 11:59 in UTC
        ({"ends_at": "2026-11-24T13:00"}, "ends_at"),  # now
        ({"ends_at": ""}, "ends_at"),
        ({"ends_at": "demain"}, "ends_at"),
        ({"ends_at": "2027-02-30T10:00"}, "ends_at"),
        ({"ends_at": "2027-03-28T02:30"}, "ends_at"),  # clocks jump over it
        ({"ends_at": "2027-03-28 03:30"}, "ends_at"),
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 33}, "reason"),
        ({"message": "é" * 2001}, "message"),
    ],
)
def test_a_change_badly_said_is_refused_next_to_its_field_and_what_was_typed_is_kept(
    session: Session, login: Login, outbox: Outbox, values: dict[str, str], wrong: str
) -> None:
    with time_machine.travel(NOON, tick=False):
        made = start(session, person(), ends_at=NOON + DAY)
        gri = login(PCeenFactory(slugs=["gri"]))
        typed = {
            "ends_at": "2027-01-01T10:00",
            "reason": "autre",
            "message": HOSTILE,
            "version": "1",
        } | values
        before, waiting = tables(session), outbox()

        page = gri.submit(f"/gris/bans/{made.id}/edit", status=422, **typed)

    assert {field["id"] for field in page.html.select("[aria-invalid]")} == {wrong}
    assert value_of(page, "#ends_at") == typed["ends_at"]
    assert value_of(page, "#reason") == typed["reason"]
    assert page.text("#message") == typed["message"]
    assert not page.html.select("img[onerror]")
    assert tables(session) == before
    assert outbox() == waiting


def test_a_stale_change_shows_both_and_changes_nothing(session: Session, gri: Client) -> None:
    made = start(session, person())
    path = f"/gris/bans/{made.id}/edit"
    fields = {"unlimited": "y", "reason": "premier", "message": "", "version": "1"}
    assert gri.post(path, data=fields).status_code == 303

    page = gri.submit(path, status=409, **fields | {"reason": "second"})

    assert "premier" in " ".join(errors_of(page))
    assert value_of(page, "#reason") == "second"
    assert (only_ban(session).reason, only_ban(session).version) == ("premier", 2)
    again = fields | {"reason": "second", "version": value_of(page, "input[name=version]")}
    assert gri.post(path, data=again).status_code == 303
    assert only_ban(session).reason == "second"


def test_a_ban_that_is_ended_is_not_edited(session: Session, gri: Client) -> None:
    made = start(session, person())
    with transaction(session):
        bans.end(session, ban=made)

    page = gri.submit(
        f"/gris/bans/{made.id}/edit", status=409, unlimited="y", reason="autre", version="2"
    )

    assert "déjà terminée" in " ".join(errors_of(page))
    assert only_ban(session).reason == "bruit"


# Ending


def test_a_ban_is_ended_with_a_note_and_once(
    session: Session, gri: Client, me: PCeen, settle: Settle, outbox: Outbox
) -> None:
    (device,) = settle(305, macs=(MAC,))
    made = start(session, device.pceen)
    fields = shown(page_of(gri, device.pceen), f"end-{made.id}")
    assert set(fields) >= {"notify", "note"}
    assert "grace" not in fields

    first = gri.submit(f"/gris/bans/{made.id}/end", **fields | {"note": "Excuses."})
    waiting, before = but_rings(outbox), tables(session)
    second = gri.submit(f"/gris/bans/{made.id}/end", **fields)

    assert (first.flashes, second.flashes) == (
        ["La suspension est terminée."],
        ["Elle était déjà terminée."],
    )
    made = only_ban(session)
    assert (made.ended_by_id, made.open_key) == (me.id, None)
    assert queries.address_of(session, device, PLAN) == "10.0.3.5"
    assert [type(one) for one in waiting] == [RefreshNetwork, RefreshNetwork, BanEnded]
    assert tables(session) == before
    reason = sa.select(AuditEvent.reason).where(AuditEvent.action == "intrarez.ban.end")
    assert session.scalars(reason).all() == ["Excuses."]


@pytest.mark.parametrize(("typed", "days"), [(None, 7), ("", 7), ("1", 1), ("7", 7), ("31", 31)])
def test_who_has_not_paid_is_given_some_days_of_grace(
    session: Session, login: Login, typed: str | None, days: int
) -> None:
    bob = person()
    with time_machine.travel(NOON, tick=False):
        made = start(session, bob, UNPAID)
        gri = login(PCeenFactory(slugs=["gri"]))
        fields = shown(page_of(gri, bob), f"end-{made.id}")
        assert fields["grace"] == "7"
        if typed is not None:
            fields["grace"] = typed

        gri.submit(f"/gris/bans/{made.id}/end", **fields)

    session.expire_all()
    again = queries.open_ban(session, bob.id, UNPAID)
    assert again is not None
    assert again.starts_at == NOON + days * DAY
    assert made.ended_at == NOON


@pytest.mark.parametrize("typed", ["0", "32", "-1", "1.5", "1e1", "sept"])
def test_a_grace_badly_said_is_refused_next_to_its_field(
    session: Session, gri: Client, typed: str
) -> None:
    made = start(session, person(), UNPAID)

    page = gri.submit(f"/gris/bans/{made.id}/end", status=422, grace=typed, note="Vu.")

    assert page.html.select("#grace[aria-invalid]")
    assert (value_of(page, "#grace"), value_of(page, "#note")) == (typed, "Vu.")
    assert only_ban(session).ended_at is None


def test_a_note_too_long_is_kept_and_ends_nothing(session: Session, gri: Client) -> None:
    made = start(session, person())

    page = gri.submit(f"/gris/bans/{made.id}/end", status=422, note="x" * 256)

    assert page.html.select("#note[aria-invalid]")
    assert value_of(page, "#note") == "x" * 256
    assert only_ban(session).ended_at is None


def test_a_grace_posted_for_a_ban_for_conduct_gives_none(session: Session, gri: Client) -> None:
    made = start(session, person())

    gri.submit(f"/gris/bans/{made.id}/end", grace="7")

    assert only_ban(session).open_key is None


# What the person sees


def test_someone_banned_sees_why_and_until_when_and_the_site_stays_open(
    session: Session, login: Login, settle: Settle
) -> None:
    (device,) = settle(305, macs=(MAC,))
    with time_machine.travel(NOON, tick=False):
        start(session, device.pceen, reason="bruit", message="La nuit.", ends_at=NOON + 2 * DAY)
        browser = login(device.pceen)

        page = browser.open_page("/banned")

        said = page.text("main")
        for text in ("bruit", "La nuit.", "2 jours", "jeudi 26 novembre 2026 à 13 h 00"):
            assert text in said
        assert page.html.select('meta[name=theme-color][content="#b20037"]')
        for path in ("/", "/profile/", "/contact", "/rooms/modify", "/devices/register"):
            assert browser.get(path).status_code == 200


def test_in_the_list_a_ban_is_a_hammer_with_what_is_left(session: Session, login: Login) -> None:
    with time_machine.travel(NOON, tick=False):
        start(session, person(nom="Aaa"), ends_at=NOON + 3 * DAY)
        start(session, person(nom="Bbb"))
        gri = login(PCeenFactory(slugs=["gri"]))

        page = gri.open_page("/gris/pceens/banned")

    first, second = sorted(page.texts("tbody td.headline"))
    assert "3 jours" in first
    assert second.endswith("∞")
    assert len(page.html.select("tbody .state-danger svg")) == 2


def test_a_gri_names_the_device_of_somebody_else(
    session: Session, gri: Client, settle: Settle
) -> None:
    (device,) = settle(305, macs=(MAC,))
    path = f"/gris/pceens/{device.pceen_id}/devices/{device.id}"
    version = device.version

    gri.open_page(path)
    gri.submit(path, name="Télévision du salon", type="Télévision", version=str(version))
    session.refresh(device)
    assert (device.name, device.type) == ("Télévision du salon", "Télévision")
    gri.submit(path, name="Trop tard", version=str(version), status=409)
    assert gri.get(f"/gris/pceens/{device.pceen_id + 1000}/devices/{device.id}").status_code == 404
    assert gri.get(f"/gris/pceens/{PCeenFactory().id}/devices/{device.id}").status_code == 404
