"""Asking the GRIs for a room, and what they answer."""

from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.enums import (
    ClaimKind,
    ClaimStatus,
    PermissionScope as S,
    PermissionType as T,
    RentalEnd,
)
from app.extensions import db
from app.models import AuditEvent, PCeen, Rental, Room, RoomClaim, TriedTooOften
from app.modules.intrarez import errors, queries
from app.modules.intrarez.effects import RefreshNetwork
from app.modules.intrarez.mails import ClaimDecided, ClaimFiled
from app.modules.intrarez.service import claims, rooms
from app.web.module import all_effects
from app.worker import run_due
from tests.client import Client
from tests.conftest import Login, Outbox
from tests.factories import (
    DeviceFactory,
    PCeenFactory,
    RentalFactory,
    base as factories,
)
from tests.modules.intrarez.conftest import PLAN, ban
from tests.modules.intrarez.test_races import answer_of, at_once
from tests.modules.intrarez.test_routes import address_asked, errors_of, tables

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOSTILE = '<img src=x onerror="alert(1)"> & "moi"'


def rezident(**values: object) -> PCeen:
    made: PCeen = PCeenFactory(slugs=["rezident"], **values)
    return made


def ask(
    session: Session, pceen: PCeen, num: int = 305, *, message: str = "", **dates: date | None
) -> RoomClaim:
    stay = rooms.Stay(**{"starts_on": clock.today()} | dates)  # type: ignore[arg-type]
    with transaction(session):
        return claims.claim(
            session,
            pceen=pceen,
            room=session.get_one(Room, num),
            stay=stay,
            message=message,
            admins=("gri@example.org",),
        )


def decide(
    session: Session, asked: RoomClaim, *, is_accepted: bool, by: PCeen, note: str = ""
) -> None:
    with transaction(session):
        claims.decide(session, claim=asked, is_accepted=is_accepted, note=note, by=by, plan=PLAN)


def take(session: Session, pceen: PCeen, num: int) -> Rental:
    with transaction(session):
        room = session.get_one(Room, num)
        stay = rooms.Stay(starts_on=clock.today())
        return rooms.take(session, pceen=pceen, room=room, stay=stay, plan=PLAN)


def typed(**values: str) -> dict[str, str]:
    return {"room": "305", "start": clock.today().isoformat()} | values


def decisions(outbox: Outbox) -> dict[str, tuple[int, bool, str]]:
    """What each was told, by address."""
    said = [one for one in outbox() if isinstance(one, ClaimDecided)]
    assert len({one.to for one in said}) == len(said)
    return {one.to: (one.room, one.has_the_room, one.note) for one in said}


@pytest.fixture
def gri(session: Session) -> PCeen:
    made: PCeen = PCeenFactory(slugs=["gri"])
    return made


# Asking


def test_a_claim_is_filed_with_what_was_typed_and_the_gris_are_told(
    session: Session, login: Login, outbox: Outbox
) -> None:
    rental, bob = RentalFactory(room_num=305), rezident(nom="Lebon")
    end = clock.today() + 90 * DAY

    answer = login(bob).post(
        "/rooms/claim?next=/profile/",
        data=typed(end=end.isoformat(), message="J'ai le bail."),
    )

    assert (answer.status_code, address_asked(answer.location)) == (
        303,
        ("/rooms/register", {"next": "/profile/"}),
    )
    asked = session.scalars(sa.select(RoomClaim)).one()
    assert (asked.kind, asked.status, asked.room_num) == (
        ClaimKind.claim,
        ClaimStatus.pending,
        305,
    )
    assert (asked.pceen_id, asked.rental_id) == (bob.id, rental.id)
    assert (asked.starts_on, asked.ends_on) == (clock.today(), end)
    assert asked.message == "J'ai le bail."
    assert outbox() == [
        ClaimFiled(
            to="gri@example.org",
            locale="fr",
            is_contest=False,
            room=305,
            name="Marie Lebon",
            message="J'ai le bail.",
        )
    ]
    actions = session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions[-1] == "intrarez.room.claim"
    assert queries.rental_of(session, 305) == rental  # nothing moves before the answer


def test_who_asked_is_reminded_of_it_where_rooms_are_taken(session: Session, login: Login) -> None:
    RentalFactory(room_num=305)
    bob = rezident()
    ask(session, bob)

    page = login(bob).open_page("/rooms/register")

    assert "chambre 305 attend la réponse" in page.text(".notice-info")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("room", ""),
        ("room", "0"),
        ("room", "-101"),
        ("room", "1e2"),
        ("room", "101.0"),
        ("room", "٣٠٤"),
        ("room", "999"),
        ("start", ""),
        ("start", "tomorrow"),
        ("start", "2026-02-30"),
        ("end", "today"),
        ("end", "2020-01-01"),
        ("end", "bientôt"),
        ("message", "é" * 2001),
        ("message", "\u202egnp"),
    ],
)
def test_a_claim_badly_said_is_refused_next_to_its_field(
    session: Session, login: Login, field: str, value: str
) -> None:
    RentalFactory(room_num=305)
    browser = login(rezident())
    days = {"today": clock.today(), "tomorrow": clock.today() + DAY}
    value = days[value].isoformat() if value in days else value
    before = tables(session)

    page = browser.submit("/rooms/claim", status=422, **typed(message=HOSTILE) | {field: value})

    assert page.html.select(f"#{field}[aria-invalid]")
    kept = page.html.select_one(f"#{field}")
    assert kept is not None
    if field != "message":
        assert kept["value"] == value
        assert page.text("#message") == HOSTILE
        assert not page.html.select("img[onerror]")
    assert tables(session) == before


def test_a_free_room_is_not_to_be_asked_for(session: Session, login: Login) -> None:
    page = login(rezident()).submit("/rooms/claim", status=409, **typed())

    assert page.html.select("#room[aria-invalid]")
    assert "libre" in " ".join(errors_of(page))
    assert session.scalars(sa.select(RoomClaim)).all() == []


def test_who_has_a_room_asks_for_none(session: Session) -> None:
    RentalFactory(room_num=305)
    ada = RentalFactory(room_num=306).pceen

    for num in (305, 306):
        with pytest.raises(errors.HasRoomAlready):
            ask(session, ada, num)

    assert session.scalars(sa.select(RoomClaim)).all() == []


def test_who_is_banned_may_ask(session: Session) -> None:
    RentalFactory(room_num=305)
    bob = rezident()
    ban(session, bob)

    assert ask(session, bob).status is ClaimStatus.pending


def test_one_claim_waits_for_a_room(session: Session, login: Login, outbox: Outbox) -> None:
    RentalFactory(room_num=305)
    ask(session, rezident())
    waiting = outbox()

    page = login(rezident()).submit("/rooms/claim", status=409, **typed(message="Moi !"))

    assert "déjà" in " ".join(errors_of(page))
    assert page.text("#message") == "Moi !"
    assert len(session.scalars(sa.select(RoomClaim)).all()) == 1
    assert outbox() == waiting


def test_two_rooms_have_a_claim_each_and_a_room_has_one_of_each_kind(session: Session) -> None:
    former = RentalFactory(room_num=305)
    RentalFactory(room_num=306)
    ask(session, rezident(), 305)
    ask(session, rezident(), 306)

    session.add(
        RoomClaim(
            kind=ClaimKind.contest,
            room_num=305,
            pceen=rezident(),
            rental=former,
            starts_on=clock.today(),
            open_key="305:contest",
        )
    )
    session.commit()

    assert len(queries.waiting_claims(session)) == 3
    assert len(queries.waiting_claims(session, room_num=305)) == 2


def test_the_database_itself_refuses_a_second_claim_on_a_room(session: Session) -> None:
    RentalFactory(room_num=305)
    asked = ask(session, rezident())

    session.add(
        RoomClaim(
            kind=ClaimKind.claim,
            room_num=305,
            pceen=rezident(),
            starts_on=clock.today(),
            open_key=asked.open_key,
        )
    )
    with pytest.raises(sa.exc.IntegrityError):
        session.commit()
    session.rollback()


@pytest.mark.parametrize("is_accepted", [True, False])
def test_once_answered_a_room_may_be_asked_for_again(
    session: Session, gri: PCeen, is_accepted: bool
) -> None:
    RentalFactory(room_num=305)
    decide(session, ask(session, rezident()), is_accepted=is_accepted, by=gri)

    assert ask(session, rezident()).status is ClaimStatus.pending


def test_one_form_of_a_claim_sent_twice_is_one_claim_and_one_answer(
    session: Session, login: Login, outbox: Outbox
) -> None:
    RentalFactory(room_num=305)
    browser = login(rezident())

    answers = [browser.post("/rooms/claim", data=typed(idempotency_key="key")) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(session.scalars(sa.select(RoomClaim)).all()) == 1
    assert len(outbox()) == 1


def test_of_many_who_ask_for_one_room_at_once_one_waits(shared: Flask) -> None:
    with shared.app_context():
        factories.use(db.session())
        RentalFactory(room_num=305)
        keys = [rezident().id for _ in range(16)]
        db.session.remove()

    def work(number: int) -> str:
        def act(session: Session) -> None:
            claims.claim(
                session,
                pceen=session.get_one(PCeen, keys[number]),
                room=session.get_one(Room, 305),
                stay=rooms.Stay(starts_on=clock.today()),
                message="",
                admins=(),
            )

        with shared.app_context():
            return answer_of(act)

    assert at_once(work, 16) == {"done": 1, "AlreadyClaimed": 15}


# Taking a room meanwhile


def test_a_claim_is_withdrawn_when_its_person_takes_a_room(
    session: Session, login: Login, gri: PCeen, outbox: Outbox
) -> None:
    rental, bob = RentalFactory(room_num=305), rezident()
    asked = ask(session, bob)
    other = ask(session, rezident(), RentalFactory(room_num=307).room_num)

    with time_machine.travel(NOON, tick=False):
        take(session, bob, 306)

    assert (asked.status, asked.decided_at, asked.decided_by) == (
        ClaimStatus.withdrawn,
        NOON,
        None,
    )
    assert asked.open_key is None
    assert other.status is ClaimStatus.pending
    with pytest.raises(errors.ClaimDecided):
        decide(session, asked, is_accepted=True, by=gri)
    assert queries.rental_of(session, 305) == rental
    assert decisions(outbox) == {}
    assert "retirée" in login(gri).open_page("/gris/room_claims").text("table")


def test_a_claim_is_withdrawn_when_a_gri_gives_its_person_a_room(session: Session) -> None:
    RentalFactory(room_num=305)
    bob = rezident()
    asked = ask(session, bob)

    with transaction(session):
        room = session.get_one(Room, 306)
        stay = rooms.Stay(starts_on=clock.today(), reason="Accord")
        rooms.assign(session, pceen=bob, room=room, stay=stay, plan=PLAN)

    session.refresh(asked)
    assert asked.status is ClaimStatus.withdrawn


# Answering


def test_a_claim_that_is_accepted_is_the_take_over_and_both_are_told(
    session: Session, gri: PCeen, outbox: Outbox
) -> None:
    with time_machine.travel(NOON, tick=False):
        former = RentalFactory(room_num=305, starts_on=date(2026, 9, 1))
        bob = rezident()
        mine = DeviceFactory(pceen=bob)
        asked = ask(session, bob, starts_on=date(2026, 11, 20), ends_on=date(2027, 3, 1))

        decide(session, asked, is_accepted=True, by=gri, note="Bail vérifié.")

        rental = queries.rental_of(session, 305)
        assert rental is not None
        assert queries.address_of(session, mine, PLAN) == "10.0.3.5"
        assert (former.ends_on, former.closed_at) == (clock.today(), NOON)
    assert (rental.pceen_id, rental.replaces_id) == (bob.id, former.id)
    assert (rental.starts_on, rental.ends_on) == (date(2026, 11, 20), date(2027, 3, 1))
    assert former.close_kind is RentalEnd.claim
    assert (asked.status, asked.decided_by, asked.decided_at) == (ClaimStatus.accepted, gri, NOON)
    assert (asked.note, asked.open_key) == ("Bail vérifié.", None)
    assert decisions(outbox) == {
        bob.email: (305, True, "Bail vérifié."),
        former.pceen.email: (305, False, "Bail vérifié."),
    }
    assert RefreshNetwork() in outbox()
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.after) == (
        "intrarez.room.claim.decide",
        {"status": "accepted"},
    )


def test_a_claim_that_is_refused_moves_nothing_and_both_are_told(
    session: Session, gri: PCeen, outbox: Outbox
) -> None:
    former, bob = RentalFactory(room_num=305), rezident()
    asked = ask(session, bob)

    decide(session, asked, is_accepted=False, by=gri, note="Sans bail.")

    assert session.scalars(sa.select(Rental)).all() == [former]
    assert former.closed_at is None
    assert (asked.status, asked.note, asked.open_key) == (
        ClaimStatus.refused,
        "Sans bail.",
        None,
    )
    assert decisions(outbox) == {
        bob.email: (305, False, "Sans bail."),
        former.pceen.email: (305, True, "Sans bail."),
    }
    assert RefreshNetwork() not in outbox()


def test_the_limits_of_take_overs_are_not_those_of_the_gris(session: Session, gri: PCeen) -> None:
    RentalFactory(room_num=305)  # of today
    for _ in range(4):
        bob = rezident()
        decide(session, ask(session, bob), is_accepted=True, by=gri)
        rental = queries.rental_of(session, 305)
        assert rental is not None
        assert rental.pceen_id == bob.id


def test_a_room_that_was_left_meanwhile_is_given(
    session: Session, gri: PCeen, outbox: Outbox
) -> None:
    former, bob = RentalFactory(room_num=305), rezident()
    asked = ask(session, bob)
    with transaction(session):
        rooms.leave(session, rental=former, ends_on=clock.today())

    decide(session, asked, is_accepted=True, by=gri)

    rental = queries.rental_of(session, 305)
    assert rental is not None
    assert (rental.pceen_id, rental.replaces_id) == (bob.id, None)
    assert set(decisions(outbox)) == {bob.email}


def test_an_end_that_passed_before_the_answer_is_forgotten(session: Session, gri: PCeen) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        RentalFactory(room_num=305)
        asked = ask(session, rezident(), ends_on=date(2026, 11, 25))
        now.shift(DAY)

        decide(session, asked, is_accepted=True, by=gri)

        rental = queries.rental_of(session, 305)
    assert rental is not None
    assert (rental.starts_on, rental.ends_on) == (date(2026, 11, 24), None)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("second", [True, False])
def test_a_claim_has_one_answer(
    session: Session, gri: PCeen, outbox: Outbox, first: bool, second: bool
) -> None:
    RentalFactory(room_num=305)
    asked = ask(session, rezident())
    decide(session, asked, is_accepted=first, by=gri, note="un")
    before, waiting = tables(session), outbox()

    with pytest.raises(errors.ClaimDecided):
        decide(session, asked, is_accepted=second, by=gri, note="deux")

    assert tables(session) == before
    assert outbox() == waiting


def test_of_gris_who_answer_at_once_one_does(shared: Flask) -> None:
    with shared.app_context():
        factories.use(db.session())
        RentalFactory(room_num=305)
        asked = ask(db.session(), rezident()).id
        gris = [PCeenFactory(slugs=["gri"]).id for _ in range(8)]
        db.session.remove()

    def work(number: int) -> str:
        def act(session: Session) -> None:
            claims.decide(
                session,
                claim=queries.claim(session, asked),
                is_accepted=number % 2 == 0,
                note="",
                by=session.get_one(PCeen, gris[number]),
                plan=PLAN,
            )

        with shared.app_context():
            return answer_of(act)

    assert at_once(work, 8) == {"done": 1, "ClaimDecided": 7}


@pytest.mark.parametrize("is_accepted", [True, False])
def test_nobody_decides_of_their_own_claim(session: Session, is_accepted: bool) -> None:
    RentalFactory(room_num=305)
    me: PCeen = PCeenFactory(slugs=["gri", "rezident"])
    asked = ask(session, me)

    with pytest.raises(errors.OwnClaim):
        decide(session, asked, is_accepted=is_accepted, by=me)

    session.refresh(asked)
    assert asked.status is ClaimStatus.pending


def test_who_has_no_address_is_decided_of_without_a_mail(
    session: Session, gri: PCeen, outbox: Outbox
) -> None:
    RentalFactory(room_num=305, pceen=rezident(email=None))

    decide(session, ask(session, rezident(email=None)), is_accepted=True, by=gri)

    assert decisions(outbox) == {}


# On the page of the GRIs


def path_of(asked: RoomClaim) -> str:
    return f"/gris/room_claims/{asked.id}/decide"


def test_the_page_lists_who_asks_who_has_it_and_what_was_answered(
    session: Session, login: Login, gri: PCeen
) -> None:
    RentalFactory(room_num=305, pceen__prenom="Grace", pceen__nom="Hopper")
    RentalFactory(room_num=306)
    decide(session, ask(session, rezident(), 306), is_accepted=False, by=gri, note="Non.")
    asked = ask(session, rezident(prenom="Ada", nom="Lovelace"), message=HOSTILE)
    browser = login(gri)

    page = browser.open_page("/gris/room_claims")

    said = page.text(".card-warning")
    for text in ("305", "Ada Lovelace", "Grace Hopper", HOSTILE):
        assert text in said
    assert not page.html.select("img[onerror]")
    assert {str(form["action"]) for form in page.html.select("main form")} == {path_of(asked)}
    assert "refusée" in page.text("table")
    assert "Non." in page.text("table")


def test_the_page_without_any_claim_says_so(session: Session, login: Login, gri: PCeen) -> None:
    page = login(gri).open_page("/gris/room_claims")

    assert "Personne n'attend" in page.text("main")
    assert not page.html.select("table")


@pytest.mark.parametrize(("answer", "status"), [("1", "accepted"), ("0", "refused")])
def test_a_gri_answers_on_the_page(
    session: Session, login: Login, gri: PCeen, answer: str, status: str
) -> None:
    RentalFactory(room_num=305)
    asked = ask(session, rezident())

    page = login(gri).submit(path_of(asked), accepted=answer, note="Vu.")

    assert any("prévenues" in text for text in page.flashes)
    session.refresh(asked)
    assert (asked.status, asked.note) == (status, "Vu.")


@pytest.mark.parametrize("answer", ["", "2", "yes", "1 ", "true", None])
def test_an_answer_that_is_none_decides_nothing(
    session: Session, login: Login, gri: PCeen, outbox: Outbox, answer: str | None
) -> None:
    RentalFactory(room_num=305)
    asked = ask(session, rezident())
    waiting = outbox()
    fields = {"note": "Vu."} if answer is None else {"note": "Vu.", "accepted": answer}

    assert login(gri).post(path_of(asked), data=fields).status_code == 422

    session.refresh(asked)
    assert asked.status is ClaimStatus.pending
    assert outbox() == waiting


def test_a_note_too_long_is_kept_and_decides_nothing(
    session: Session, login: Login, gri: PCeen
) -> None:
    RentalFactory(room_num=305)
    asked = ask(session, rezident())

    page = login(gri).submit(path_of(asked), accepted="1", note="é" * 501, status=422)

    note = page.html.select_one("#note[aria-invalid]")
    assert note is not None
    assert note["value"] == "é" * 501
    session.refresh(asked)
    assert asked.status is ClaimStatus.pending
    again = {"accepted": "1", "note": "é" * 500}
    assert login(gri).post(path_of(asked), data=again).status_code == 303


def test_ones_own_claim_is_not_decided_on_the_page_either(session: Session, login: Login) -> None:
    RentalFactory(room_num=305)
    me: PCeen = PCeenFactory(slugs=["gri", "rezident"])
    asked = ask(session, me)

    assert login(me).post(path_of(asked), data={"accepted": "1"}).status_code == 403

    session.refresh(asked)
    assert asked.status is ClaimStatus.pending


def test_a_claim_that_another_decided_says_so(session: Session, login: Login, gri: PCeen) -> None:
    RentalFactory(room_num=305)
    asked = ask(session, rezident())
    decide(session, asked, is_accepted=False, by=PCeenFactory(slugs=["gri"]))

    page = login(gri).submit(path_of(asked), accepted="1", status=409)

    assert "déjà eu sa réponse" in " ".join(errors_of(page))


@pytest.mark.parametrize("key", ["0", "999999", "2147483648", "9" * 30, "-1", "²", "1e3"])
def test_a_claim_that_is_none_is_not_found(
    session: Session, login: Login, gri: PCeen, key: str
) -> None:
    answer = login(gri).post(f"/gris/room_claims/{key}/decide", data={"accepted": "1"})

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("can", "status"),
    [
        ([], 403),
        ([(T.read, S.pceen)], 403),
        ([(T.write, S.role)], 403),
        ([(T.all, S.intrarez)], 403),
        ([(T.write, S.pceen)], 200),
        ([(T.all, S.gris)], 200),
    ],
)
def test_claims_are_for_who_may_change_people(
    session: Session, login: Login, can: list[tuple[T, S]], status: int
) -> None:
    RentalFactory(room_num=305)
    asked = ask(session, rezident())
    browser = login(PCeenFactory(can=can))

    assert browser.get("/gris/room_claims").status_code == status
    answer = browser.post(path_of(asked), data={"accepted": "1"})

    assert answer.status_code == (303 if status == 200 else 403)
    session.refresh(asked)
    assert asked.status is (ClaimStatus.accepted if status == 200 else ClaimStatus.pending)


def test_who_writes_one_person_only_decides_of_no_room(session: Session, login: Login) -> None:
    RentalFactory(room_num=305)
    bob = rezident()
    asked = ask(session, bob)

    browser = login(PCeenFactory(can=[(T.write, S.pceen, bob.id)]))

    assert browser.get("/gris/room_claims").status_code == 403
    assert browser.post(path_of(asked), data={"accepted": "1"}).status_code == 403


def test_who_is_not_logged_in_is_sent_to_log_in(session: Session, client: Client) -> None:
    answer = client.get("/gris/room_claims")

    assert (answer.status_code, address_asked(answer.location)[0]) == (302, "/login")


# Mails


def test_the_mails_of_a_claim_hold_no_html_of_ours(
    app: Flask, session: Session, gri: PCeen, mailbox: list[EmailMessage]
) -> None:
    RentalFactory(room_num=305)
    asked = ask(session, rezident(nom=HOSTILE), message=HOSTILE)
    decide(session, asked, is_accepted=True, by=gri, note=HOSTILE)

    with app.app_context():
        run_due(session, all_effects())

    assert len(mailbox) == 3  # the GRIs, and both people
    for mail in mailbox:
        html, text = (mail.get_body((kind,)) for kind in ("html", "plain"))
        assert html is not None
        assert text is not None
        assert "<img src=x" not in html.get_content()
        assert HOSTILE in text.get_content()
        assert "305" in text.get_content()


def test_who_asks_for_room_after_room_has_to_wait(session: Session) -> None:
    ada = PCeenFactory(slugs=["rezident"])
    for number in range(201, 206):
        RentalFactory(room_num=number)
        ask(session, ada, number)
    RentalFactory(room_num=206)

    with pytest.raises(TriedTooOften):
        ask(session, ada, 206)


def test_a_room_that_someone_asked_for_is_not_offered_to_be_asked_for_again(
    session: Session, login: Login
) -> None:
    rental = RentalFactory(room_num=305)
    rental.created_at = clock.now() - timedelta(days=30)
    ask(session, rezident())
    browser = login(rezident())
    given = typed(take_over=str(rental.id))

    page = browser.submit("/rooms/register", status=409, **given)

    assert "déjà demandé aux GRI" in page.text(".notice-warning")
    assert not page.html.select("form#claim")
