"""Devices that change hands, and devices that change address."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.enums import AddressKind
from app.extensions import db
from app.models import Allocation, AuditEvent, BanAddress, Device, NetworkHistory, PCeen, Room
from app.modules.intrarez import errors, queries
from app.modules.intrarez.choices import DEVICE_LIMIT
from app.modules.intrarez.effects import RefreshNetwork
from app.modules.intrarez.mails import DeviceTransferred
from app.modules.intrarez.service import addresses, devices
from app.web.module import all_effects
from app.worker import run_due
from tests.client import Client
from tests.conftest import Inside, Login, Outbox
from tests.factories import (
    DeviceFactory,
    PCeenFactory,
    RentalFactory,
    base as factories,
)
from tests.modules.intrarez.conftest import PLAN, Settle, ban
from tests.modules.intrarez.test_races import answer_of, at_once
from tests.modules.intrarez.test_routes import address_asked, tables

MAC, OTHER = "3c:22:fb:00:00:01", "3c:22:fb:00:00:02"
#: Addresses that a system made up.
RANDOM = tuple(f"02:00:00:00:00:{n:02x}" for n in range(1, 10))
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def transfer(session: Session, device: Device, to: PCeen) -> None:
    with transaction(session):
        devices.transfer(session, device=device, to=to, plan=PLAN)


def readdress(session: Session, device: Device, mac: str) -> None:
    with transaction(session):
        devices.readdress(session, device=device, mac=mac, plan=PLAN)


def history(session: Session) -> list[tuple[str, str, int, bool]]:
    """Who had what: the hardware address, the address, the person, and whether still."""
    stmt = sa.select(NetworkHistory).order_by(NetworkHistory.id)
    return [
        (line.mac_address, line.ip, line.pceen_id, line.ended_at is None)
        for line in session.scalars(stmt)
    ]


# Changing hands


def test_a_device_that_changes_hands_has_an_address_in_its_new_room(
    session: Session, settle: Settle, outbox: Outbox
) -> None:
    (device,) = settle(305, macs=(MAC,))
    ada, bob = device.pceen, RentalFactory(room_num=306).pceen
    device.last_seen_at = NOON
    session.commit()

    transfer(session, device, bob)

    assert device.pceen_id == bob.id
    assert (device.name, device.type, device.last_seen_at) == (None, "Mac", None)
    assert device.version == 2
    assert queries.address_of(session, device, PLAN) == "10.0.3.6"
    assert history(session) == [
        (MAC, "10.0.3.5", ada.id, False),
        (MAC, "10.0.3.6", bob.id, True),
    ]
    assert [(host.room, host.address) for host in queries.hosts(session, PLAN)] == [
        (306, "10.0.3.6")
    ]
    assert outbox() == [
        DeviceTransferred(to=ada.email, locale="fr", prenom="Marie", device="Mac"),
        RefreshNetwork(),
    ]
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.object_id) == ("intrarez.device.transfer", device.id)
    assert (event.before, event.after) == ({"owner": ada.id}, {"owner": bob.id})


def test_the_address_that_it_had_is_kept_for_it_in_its_former_room(
    session: Session, settle: Settle
) -> None:
    (device,) = settle(305, macs=(MAC,))
    ada, bob = device.pceen, RentalFactory(room_num=306).pceen

    transfer(session, device, bob)
    transfer(session, device, ada)

    assert queries.address_of(session, device, PLAN) == "10.0.3.5"
    live = sa.select(Allocation.ip).where(Allocation.ended_at.is_(None))
    assert session.scalars(live).all() == ["10.0.3.5"]


@pytest.mark.parametrize(
    ("why", "refusal"),
    [
        ("mine", errors.MineAlready),
        ("owner banned", errors.OwnerBanned),
        ("requester banned", errors.RecipientBanned),
        ("both banned", errors.OwnerBanned),
        ("at the limit", errors.TooManyDevices),
        ("without a room", errors.NoRoom),
        ("rental over", errors.NoRoom),
    ],
)
def test_a_transfer_that_is_refused_changes_nothing(
    session: Session, settle: Settle, outbox: Outbox, why: str, refusal: type[Exception]
) -> None:
    (device,) = settle(305, macs=(MAC,))
    bob = PCeenFactory(slugs=["rezident"])
    if why == "rental over":
        yesterday = clock.today() - DAY
        RentalFactory(pceen=bob, room_num=306, starts_on=yesterday, ends_on=clock.today())
    elif why != "without a room":
        RentalFactory(pceen=bob, room_num=306)
    if why in ("owner banned", "both banned"):
        ban(session, device.pceen)
    if why in ("requester banned", "both banned"):
        ban(session, bob)
    if why == "at the limit":
        DEVICE_LIMIT.set(session, 1)
        DeviceFactory(pceen=bob)
        session.commit()
    before, waiting = tables(session), outbox()

    with pytest.raises(refusal):
        transfer(session, device, device.pceen if why == "mine" else bob)

    assert tables(session) == before
    assert outbox() == waiting


def test_a_ban_that_is_over_keeps_no_device_from_changing_hands(
    session: Session, settle: Settle
) -> None:
    (device,) = settle(305, macs=(MAC,))
    bob = RentalFactory(room_num=306).pceen
    made = ban(session, device.pceen)
    with transaction(session):
        made.ended_at, made.open_key = clock.now(), None
        addresses.take_ban_addresses(session, pceen_id=device.pceen_id)

    transfer(session, device, bob)

    assert queries.address_of(session, device, PLAN) == "10.0.3.6"
    assert session.scalars(sa.select(BanAddress)).all() == []


def test_a_device_removed_meanwhile_does_not_change_hands(session: Session) -> None:
    device, bob = DeviceFactory(), RentalFactory(room_num=306).pceen
    session.execute(sa.delete(Device).execution_options(synchronize_session=False))
    session.commit()

    with pytest.raises(errors.NoSuchDevice):
        transfer(session, device, bob)


def test_a_device_changes_hands_twice_in_seven_days_and_not_a_third_time(
    session: Session, settle: Settle
) -> None:
    (device,), (other,) = settle(305, macs=(MAC,)), settle(306, macs=(OTHER,))
    ada, bob = device.pceen, other.pceen
    with time_machine.travel(NOON, tick=False) as now:
        transfer(session, device, bob)
        now.shift(DAY)
        transfer(session, device, ada)
        now.move_to(NOON + 7 * DAY - SECOND)
        with pytest.raises(errors.TransferredTooOften):
            transfer(session, device, bob)
        assert device.pceen_id == ada.id

        transfer(session, other, ada)  # the limit is of one device
        now.move_to(NOON + 7 * DAY)
        transfer(session, device, bob)

    assert device.pceen_id == bob.id


def test_a_former_owner_without_an_address_is_not_mailed(
    session: Session, settle: Settle, outbox: Outbox
) -> None:
    (device,) = settle(305, macs=(MAC,), pceen=PCeenFactory(email=None))

    transfer(session, device, RentalFactory(room_num=306).pceen)

    assert outbox() == [RefreshNetwork()]


def test_the_mail_names_the_device_and_nobody(
    app: Flask, session: Session, settle: Settle, mailbox: list[EmailMessage]
) -> None:
    (device,) = settle(305, macs=(MAC,))
    former = device.pceen.email
    device.type = '<img src=x onerror="alert(1)">'
    session.commit()
    bob = RentalFactory(room_num=306, pceen__nom="Hopper").pceen

    transfer(session, device, bob)
    with app.app_context():
        run_due(session, all_effects())

    mails = [mail for mail in mailbox if mail["To"] == former]
    assert len(mails) == 1
    html, text = (mails[0].get_body((kind,)) for kind in ("html", "plain"))
    assert html is not None
    assert text is not None
    assert "<img src=x" not in html.get_content()
    assert "Hopper" not in html.get_content()
    assert '<img src=x onerror="alert(1)">' in text.get_content()


def test_a_device_that_many_take_at_once_is_in_one_room(shared: Flask) -> None:
    with shared.app_context():
        factories.use(db.session())
        rentals = [RentalFactory(room_num=301 + number) for number in range(4)]
        device = DeviceFactory(pceen=rentals[0].pceen, mac_address=MAC)
        room = db.session().get_one(Room, 301)
        addresses.allocate(db.session(), device=device, room=room, plan=PLAN)
        db.session.commit()
        key, people = device.id, [rental.pceen_id for rental in rentals]
        db.session.remove()

    def work(number: int) -> str:
        def act(session: Session) -> None:
            device, to = queries.device(session, key), session.get_one(PCeen, people[number % 4])
            devices.transfer(session, device=device, to=to, plan=PLAN)

        with shared.app_context():
            return answer_of(act)

    answers = at_once(work, 16)

    assert set(answers) <= {"done", "NoSuchDevice", "MineAlready", "TransferredTooOften"}
    assert 1 <= answers["done"] <= 2
    with shared.app_context():
        session = db.session()
        rental = queries.own_rental(session, queries.device(session, key).pceen_id)
        live = sa.select(Allocation.room_num).where(Allocation.ended_at.is_(None))
        assert session.scalars(live).all() == [rental.room_num]
        still = sa.select(NetworkHistory.pceen_id).where(NetworkHistory.ended_at.is_(None))
        assert session.scalars(still).all() == [rental.pceen_id]


# … on the page


def test_the_page_puts_the_device_in_hand_in_ones_own_name(
    session: Session, login: Login, inside: Inside, settle: Settle
) -> None:
    (theirs,) = settle(305, macs=(MAC,), pceen__nom="Hopper")
    bob = RentalFactory(room_num=306).pceen
    login(bob)
    browser = inside(mac=MAC)
    before = tables(session)

    page = browser.open_page("/devices/transfer?hello=1")

    assert MAC in page.text("main")
    assert page.html.select("a[href^='/logout'], form[action^='/logout']")
    assert tables(session) == before
    answer = browser.post("/devices/transfer?hello=1")
    assert (answer.status_code, address_asked(answer.location)[0]) == (303, "/connect_check")
    session.refresh(theirs)
    assert theirs.pceen_id == bob.id


@pytest.mark.parametrize("field", ["mac_address", "mac", "device", "id", "key"])
def test_the_device_is_the_one_in_hand_whatever_is_posted(
    session: Session, login: Login, inside: Inside, settle: Settle, field: str
) -> None:
    (theirs,), (wanted,) = settle(305, macs=(MAC,)), settle(307, macs=(OTHER,))
    bob = RentalFactory(room_num=306).pceen
    login(bob)
    value = OTHER if "mac" in field else str(wanted.id)

    inside(mac=MAC).post(f"/devices/transfer?{field}={value}", data={field: value})

    session.expire_all()
    assert theirs.pceen_id == bob.id
    assert wanted.pceen_id != bob.id


@pytest.mark.parametrize("where", ["unknown device", "own device"])
def test_a_device_that_is_nobody_elses_is_not_transferred(
    session: Session, login: Login, inside: Inside, settle: Settle, where: str
) -> None:
    settle(305, macs=(MAC,))
    (mine,) = settle(306, macs=(OTHER,))
    login(mine.pceen)
    browser = inside(mac=OTHER if where == "own device" else "3c:22:fb:00:00:09")
    before = tables(session)

    answer = browser.post("/devices/transfer", data={"mac_address": MAC})

    assert answer.status_code in (302, 303)
    assert tables(session) == before


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_is_transferred_from_outside(
    session: Session, login: Login, settle: Settle, method: str
) -> None:
    settle(305, macs=(MAC,))
    (mine,) = settle(306, macs=(OTHER,))
    browser = login(mine.pceen)
    before = tables(session)

    answer = browser.open("/devices/transfer", method=method, data={"mac_address": MAC})

    assert answer.status_code == 403
    assert tables(session) == before


@pytest.mark.parametrize("slugs", [(), ("barman",)])
def test_who_is_not_a_rezident_transfers_nothing(
    session: Session, login: Login, inside: Inside, settle: Settle, slugs: tuple[str, ...]
) -> None:
    (theirs,) = settle(305, macs=(MAC,))
    login(PCeenFactory(slugs=slugs))

    assert inside(mac=MAC).post("/devices/transfer").status_code == 403

    session.refresh(theirs)
    assert theirs.version == 1


REFUSED = {
    "owner banned": "ne peut pas changer de main",
    "requester banned": "Votre accès est suspendu",
    "at the limit": "déjà 1 appareils",
    "too often": "deux fois cette semaine",
}


@pytest.mark.parametrize("why", list(REFUSED))
def test_a_refusal_says_why_on_the_page_and_never_whose_it_is(
    session: Session, login: Login, inside: Inside, settle: Settle, why: str
) -> None:
    (theirs,) = settle(305, macs=(MAC,), pceen=PCeenFactory(nom="Hopper", slugs=["rezident"]))
    bob = RentalFactory(room_num=306).pceen
    if why == "owner banned":
        ban(session, theirs.pceen)
    elif why == "requester banned":
        ban(session, bob)
    elif why == "at the limit":
        DeviceFactory(pceen=bob)
        DEVICE_LIMIT.set(session, 1)
        session.commit()
    else:
        owner = theirs.pceen
        transfer(session, theirs, bob)
        transfer(session, theirs, owner)
    login(bob)

    page = inside(mac=MAC).submit("/devices/transfer", status=409)

    assert REFUSED[why] in page.text("main")
    assert "Hopper" not in page.text("body")
    session.refresh(theirs)
    assert theirs.pceen_id != bob.id


# Changing address


def test_a_device_keeps_its_name_its_place_and_its_address_under_a_new_one(
    session: Session, settle: Settle, outbox: Outbox
) -> None:
    _, device = settle(305, macs=(MAC, RANDOM[0]))

    readdress(session, device, RANDOM[1])

    assert (device.mac_address, device.name, device.type) == (RANDOM[1], "Mon portable", "Mac")
    assert queries.address_of(session, device, PLAN) == "10.1.3.5"
    held = session.scalars(sa.select(Allocation).where(Allocation.rank == 1)).one()
    assert (held.mac_address, held.device_id, held.ended_at) == (RANDOM[1], device.id, None)
    owner = device.pceen_id
    assert history(session)[1:] == [
        (RANDOM[0], "10.1.3.5", owner, False),
        (RANDOM[1], "10.1.3.5", owner, True),
    ]
    assert outbox() == [RefreshNetwork()]
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.object_id) == ("intrarez.device.readdress", device.id)


def test_the_former_address_is_free_for_another_device(session: Session, settle: Settle) -> None:
    (device,) = settle(305, macs=(RANDOM[0],))
    readdress(session, device, RANDOM[1])

    with transaction(session):
        new = devices.register(
            session, pceen=device.pceen, mac=RANDOM[0], name="", type="", plan=PLAN
        )

    assert queries.address_of(session, new, PLAN) == "10.1.3.5"
    assert queries.address_of(session, device, PLAN) == "10.0.3.5"


def test_what_was_kept_for_the_new_address_is_forgotten(session: Session, settle: Settle) -> None:
    device, gone = settle(305, macs=RANDOM[:2])
    with transaction(session):
        devices.remove(session, device=gone, by_gri=False)

    readdress(session, device, RANDOM[1])

    assert queries.address_of(session, device, PLAN) == "10.0.3.5"
    assert session.scalars(sa.select(Allocation.mac_address)).all() == [RANDOM[1]]


def test_a_device_of_someone_banned_keeps_its_ban_address(session: Session, settle: Settle) -> None:
    (device,) = settle(305, macs=(RANDOM[0],))
    ban(session, device.pceen)

    readdress(session, device, RANDOM[1])

    assert queries.address_of(session, device, PLAN) == "10.0.8.1"
    still = sa.select(NetworkHistory).where(NetworkHistory.ended_at.is_(None))
    line = session.scalars(still).one()
    assert (line.mac_address, line.ip, line.kind) == (RANDOM[1], "10.0.8.1", AddressKind.ban)


@pytest.mark.parametrize(
    ("was", "new", "refusal"),
    [
        (MAC, RANDOM[0], errors.NotRandomised),
        (RANDOM[0], MAC, errors.NotRandomised),
        (MAC, OTHER, errors.NotRandomised),
        (RANDOM[0], RANDOM[8], errors.KnownAlready),
        (RANDOM[0], RANDOM[0], errors.KnownAlready),
    ],
)
def test_an_address_of_a_maker_or_of_another_device_is_not_taken(
    session: Session,
    settle: Settle,
    outbox: Outbox,
    was: str,
    new: str,
    refusal: type[Exception],
) -> None:
    settle(306, macs=(RANDOM[8],))
    (device,) = settle(305, macs=(was,))
    before = tables(session)

    with pytest.raises(refusal):
        readdress(session, device, new)

    assert tables(session) == before
    assert outbox() == []


def test_a_device_removed_meanwhile_does_not_change_address(session: Session) -> None:
    device = DeviceFactory(pceen=RentalFactory().pceen, mac_address=RANDOM[0])
    session.execute(sa.delete(Device).execution_options(synchronize_session=False))
    session.commit()

    with pytest.raises(errors.NoSuchDevice):
        readdress(session, device, RANDOM[1])


def test_who_has_no_room_gives_no_device_a_new_address(session: Session) -> None:
    device = DeviceFactory(mac_address=RANDOM[0])

    with pytest.raises(errors.NoRoom):
        readdress(session, device, RANDOM[1])


def test_the_devices_of_someone_change_address_three_times_in_seven_days(
    session: Session, settle: Settle
) -> None:
    device, other = settle(305, macs=(RANDOM[0], RANDOM[8]))
    (theirs,) = settle(306, macs=(RANDOM[7],))
    with time_machine.travel(NOON, tick=False) as now:
        for number in (1, 2, 3):
            readdress(session, device, RANDOM[number])
            now.shift(DAY)
        for one in (device, other):  # the limit is of the person
            with pytest.raises(errors.ReaddressedTooOften):
                readdress(session, one, RANDOM[4])
        readdress(session, theirs, RANDOM[5])

        now.move_to(NOON + 7 * DAY - SECOND)
        with pytest.raises(errors.ReaddressedTooOften):
            readdress(session, device, RANDOM[4])
        now.move_to(NOON + 7 * DAY)
        readdress(session, device, RANDOM[4])

    assert device.mac_address == RANDOM[4]
    assert queries.address_of(session, device, PLAN) == "10.0.3.5"


# … on the page


IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Safari/604.1"


def offered(browser: Client) -> list[str]:
    """The devices that the page thinks this one may be."""
    page = browser.open_page("/devices/register")
    return page.texts("form[action^='/devices/readdress/'] button")


def test_an_unknown_address_that_is_made_up_may_be_one_of_ones_own(
    session: Session, login: Login, inside: Inside, settle: Settle, outbox: Outbox
) -> None:
    phone, computer = settle(305, macs=RANDOM[:2])
    phone.name, phone.type = "Mon téléphone", "iPhone"
    computer.name, computer.type = "Mon ordinateur", "Mac"
    session.commit()
    login(phone.pceen)
    browser = inside(mac=RANDOM[2])
    browser.environ_base["HTTP_USER_AGENT"] = IPHONE

    assert offered(browser) == ["C'est « Mon téléphone »"]

    answer = browser.post(f"/devices/readdress/{phone.id}?next=/profile/")
    assert (answer.status_code, answer.location) == (303, "/profile/")
    session.refresh(phone)
    assert (phone.mac_address, phone.name) == (RANDOM[2], "Mon téléphone")
    assert queries.address_of(session, phone, PLAN) == "10.0.3.5"
    assert outbox() == [RefreshNetwork()]
    assert "Mon téléphone garde sa place" in " ".join(browser.open_page("/profile/").flashes)


def test_a_device_without_a_name_nor_a_type_is_not_called_nothing(
    session: Session, login: Login, inside: Inside, settle: Settle
) -> None:
    (device,) = settle(305, macs=RANDOM[:1])
    device.name = device.type = None
    session.commit()
    login(device.pceen)

    page = inside(mac=RANDOM[1]).submit(f"/devices/readdress/{device.id}")

    assert any("garde sa place" in text for text in page.flashes)
    assert "None" not in " ".join(page.flashes)


@pytest.mark.parametrize(
    ("mac", "own"), [("3c:22:fb:00:00:09", RANDOM[0]), (RANDOM[1], MAC)], ids=["maker", "own maker"]
)
def test_nothing_is_offered_when_an_address_is_that_of_a_maker(
    session: Session, login: Login, inside: Inside, settle: Settle, mac: str, own: str
) -> None:
    (device,) = settle(305, macs=(own,))
    login(device.pceen)

    assert offered(inside(mac=mac)) == []


def test_the_devices_of_others_are_not_offered(
    session: Session, login: Login, inside: Inside, settle: Settle
) -> None:
    settle(305, macs=RANDOM[:1])
    login(RentalFactory(room_num=306).pceen)

    assert offered(inside(mac=RANDOM[1])) == []


@pytest.mark.parametrize("slugs", [("rezident",), ("rezident", "gri")])
def test_the_device_of_another_is_none_at_all_even_for_a_gri(
    session: Session, login: Login, inside: Inside, settle: Settle, slugs: tuple[str, ...]
) -> None:
    (theirs,) = settle(305, macs=RANDOM[:1])
    (mine,) = settle(306, macs=RANDOM[1:2], pceen=PCeenFactory(slugs=slugs))
    login(mine.pceen)
    browser = inside(mac=RANDOM[2])
    before = tables(session)

    foreign = browser.post(f"/devices/readdress/{theirs.id}")
    missing = browser.post("/devices/readdress/999999")

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert tables(session) == before


@pytest.mark.parametrize("where", ["outside", "maker", "own device"])
def test_an_address_is_changed_from_the_device_itself_only(
    session: Session, login: Login, inside: Inside, settle: Settle, where: str
) -> None:
    device, _ = settle(305, macs=RANDOM[:2])
    browser = login(device.pceen)
    if where != "outside":
        inside(mac={"maker": MAC, "own device": RANDOM[1]}[where])
    before = tables(session)

    answer = browser.post(
        f"/devices/readdress/{device.id}", data={"mac_address": RANDOM[5], "mac": RANDOM[5]}
    )

    assert answer.status_code in (303, 403, 409, 422)
    assert tables(session) == before


def test_a_fourth_change_says_why_it_is_refused(
    session: Session, login: Login, inside: Inside, settle: Settle
) -> None:
    (device,) = settle(305, macs=RANDOM[:1])
    for number in (1, 2, 3):
        readdress(session, device, RANDOM[number])
    login(device.pceen)

    page = inside(mac=RANDOM[4]).submit(
        f"/devices/readdress/{device.id}", came_from="/devices/register"
    )

    assert any("trois fois cette semaine" in text for text in page.flashes)
    session.refresh(device)
    assert device.mac_address == RANDOM[3]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_address_is_changed_by_a_form_only(
    session: Session, login: Login, inside: Inside, settle: Settle, method: str
) -> None:
    (device,) = settle(305, macs=RANDOM[:1])
    login(device.pceen)

    answer = inside(mac=RANDOM[1]).open(f"/devices/readdress/{device.id}", method=method)

    assert answer.status_code == 405
