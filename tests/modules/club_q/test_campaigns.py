"""Mails that tell everybody what they were granted: what they say, and that nobody has two."""

import smtplib
from collections.abc import Callable
from datetime import date
from email.message import EmailMessage
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.enums import CampaignState, MailingState
from app.integrations.mailer import written
from app.models import (
    ClubQCampaign,
    ClubQCampaignRecipient,
    ClubQSeason,
    ClubQVoeu,
    OutboxEntry,
    PCeen,
)
from app.modules.club_q import around
from app.modules.club_q.rules import mailing
from app.modules.club_q.service import campaigns
from app.web.module import all_effects
from app.worker import run_due
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.factories.club_q import (
    SalleFactory,
    SeasonFactory,
    SpectacleFactory,
    grant,
    make_current,
    organiser,
    participant,
    wish,
)

IBAN = "FR7630006000011234567890189"
Work = Callable[[], int]


@pytest.fixture
def season(session: Session) -> ClubQSeason:
    season = make_current(SeasonFactory(nom="Printemps"))
    season.attributions_visible = True
    session.commit()
    return season


@pytest.fixture
def people(season: ClubQSeason) -> list[PCeen]:
    """Ada has places, Bob has none, Cy may not open Club Q any more; one shows nothing to them."""
    venue = SalleFactory(nom="Opéra <Bastille>")
    carmen = SpectacleFactory(season_id=season.id, nom="Carmen & <b>", salle_id=venue.id)
    norma = SpectacleFactory(season_id=season.id, nom="Norma")
    ada = participant(username="ada", prenom="Ada", nom="Lovelace", promo=145)
    bob = participant(username="bob", prenom="Bob", nom="Abbott", locale="en")
    cy = PCeenFactory(username="cy", prenom="Cy", nom="Zorn")
    grant(wish(ada, carmen, 1, 3), 2)
    grant(wish(ada, norma, 2), 0)
    grant(wish(bob, norma, 1), 0)
    wish(cy, norma, 1)
    return [ada, bob, cy]


@pytest.fixture
def staff(login: Login, people: list[PCeen]) -> Client:
    return login(organiser(username="chef", prenom="Zoé"))


@pytest.fixture
def work(app: Flask, session: Session) -> Work:
    """Have the worker do what is due of Club Q: ``work()``."""

    def _work() -> int:
        session.commit()  # what it read began before what the site wrote
        with app.app_context():
            return run_due(session, all_effects(), kinds=["club_q"])

    return _work


def prepare(staff: Client, *, status: int = 200, **typed: Any) -> Page:
    page = staff.open_page("/club_q/mails")
    key = page.html.select_one("input[name=idempotency_key]")
    sent = {"reply_to": "club-q@example.org", "threshold": ""} | typed
    return staff.submit(
        "/club_q/mails", status=status, idempotency_key=key["value"] if key else "x", **sent
    )


def campaign(session: Session) -> ClubQCampaign:
    session.expire_all()
    return session.scalars(sa.select(ClubQCampaign).order_by(ClubQCampaign.id.desc())).first()  # type: ignore[return-value]


def states(session: Session) -> list[tuple[str, MailingState]]:
    """The recipients of the last campaign, in their order."""
    stmt = (
        sa.select(PCeen.username, ClubQCampaignRecipient.state)
        .join(PCeen, PCeen.id == ClubQCampaignRecipient.pceen_id)
        .where(ClubQCampaignRecipient.campaign_id == campaign(session).id)
        .order_by(ClubQCampaignRecipient.position)
    )
    return [(name, state) for name, state in session.execute(stmt)]


def act(staff: Client, session: Session, verb: str, **typed: Any) -> Page:
    return staff.submit(f"/club_q/mails/{campaign(session).id}/{verb}", **typed)


def body(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return " ".join(part.get_content().split())


# Preparing


def test_recipients_are_stored_by_name_each_once_whoever_may_open_club_q(
    staff: Client, session: Session
) -> None:
    page = staff.open_page("/club_q/mails")
    assert "2 personnes ont des vœux" in page.text("#content")
    assert page.texts("#added .form-check") == ["Cy Zorn (140)"]

    prepare(staff)

    pending = MailingState.pending
    assert states(session) == [("bob", pending), ("ada", pending)]
    assert campaign(session).state is CampaignState.draft
    assert session.scalars(sa.select(OutboxEntry)).all() == []


def test_who_may_not_open_club_q_can_be_added(
    staff: Client, people: list[PCeen], session: Session
) -> None:
    prepare(staff, added=people[2].id, threshold="1")

    assert states(session) == [
        ("bob", MailingState.skipped),
        ("ada", MailingState.pending),
        ("cy", MailingState.pending),
    ]


def test_a_threshold_of_a_hundred_leaves_the_first_hundred_aside(
    staff: Client,
    season: ClubQSeason,
    people: list[PCeen],
    session: Session,
    work: Work,
    mailbox: list[EmailMessage],
) -> None:
    show = SpectacleFactory(season_id=season.id)
    more = [PCeenFactory.build(nom=f"A{n:03}", roles=people[0].roles) for n in range(100)]
    session.add_all(more)
    session.flush()
    session.add_all(
        ClubQVoeu(
            pceen_id=one.id,
            spectacle_id=show.id,
            season_id=season.id,
            priorite=1,
            places_demandees=1,
        )
        for one in more
    )
    session.commit()

    prepare(staff, threshold="100")
    act(staff, session, "send")
    work()

    told = states(session)
    assert {state for _name, state in told[:100]} == {MailingState.skipped}
    assert told[100:] == [("bob", MailingState.sent), ("ada", MailingState.sent)]
    assert [one["To"] for one in mailbox] == ["bob@example.org", "ada@example.org"]


def test_nobody_else_can_be_added(staff: Client, session: Session) -> None:
    prepare(staff, added=PCeenFactory().id, status=422)

    assert session.scalars(sa.select(ClubQCampaign)).all() == []


def test_nothing_is_prepared_before_publication(
    staff: Client, season: ClubQSeason, session: Session
) -> None:
    season.attributions_visible = False
    session.commit()

    assert "ne sont pas publiées" in staff.open_page("/club_q/mails").text("#content")
    prepare(staff, status=409)

    assert session.scalars(sa.select(ClubQCampaign)).all() == []


def test_a_second_campaign_asks_for_the_name_of_the_season(staff: Client, session: Session) -> None:
    prepare(staff)

    refused = prepare(staff, status=409)
    assert "recopiez son nom, « Printemps »" in refused.text("#confirm-errors")
    prepare(staff, confirm="Printemps")

    assert len(session.scalars(sa.select(ClubQCampaign)).all()) == 2


@pytest.mark.once
@pytest.mark.parametrize(
    "typed",
    [
        {"reply_to": "nobody"},
        {"reply_to": ""},
        {"link_SAV": "javascript:alert(1)"},
        {"link_SAV": "http://"},
        {"link_SAV": "https://a b"},
        {"link_SAV": f"https://example.org/{'x' * 200}"},
        {"date_SAV": "2026-02-31"},
        {"date_payement": "demain"},
        {"threshold": "-1"},
        {"threshold": "x"},
    ],
)
def test_what_makes_no_sense_is_refused(
    staff: Client, session: Session, typed: dict[str, str]
) -> None:
    page = prepare(staff, status=422, **typed)

    name, value = next(iter(typed.items()))
    assert page.html.select_one(f"[name={name}]")["value"] == value
    assert session.scalars(sa.select(ClubQCampaign)).all() == []


# What they say


@pytest.fixture
def with_account(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = app.extensions["settings"]
    values = {"iban": IBAN, "bic": "AGRIFRPP", "sender": "club.q+pc@asso.example.org"}
    club_q = settings.club_q.model_copy(update=values)
    monkeypatch.setitem(app.extensions, "settings", settings.model_copy(update={"club_q": club_q}))


@pytest.mark.usefixtures("with_account")
def test_each_reads_what_they_have_in_their_language_and_how_to_pay(
    staff: Client, session: Session, work: Work, mailbox: list[EmailMessage], people: list[PCeen]
) -> None:
    prepare(
        staff,
        link_SAV="https://echanges.example.org/?a=1&b=2",
        date_SAV="2027-03-01",
        date_payement="2027-02-01",
    )
    act(staff, session, "send")

    work()

    bob, ada = mailbox
    assert [ada["To"], bob["To"]] == ["ada@example.org", "bob@example.org"]
    assert ada["Subject"] == "[PC est magique - Club - Q] Attribution Club Q Printemps"
    assert ada["From"] == "Club Q <club.q+pc@asso.example.org>"
    assert ada["Reply-To"] == "Club Q <club-q@example.org>"
    said = body(ada)
    for part in (
        "Carmen & <b>",
        "Opéra <Bastille>",
        "2 places à 15,00 € : 30,00 €",
        "Total à payer : 30,00 €",
        "avant le 1 février 2027",
        "Ada Lovelace - 145 - Printemps",
        "FR76 3000 6000 0112 3456 7890 189",
        "AGRIFRPP",
        "https://echanges.example.org/?a=1&b=2",
        "jusqu'au 1 mars 2027",
        f"http://localhost/club_q/pceens/{people[0].id}?season_id=",
    ):
        assert part in said, said
    assert "Norma" not in said
    (picture,) = [part for part in ada.walk() if part.get_content_type() == "image/png"]
    assert picture["Content-ID"] == "<transfer>"
    assert 'src="cid:transfer"' in body(ada, "html")
    assert "Carmen" not in body(bob)
    assert "€" not in body(bob)
    assert len([part for part in bob.walk() if part.get_content_maintype() == "image"]) == 0
    assert states(session) == [("bob", MailingState.sent), ("ada", MailingState.sent)]
    assert campaign(session).state is CampaignState.done


def test_without_an_address_of_its_own_club_q_writes_from_the_site(
    staff: Client, session: Session, work: Work, mailbox: list[EmailMessage]
) -> None:
    prepare(staff)
    act(staff, session, "send")

    work()

    assert mailbox[1]["From"] == "PC est magique <gri@example.org>"
    assert "IBAN" not in body(mailbox[1])
    assert "désolés" in body(mailbox[0]) or "sorry" in body(mailbox[0])


def test_the_mail_of_anybody_is_shown_and_a_copy_comes_to_who_asks(
    staff: Client, session: Session, work: Work, mailbox: list[EmailMessage], people: list[PCeen]
) -> None:
    prepare(staff)
    path = f"/club_q/mails/{campaign(session).id}"

    page = staff.open_page(f"{path}?recipient={people[0].id}")
    act(staff, session, "test", recipient=people[0].id)
    work()

    assert "Carmen & <b>" in page.text(".mail-preview")
    assert "ada@example.org" in page.text("#preview .definitions")
    (copy,) = mailbox
    assert copy["To"] == "chef@example.org"
    assert copy["Subject"].startswith("Essai : [PC est magique - Club - Q]")
    assert "Bonjour Ada" in body(copy)
    assert {state for _name, state in states(session)} == {MailingState.pending}


# Sending


def test_a_campaign_is_paused_then_goes_on_where_it_was(
    staff: Client, session: Session, work: Work, mailbox: list[EmailMessage]
) -> None:
    prepare(staff)
    act(staff, session, "send")
    act(staff, session, "pause")
    work()
    assert mailbox == []
    assert campaign(session).state is CampaignState.paused
    assert "Cet envoi n'est pas en cours." in act(staff, session, "pause").flashes

    act(staff, session, "send")
    act(staff, session, "send")  # nobody is given twice to the worker
    work()

    assert [one["To"] for one in mailbox] == ["bob@example.org", "ada@example.org"]
    assert "Il ne reste rien à envoyer." in act(staff, session, "send").flashes


def test_nothing_leaves_once_grants_are_hidden_again(
    staff: Client, season: ClubQSeason, session: Session, work: Work, mailbox: list[EmailMessage]
) -> None:
    prepare(staff)
    act(staff, session, "send")
    season.attributions_visible = False
    session.commit()

    work()

    assert mailbox == []
    assert campaign(session).state is CampaignState.paused
    for verb in ("send", "test"):
        assert "ne sont pas publiées" in act(staff, session, verb).flashes[0]
    page = staff.open_page(f"/club_q/mails/{campaign(session).id}")
    assert "Carmen" not in page.text("#content")


class Post:
    """Sends mails, but to those for whom it fails."""

    def __init__(self) -> None:
        self.sent: list[EmailMessage] = []
        self.failures: dict[str, Exception] = {}

    def send(self, message: EmailMessage) -> None:
        if failure := self.failures.get(message["To"]):
            raise failure
        self.sent.append(message)


@pytest.fixture
def post(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Post:
    post = Post()
    monkeypatch.setitem(app.extensions, "mailer", post)
    return post


@pytest.mark.parametrize(
    "failure",
    [
        (smtplib.SMTPDataError(450, b"try later"), "Il n'est pas parti"),
        (ConnectionRefusedError("no"), "Il n'est pas parti"),
        (TimeoutError("slow"), "Nous ne savons pas s'il est parti"),
        (smtplib.SMTPServerDisconnected("gone"), "Nous ne savons pas s'il est parti"),
    ],
)
def test_who_fails_is_listed_and_sent_again_when_one_says_so(
    staff: Client,
    people: list[PCeen],
    session: Session,
    work: Work,
    post: Post,
    failure: tuple[Exception, str],
) -> None:
    post.failures["ada@example.org"], said = failure
    prepare(staff)
    act(staff, session, "send")
    work()
    assert states(session) == [("bob", MailingState.sent), ("ada", MailingState.failed)]
    assert campaign(session).state is CampaignState.done
    page = staff.open_page(f"/club_q/mails/{campaign(session).id}?state=failed")
    assert page.texts("tbody td.headline") == ["Ada Lovelace"]
    assert said in page.text(".campaign-error")
    work()
    assert len(post.sent) == 1

    post.failures.clear()
    act(staff, session, "retry", recipient=people[0].id)
    work()

    assert [one["To"] for one in post.sent] == ["bob@example.org", "ada@example.org"]
    assert {state for _name, state in states(session)} == {MailingState.sent}
    assert "Aucun de ces mails n'a échoué." in act(staff, session, "retry").flashes


def test_who_was_claimed_by_a_process_that_died_waits_for_a_person(
    staff: Client, session: Session, work: Work, post: Post
) -> None:
    prepare(staff)
    act(staff, session, "send")
    claimed = session.scalars(sa.select(ClubQCampaignRecipient)).first()
    assert claimed is not None
    claimed.state = MailingState.sending
    session.commit()

    work()

    session.expire_all()
    assert (claimed.state, claimed.error) == (MailingState.failed, mailing.LOST)
    assert len(post.sent) == 1
    assert campaign(session).state is CampaignState.done


def test_an_attempt_that_another_followed_changes_nothing(
    staff: Client, session: Session, work: Work, post: Post
) -> None:
    post.failures["ada@example.org"] = ConnectionRefusedError("no")
    prepare(staff)
    act(staff, session, "send")
    work()
    post.failures.clear()
    act(staff, session, "retry")
    # the worker did the former again, as it does after a crash
    session.execute(sa.update(OutboxEntry).values(sent_at=None))
    session.commit()

    work()

    assert sorted(one["To"] for one in post.sent) == ["ada@example.org", "bob@example.org"]


def test_each_attempt_has_a_message_id_of_its_own_and_always_the_same(
    app: Flask, staff: Client, session: Session
) -> None:
    prepare(staff)

    def message_id() -> str:
        with app.test_request_context():
            one = session.scalars(sa.select(ClubQCampaignRecipient)).first()
            assert one is not None
            found = campaigns.composed(
                session, campaign=campaign(session), recipient=one, house=around.house()
            )
            return str(written(found, 0)["Message-ID"])

    first = message_id()
    assert message_id() == first
    session.execute(sa.update(ClubQCampaignRecipient).values(attempt=1))
    session.commit()
    assert message_id() != first


def test_who_has_no_address_any_more_is_listed(
    staff: Client, people: list[PCeen], session: Session, work: Work, post: Post
) -> None:
    prepare(staff)
    session.get_one(PCeen, people[0].id).email = None
    session.commit()
    page = staff.open_page(f"/club_q/mails/{campaign(session).id}?recipient={people[0].id}")
    assert "n'a pas d'adresse e-mail" in page.text("#preview")
    act(staff, session, "send")

    work()

    assert states(session) == [("bob", MailingState.sent), ("ada", MailingState.failed)]


def test_what_the_worker_lost_is_given_to_it_again(
    staff: Client, session: Session, work: Work, post: Post
) -> None:
    prepare(staff)
    act(staff, session, "send")
    session.execute(sa.delete(OutboxEntry))  # as a GRI who gives up on them
    session.commit()
    act(staff, session, "pause")

    act(staff, session, "send")
    work()

    assert len(post.sent) == 2


# Its page


def test_the_progress_is_told_to_scripts(
    staff: Client, session: Session, work: Work, post: Post
) -> None:
    post.failures["ada@example.org"] = ConnectionRefusedError("no")
    prepare(staff)
    path = f"/club_q/mails/{campaign(session).id}"
    act(staff, session, "send")
    assert staff.open_page(path).html.select("[data-campaign]")
    said = staff.get(f"{path}?format=json").json
    assert said == {
        "label": "0 mails envoyés sur 2",
        "over": 0,
        "total": 2,
        "is_over": False,
    }

    work()

    said = staff.get(f"{path}?format=json").json
    assert said == {
        "label": "1 mail envoyé sur 2, 1 échoué",
        "over": 2,
        "total": 2,
        "is_over": True,
    }
    assert not staff.open_page(path).html.select("[data-campaign]")


def crowd(session: Session, season: ClubQSeason, size: int) -> None:
    """So many recipients of a campaign that is ready."""
    made = ClubQCampaign(
        season_id=season.id, reply_to="club-q@example.org", date_payement=date(2027, 2, 1)
    )
    people = [PCeenFactory.build(nom=f"Person{n:03}") for n in range(size)]
    session.add_all([made, *people])
    session.flush()
    session.add_all(
        ClubQCampaignRecipient(campaign_id=made.id, pceen_id=one.id, position=n)
        for n, one in enumerate(people, start=1)
    )
    session.commit()


def test_a_page_of_four_hundred_recipients_takes_few_statements(
    staff: Client, season: ClubQSeason, session: Session, queries: list[str]
) -> None:
    crowd(session, season, 400)
    path = f"/club_q/mails/{campaign(session).id}"
    staff.get(path)
    queries.clear()

    page = staff.open_page(f"{path}?page=3&state=pending")

    assert len(queries) <= 12, "\n".join(queries)
    assert len(page.html.select("tbody tr")) == 100
    queries.clear()
    staff.open_page("/club_q/mails")
    assert len(queries) <= 12, "\n".join(queries)


def test_one_mail_takes_as_many_statements_among_four_hundred_as_among_two(
    app: Flask,
    staff: Client,
    season: ClubQSeason,
    session: Session,
    queries: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.extensions, "mailer", SimpleNamespace(send=lambda _: None))
    counts = []
    for size in (2, 40):
        crowd(session, season, size)
        act(staff, session, "send")
        session.commit()
        with app.app_context():
            queries.clear()
            run_due(session, all_effects(), kinds=["club_q"], stops=_once())
            counts.append(len(queries))

    assert max(counts) <= 30, counts


def _once() -> Callable[[], bool]:
    asked = iter([False, True])
    return lambda: next(asked)


@pytest.mark.once
@pytest.mark.parametrize("key", ["0", "99999", "9" * 30])
def test_a_campaign_that_is_not_there_is_missing(staff: Client, key: str) -> None:
    assert staff.get(f"/club_q/mails/{key}").status_code == 404
    for verb in ("send", "pause", "retry", "test"):
        assert staff.post(f"/club_q/mails/{key}/{verb}").status_code == 404


@pytest.mark.once
def test_nothing_of_it_is_for_who_only_wishes(
    login: Login, people: list[PCeen], season: ClubQSeason, session: Session
) -> None:
    crowd(session, season, 1)
    key = campaign(session).id
    student = login(people[0])

    assert student.get("/club_q/mails").status_code == 403
    assert student.get(f"/club_q/mails/{key}").status_code == 403
    for verb in ("send", "pause", "retry", "test"):
        assert student.post(f"/club_q/mails/{key}/{verb}").status_code == 403
