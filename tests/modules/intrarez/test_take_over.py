"""Taking a room that is someone's, and saying that it is still one's own."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.enums import ClaimKind, ClaimStatus, RentalEnd, TokenPurpose
from app.extensions import db
from app.models import AuditEvent, Device, OneTimeToken, PCeen, Rental, Room, RoomClaim
from app.modules.account import queries as accounts
from app.modules.account.errors import LinkNoLongerGood
from app.modules.intrarez import errors, queries
from app.modules.intrarez.choices import TAKE_OVER_MAX, TAKE_OVER_MIN_AGE_DAYS
from app.modules.intrarez.effects import RefreshNetwork
from app.modules.intrarez.mails import ClaimFiled, RoomTransferred
from app.modules.intrarez.rules.rentals import TakeOver, take_over_refusal
from app.modules.intrarez.service import claims, rooms
from app.web.module import all_effects
from app.worker import run_due
from tests.client import Client, Page
from tests.conftest import Login, Outbox
from tests.factories import (
    DeviceFactory,
    PCeenFactory,
    RentalFactory,
    base as factories,
)
from tests.modules.intrarez.conftest import PLAN, Settle, ban
from tests.modules.intrarez.test_races import at_once, browser, crowd
from tests.modules.intrarez.test_routes import address_asked, tables

__all__ = ["crowd"]  # a fixture

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
MACS = ("3c:22:fb:00:00:01", "3c:22:fb:00:00:02")
LONG_AGO = date(2026, 9, 1)


def old_rental(room_num: int = 305, **values: object) -> Rental:
    """A rental that was recorded long enough ago to be taken over."""
    past = {"starts_on": LONG_AGO, "created_at": clock.now() - 60 * DAY}
    made: Rental = RentalFactory(room_num=room_num, **past | values)
    return made


def take(session: Session, pceen: PCeen, num: int = 305, *, over: int | None = None) -> Rental:
    with transaction(session):
        return rooms.take(
            session,
            pceen=pceen,
            room=session.get_one(Room, num),
            stay=rooms.Stay(starts_on=clock.today()),
            plan=PLAN,
            take_over=over,
        )


def secret_of(outbox: Outbox) -> str:
    """The secret of the link that the former tenant was mailed."""
    (mail,) = [one for one in outbox() if isinstance(one, RoomTransferred)]
    return mail.secret


def typed(**values: str) -> dict[str, str]:
    return {"room": "305", "start": clock.today().isoformat()} | values


def in_order(session: Session) -> list[Rental]:
    session.expire_all()
    return list(session.scalars(sa.select(Rental).order_by(Rental.id)))


# When it may be


FACTS = {
    "recorded_at": NOON - 7 * DAY,
    "times": 0,
    "is_claimed": False,
    "is_banned": False,
    "min_age_days": 7,
    "most": 2,
    "window_days": 30,
}


@pytest.mark.once
@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({}, None),
        ({"recorded_at": NOON - 7 * DAY + MINUTE}, errors.RentalTooRecent),
        ({"recorded_at": NOON - 7 * DAY + timedelta(microseconds=1)}, errors.RentalTooRecent),
        ({"recorded_at": NOON, "min_age_days": 0}, None),
        ({"times": 1}, None),
        ({"times": 2}, errors.TakenOverTooOften),
        ({"times": 3}, errors.TakenOverTooOften),
        ({"times": 0, "most": 0}, errors.TakenOverTooOften),
        ({"is_claimed": True}, errors.ClaimWaiting),
        ({"is_banned": True}, errors.BannedApplicant),
        ({"is_banned": True, "is_claimed": True, "times": 9}, errors.BannedApplicant),
    ],
)
def test_a_room_is_taken_over_when_nothing_speaks_against_it(
    facts: dict[str, object], refusal: type[Exception] | None
) -> None:
    found = take_over_refusal(TakeOver(**FACTS | facts), NOON)  # type: ignore[arg-type]

    assert (found and type(found)) is refusal


@pytest.mark.parametrize(
    ("age", "is_taken"),
    [(7 * DAY - MINUTE, False), (7 * DAY - SECOND, False), (7 * DAY, True), (8 * DAY, True)],
)
def test_a_rental_is_safe_for_seven_times_twenty_four_hours(
    session: Session, age: timedelta, is_taken: bool
) -> None:
    with time_machine.travel(NOON, tick=False):
        former = old_rental(created_at=NOON - age)
        bob = PCeenFactory()

        if is_taken:
            assert take(session, bob, over=former.id).open_room == 305
        else:
            with pytest.raises(errors.RentalTooRecent):
                take(session, bob, over=former.id)


def test_it_counts_from_when_the_rental_was_recorded_not_from_when_it_began(
    session: Session,
) -> None:
    former = RentalFactory(room_num=305, starts_on=LONG_AGO - 365 * DAY)

    with pytest.raises(errors.RentalTooRecent):
        take(session, PCeenFactory(), over=former.id)


def test_the_safe_days_follow_summer_time_by_hours(session: Session) -> None:
    recorded = datetime(2027, 3, 24, 14, tzinfo=UTC)  # 15:00 in Paris, before summer time
    former = old_rental(created_at=recorded)
    bob = PCeenFactory()

    with time_machine.travel(recorded + 7 * DAY - SECOND, tick=False) as now:
        with pytest.raises(errors.RentalTooRecent):
            take(session, bob, over=former.id)
        now.shift(SECOND)  # 16:00
        assert take(session, bob, over=former.id).open_room == 305


def test_a_room_is_taken_over_twice_in_thirty_days_and_not_a_third_time(session: Session) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        first = old_rental()
        second = take(session, PCeenFactory(), over=first.id)
        now.shift(10 * DAY)
        third = take(session, PCeenFactory(), over=second.id)
        now.shift(10 * DAY)
        dora = PCeenFactory()

        with pytest.raises(errors.TakenOverTooOften):
            take(session, dora, over=third.id)
        now.move_to(NOON + 30 * DAY - SECOND)
        with pytest.raises(errors.TakenOverTooOften):
            take(session, dora, over=third.id)
        now.move_to(NOON + 31 * DAY)
        assert take(session, dora, over=third.id).open_room == 305


def test_the_take_overs_of_another_room_do_not_count(session: Session) -> None:
    TAKE_OVER_MAX.set(session, 1)
    session.commit()
    one, other = old_rental(305), old_rental(306)

    take(session, PCeenFactory(), 305, over=one.id)

    assert take(session, PCeenFactory(), 306, over=other.id).open_room == 306


def test_rooms_that_were_left_do_not_count_as_taken_over(session: Session) -> None:
    TAKE_OVER_MAX.set(session, 1)
    TAKE_OVER_MIN_AGE_DAYS.set(session, 0)
    session.commit()
    for _ in range(3):
        rental = take(session, PCeenFactory())
        with transaction(session):
            rooms.leave(session, rental=rental, ends_on=clock.today())
    former = take(session, PCeenFactory())

    assert take(session, PCeenFactory(), over=former.id).replaces_id == former.id


@pytest.mark.parametrize("kind", list(ClaimKind))
def test_a_room_that_waits_for_the_gris_is_not_taken_over(
    session: Session, kind: ClaimKind
) -> None:
    former = old_rental()
    waiting = RoomClaim(
        kind=kind,
        room_num=305,
        pceen=PCeenFactory(),
        rental=former,
        starts_on=clock.today(),
        open_key=f"305:{kind}",
    )
    session.add(waiting)
    session.commit()
    bob = PCeenFactory()

    with pytest.raises(errors.ClaimWaiting):
        take(session, bob, over=former.id)

    waiting.open_key, waiting.status = None, ClaimStatus.refused
    session.commit()
    assert take(session, bob, over=former.id).open_room == 305


def test_who_is_banned_takes_over_no_room_but_may_take_a_free_one(session: Session) -> None:
    former, bob = old_rental(), PCeenFactory()
    ban(session, bob)

    with pytest.raises(errors.BannedApplicant):
        take(session, bob, over=former.id)

    assert take(session, bob, 306).open_room == 306


# What it does


def test_the_former_rental_ends_today_and_the_new_one_replaces_it(
    session: Session, settle: Settle, outbox: Outbox
) -> None:
    with time_machine.travel(NOON, tick=False):
        (device,) = settle(305, macs=MACS[:1], starts_on=LONG_AGO, created_at=NOON - 60 * DAY)
        former = queries.own_rental(session, device.pceen_id)
        bob = PCeenFactory()
        mine = DeviceFactory(pceen=bob, mac_address=MACS[1])

        rental = take(session, bob, over=former.id)

        assert (former.ends_on, former.closed_at) == (clock.today(), NOON)
        assert former.close_kind is RentalEnd.take_over
        assert (former.open_room, former.open_pceen) == (None, None)
        assert (rental.room_num, rental.pceen_id, rental.replaces_id) == (305, bob.id, former.id)
        assert [(h.device_id, h.address) for h in queries.hosts(session, PLAN)] == [
            (mine.id, "10.1.3.5")
        ]
    assert session.get(Device, device.id) is not None  # the devices of the former tenant stay
    assert [role.slug for role in device.pceen.roles] == ["rezident"]
    said = outbox()
    assert RefreshNetwork() in said
    mail = next(one for one in said if isinstance(one, RoomTransferred))
    assert (mail.to, mail.room, mail.on) == (device.pceen.email, 305, "2026-11-24")
    actions = session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert list(actions[-2:]) == ["intrarez.rental.close", "intrarez.rental.take_over"]


@pytest.mark.parametrize("given", ["none", "another", "of another room", "former of the room"])
def test_a_room_is_taken_over_only_with_the_number_of_its_rental(
    session: Session, outbox: Outbox, given: str
) -> None:
    before = old_rental()
    former = take(session, PCeenFactory(), over=before.id)
    former.created_at = clock.now() - 60 * DAY
    session.commit()
    number = {
        "none": None,
        "another": 999_999,
        "of another room": old_rental(306).id,
        "former of the room": before.id,
    }[given]
    bob = PCeenFactory()
    rows, waiting = tables(session), outbox()

    with pytest.raises(errors.RoomTaken) as refusal:
        take(session, bob, over=number)

    assert refusal.value.details["rental"] == former.id
    assert tables(session) == rows
    assert outbox() == waiting


def test_who_has_a_room_takes_over_no_other(session: Session) -> None:
    former, mine = old_rental(), old_rental(306)

    with pytest.raises(errors.HasRoomAlready):
        take(session, mine.pceen, over=former.id)

    assert former.closed_at is None


def test_a_former_tenant_without_an_address_is_not_mailed(session: Session, outbox: Outbox) -> None:
    former = old_rental(pceen=PCeenFactory(email=None))

    take(session, PCeenFactory(), over=former.id)

    assert not [one for one in outbox() if isinstance(one, RoomTransferred)]
    assert session.scalars(sa.select(OneTimeToken)).all() == []


def test_of_eight_who_take_over_one_room_at_once_one_has_it(
    shared: Flask,
    crowd: Callable[[int], list[str]],  # the fixture
) -> None:
    browsers = [browser(shared, secret) for secret in crowd(8)]
    with shared.app_context():
        factories.use(db.session())
        former = old_rental().id
        db.session.remove()

    def ask(number: int) -> int:
        fields = typed(take_over=str(former))
        return browsers[number].post("/rooms/register", data=fields).status_code

    assert at_once(ask, 8) == {303: 1, 409: 7}
    with shared.app_context():
        assert db.session.scalars(sa.select(Rental.open_room).order_by(Rental.id)).all() == [
            None,
            305,
        ]
        assert len(db.session.scalars(sa.select(OneTimeToken)).all()) == 1


# On its page


def test_an_occupied_room_is_explained_and_taken_with_one_button(
    session: Session, login: Login
) -> None:
    former = old_rental(pceen__prenom="Grace", pceen__nom="Hopper")
    bob = PCeenFactory(slugs=["rezident"])
    browser_ = login(bob)
    end = (clock.today() + 90 * DAY).isoformat()

    page = browser_.submit("/rooms/register", **typed(end=end), status=409)

    said = page.text("section[role=alert]")
    for reason in ("emménager", "sous-louez", "colocation", "Tout abus est sanctionné"):
        assert reason in said
    assert "Hopper" not in page.text("body")
    (form,) = page.html.select("section[role=alert] form")
    fields = {str(i["name"]): str(i.get("value", "")) for i in form.select("input")}
    assert fields["take_over"] == str(former.id)
    assert (fields["room"], fields["end"]) == ("305", end)

    answer = browser_.post("/rooms/register", data=fields)

    assert answer.status_code == 303
    rental = queries.current_rental(session, bob.id)
    assert rental is not None
    assert (rental.replaces_id, rental.ends_on) == (former.id, clock.today() + 90 * DAY)


@pytest.mark.parametrize(
    "given", ["", "0", "-1", "999999", "²", "1e3", "9" * 30, "<script>", "other"]
)
def test_a_wrong_confirmation_changes_nothing_and_explains_again(
    session: Session, login: Login, given: str
) -> None:
    former, other = old_rental(), old_rental(306)
    browser_ = login(PCeenFactory(slugs=["rezident"]))
    before = tables(session)

    page = browser_.submit(
        "/rooms/register",
        **typed(take_over=str(other.id) if given == "other" else given),
        status=409,
    )

    (shown,) = page.html.select("section[role=alert] input[name=take_over]")
    assert shown["value"] == str(former.id)
    assert tables(session) == before


def test_a_room_taken_by_another_meanwhile_is_explained_again_for_that_one(
    session: Session, login: Login
) -> None:
    former = old_rental()
    browser_ = login(PCeenFactory(slugs=["rezident"]))
    browser_.submit("/rooms/register", **typed(), status=409)
    newer = take(session, PCeenFactory(), over=former.id)
    newer.created_at = clock.now() - 60 * DAY
    session.commit()

    page = browser_.submit("/rooms/register", **typed(take_over=str(former.id)), status=409)

    (shown,) = page.html.select("section[role=alert] input[name=take_over]")
    assert shown["value"] == str(newer.id)
    session.refresh(newer)
    assert newer.closed_at is None


def test_one_take_over_sent_twice_is_one_rental(session: Session, login: Login) -> None:
    former = old_rental()
    browser_ = login(PCeenFactory(slugs=["rezident"]))
    fields = typed(take_over=str(former.id), idempotency_key="key")

    answers = [browser_.post("/rooms/register", data=fields) for _ in range(2)]

    assert {answer.status_code for answer in answers} <= {302, 303}
    assert [rental.open_room for rental in in_order(session)] == [None, 305]


WHY_NOT = {
    "too recent": "moins de 7 jours",
    "too often": "déjà changé de main 2 fois en 30 jours",
    "claimed": "déjà demandé aux GRI",
    "banned": "suspendu",
}


@pytest.mark.parametrize("why", list(WHY_NOT))
def test_a_take_over_that_is_refused_says_why_and_offers_to_ask_the_gris(
    session: Session, login: Login, why: str
) -> None:
    bob = PCeenFactory(slugs=["rezident"])
    former = old_rental(created_at=clock.now() - (DAY if why == "too recent" else 60 * DAY))
    if why == "too often":
        for ago in (3, 2):
            gone = old_rental(open_room=None, open_pceen=None)
            gone.closed_at, gone.close_kind = clock.now() - ago * DAY, RentalEnd.take_over
    elif why == "claimed":
        with transaction(session):
            asked = claims.claim(
                session,
                pceen=PCeenFactory(),
                room=session.get_one(Room, 305),
                stay=rooms.Stay(starts_on=clock.today()),
                message="",
                admins=(),
            )
            asked.kind, asked.open_key = ClaimKind.contest, "305:contest"
    elif why == "banned":
        ban(session, bob)
    session.commit()
    browser_ = login(bob)
    end = (clock.today() + 9 * DAY).isoformat()

    page = browser_.submit(
        "/rooms/register", **typed(take_over=str(former.id), end=end), status=409
    )

    assert WHY_NOT[why] in page.text(".notice-warning")
    (form,) = page.html.select("form[action^='/rooms/claim']")
    fields = {str(i["name"]): str(i.get("value", "")) for i in form.select("input")}
    assert (fields["room"], fields["start"], fields["end"]) == (
        "305",
        clock.today().isoformat(),
        end,
    )
    assert form.select("textarea[name=message]")
    session.refresh(former)
    assert former.closed_at is None


def test_the_former_tenant_is_led_to_take_a_room_again(
    session: Session, login: Login, settle: Settle
) -> None:
    (device,) = settle(305, macs=MACS[:1], created_at=clock.now() - 60 * DAY)
    browser_ = login(device.pceen)
    assert browser_.get("/devices/modify").status_code == 200

    take(session, PCeenFactory(), over=queries.own_rental(session, device.pceen_id).id)

    answer = browser_.get("/devices/modify")
    assert (answer.status_code, address_asked(answer.location)[0]) == (302, "/rooms/register")


# The mail, and its link


def test_the_mail_names_the_room_and_its_link_opens_the_page(
    app: Flask, session: Session, client: Client, mailbox: list[EmailMessage]
) -> None:
    former = old_rental()
    take(session, PCeenFactory(), over=former.id)

    with app.app_context():
        run_due(session, all_effects())

    (mail,) = mailbox
    body = mail.get_body(("plain",))
    assert body is not None
    assert mail["To"] == former.pceen.email
    assert "305" in body.get_content()
    (link,) = re.findall(r"https?://\S+(/rooms/contest/\S+)", body.get_content())
    page = client.open_page(link)
    assert "305" in page.text("h1")


def contested(session: Session, outbox: Outbox) -> tuple[Rental, Rental, str]:
    """A room that was taken over: the former rental, the new one, and the link."""
    former = old_rental()
    rental = take(session, PCeenFactory(slugs=["rezident"]), over=former.id)
    return former, rental, f"/rooms/contest/{secret_of(outbox)}"


def test_the_link_contests_once(session: Session, client: Client, outbox: Outbox) -> None:
    former, rental, link = contested(session, outbox)
    before = tables(session)
    for _ in range(3):
        client.open_page(link)
    assert tables(session) == before

    answer = client.post(link, data={"message": "J'y dors."})

    assert answer.status_code == 303
    asked = session.scalars(sa.select(RoomClaim)).one()
    assert (asked.kind, asked.room_num, asked.status) == (
        ClaimKind.contest,
        305,
        ClaimStatus.pending,
    )
    assert (asked.pceen_id, asked.rental_id) == (former.pceen_id, rental.id)
    assert (asked.starts_on, asked.ends_on, asked.message) == (LONG_AGO, None, "J'y dors.")
    (told,) = [one for one in outbox() if isinstance(one, ClaimFiled)]
    assert (told.to, told.is_contest, told.room) == ("gri@example.org", True, 305)
    for again in (client.get(link), client.post(link, data={"message": "Encore."})):
        assert again.status_code in (404, 410)
        assert "/contact" in again.text
    assert len(session.scalars(sa.select(RoomClaim)).all()) == 1


def test_a_contest_needs_no_message(session: Session, client: Client, outbox: Outbox) -> None:
    *_, link = contested(session, outbox)

    assert client.post(link).status_code == 303

    assert session.scalars(sa.select(RoomClaim.message)).all() == [""]


def test_a_message_too_long_is_kept_and_leaves_the_link_good(
    session: Session, client: Client, outbox: Outbox
) -> None:
    *_, link = contested(session, outbox)

    page = client.submit(link, message="é" * 2001, status=422)

    assert page.html.select("#message[aria-invalid]")
    assert page.text("#message") == "é" * 2001
    assert client.post(link, data={"message": "é" * 2000}).status_code == 303


@pytest.mark.parametrize("secret", ["x", "x" * 43, "%00", "..%2F", "é" * 20])
def test_a_link_that_was_forged_opens_nothing(
    session: Session, client: Client, outbox: Outbox, secret: str
) -> None:
    contested(session, outbox)

    for answer in (client.get(f"/rooms/contest/{secret}"), client.post(f"/rooms/contest/{secret}")):
        assert answer.status_code == 404
    assert session.scalars(sa.select(RoomClaim)).all() == []


@pytest.mark.parametrize(("late", "is_good"), [(-SECOND, True), (SECOND * 0, False)])
def test_the_link_lives_for_thirty_days(
    session: Session, client: Client, outbox: Outbox, late: timedelta, is_good: bool
) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        *_, link = contested(session, outbox)
        now.move_to(NOON + 30 * DAY + late)

        assert client.get(link).status_code == (200 if is_good else 404)


def test_each_room_that_was_taken_has_its_link(session: Session, outbox: Outbox) -> None:
    TAKE_OVER_MIN_AGE_DAYS.set(session, 0)
    session.commit()
    ada = PCeenFactory()
    for num in (305, 306):
        mine = take(session, ada, num)
        take(session, PCeenFactory(), num, over=mine.id)

    for mail in [one for one in outbox() if isinstance(one, RoomTransferred)]:
        link = accounts.token(session, TokenPurpose.contest_room, mail.secret)
        assert queries.contested(session, link).room_num == mail.room


def test_the_link_of_who_is_disabled_is_dead(session: Session, outbox: Outbox) -> None:
    former, *_ = contested(session, outbox)
    former.pceen.disabled_at = clock.now()
    session.commit()

    with pytest.raises(LinkNoLongerGood):
        accounts.token(session, TokenPurpose.contest_room, secret_of(outbox))


def test_the_page_of_the_link_says_the_day_in_paris(
    session: Session, client: Client, outbox: Outbox
) -> None:
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fr"
    with time_machine.travel("2026-11-24T23:30:00+00:00", tick=False):  # 00:30 on the 25th
        *_, link = contested(session, outbox)

        page = client.open_page(link)

    assert "25 novembre 2026" in page.text("main")


def test_a_contest_keeps_others_from_taking_the_room(
    session: Session, client: Client, outbox: Outbox
) -> None:
    _, rental, link = contested(session, outbox)
    rental.created_at = clock.now() - 60 * DAY
    session.commit()
    client.post(link)
    session.commit()  # else the transaction below forgets what the request did

    with pytest.raises(errors.ClaimWaiting):
        take(session, PCeenFactory(), over=rental.id)


# What the GRIs make of it


def decide(gri: Client, session: Session, answer: str, **fields: str) -> Page:
    key = session.scalars(sa.select(RoomClaim.id)).one()
    return gri.submit(f"/gris/room_claims/{key}/decide", accepted=answer, **fields)


def test_a_gri_gives_the_room_back_and_both_rentals_stay_in_the_history(
    session: Session, client: Client, login: Login, outbox: Outbox
) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        former, rental, link = contested(session, outbox)
        now.shift(DAY)
        client.post(link)
        now.shift(DAY)
        gri = login(PCeenFactory(slugs=["gri"]))
        waiting = gri.open_page("/gris/room_claims")
        assert "contestation" in waiting.text("main")

        decide(gri, session, "1", note="Bail vérifié.")

        first, second, third = in_order(session)
        today = clock.today()
    assert (first, second) == (former, rental)
    assert (third.pceen_id, third.room_num, third.replaces_id) == (former.pceen_id, 305, rental.id)
    assert (third.starts_on, third.ends_on, third.closed_at) == (LONG_AGO, None, None)
    assert (second.ends_on, second.close_kind) == (today, RentalEnd.claim)
    assert first.closed_at is not None
    assert second.closed_at is not None
    assert first.closed_at <= second.created_at < second.closed_at <= third.created_at
    assert queries.rental_of(session, 305) == third
    assert queries.current_rental(session, rental.pceen_id) is None
    assert queries.former_rentals(session, former.pceen_id) == [former]
    assert queries.former_rentals(session, rental.pceen_id) == [rental]


def test_a_contest_that_is_dismissed_leaves_the_room_where_it_is(
    session: Session, client: Client, login: Login, outbox: Outbox
) -> None:
    _, rental, link = contested(session, outbox)
    client.post(link)

    decide(login(PCeenFactory(slugs=["gri"])), session, "0")

    assert len(in_order(session)) == 2
    assert queries.rental_of(session, 305) == rental
    asked = session.scalars(sa.select(RoomClaim)).one()
    assert (asked.status, asked.open_key) == (ClaimStatus.refused, None)


def test_a_room_given_back_after_the_newcomer_left_is_just_given(
    session: Session, client: Client, login: Login, outbox: Outbox
) -> None:
    former, rental, link = contested(session, outbox)
    client.post(link)
    session.commit()  # else the transaction below forgets what the request did
    with transaction(session):
        rooms.leave(session, rental=rental, ends_on=clock.today())

    decide(login(PCeenFactory(slugs=["gri"])), session, "1")

    back = queries.rental_of(session, 305)
    assert back is not None
    assert (back.pceen_id, back.replaces_id) == (former.pceen_id, None)
    session.refresh(rental)
    assert rental.close_kind is RentalEnd.owner
