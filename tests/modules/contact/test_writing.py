"""Writing to the GRIs."""

import logging
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.core import clock
from app.extensions import db
from app.integrations.discord import DiscordMessage
from app.models import AnsweredRequest, ContactMessage, SolvedCaptcha
from app.modules.contact.choices import CONTACT_PER_HOUR
from app.modules.contact.mails import MessageReceived
from app.modules.contact.routes import writing
from tests.client import Client, Page
from tests.conftest import Login, Outbox
from tests.factories import PCeenFactory
from tests.modules.contact.conftest import TEXT, Configure, solved
from tests.visitors import Visitors

KINDS = (
    "visitor_outside",
    "visitor_in_the_residence",
    "member_outside",
    "settled_rezident",
    "banned_rezident",
    "rezident_without_device",
    "disabled_person",
)


def messages(session: Session) -> list[ContactMessage]:
    session.expire_all()
    return list(session.scalars(sa.select(ContactMessage).order_by(ContactMessage.id)))


def count(session: Session, model: type) -> int:
    return session.execute(sa.select(sa.func.count()).select_from(model)).scalar_one()


def field(page: Page, name: str) -> str:
    (found,) = page.html.select(f"[name={name}]")
    return (
        found.get_text().removeprefix("\r\n") if found.name == "textarea" else str(found["value"])
    )


def hidden(page: Page) -> dict[str, str]:
    """What a browser without scripts sends back by itself."""
    return {one: field(page, one) for one in ("idempotency_key", "captcha_challenge")}


@pytest.mark.parametrize("kind", KINDS)
def test_everybody_writes_from_everywhere(
    app: Flask, session: Session, neighbours: dict[str, str], kind: str
) -> None:
    browser = Visitors(app, session, neighbours).browser(kind)
    page = browser.open_page("/contact?title=Mon%20acc%C3%A8s")
    assert field(page, "title") == "Mon accès"
    is_known = not page.html.select("[data-captcha]")
    assert is_known == (kind not in KINDS[:2] and kind != "disabled_person")

    proof = {} if is_known else solved(browser)
    answer = browser.post("/contact", data=TEXT | proof)

    assert (answer.status_code, answer.location) == (303, "/")
    (kept,) = messages(session)
    assert {name: getattr(kept, name) for name in TEXT} == TEXT
    assert (kept.pceen is not None) == is_known
    assert kept.handled_at is None


def test_who_is_logged_in_finds_who_they_are_written_already(
    session: Session, login: Login
) -> None:
    ada = PCeenFactory(prenom="Ada", nom="Lovelace", email="ada@example.org")
    page = login(ada).open_page("/contact")

    assert (field(page, "name"), field(page, "email")) == ("Ada Lovelace", "ada@example.org")
    assert "captcha.js" not in str(page.html)


def test_one_is_told_that_it_left(session: Session, login: Login) -> None:
    page = login(PCeenFactory()).submit("/contact", **TEXT)

    assert page.flashes == ["Votre message est parti : les GRI le liront bientôt."]


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"name": ""}, "name"),
        ({"name": "N" * 101}, "name"),
        ({"name": "Eve\r\nBcc: x@evil.example.org"}, "name"),
        ({"email": "nobody"}, "email"),
        ({"email": "a@example.org, b@example.org"}, "email"),
        ({"email": f"{'a' * 110}@example.org"}, "email"),
        ({"title": " "}, "title"),
        ({"title": "T" * 121}, "title"),
        ({"title": "T\0"}, "title"),
        ({"message": ""}, "message"),
        ({"message": "M" * 2001}, "message"),
        ({"message": "\u202eM"}, "message"),
    ],
)
def test_what_is_wrong_is_said_next_to_it_and_the_text_is_kept(
    client: Client, session: Session, wrong: dict[str, str], where: str
) -> None:
    proof = solved(client)
    page = client.submit("/contact", status=422, **(TEXT | wrong), **proof)

    assert len(page.texts(f"#{where}-errors")) == 1
    assert messages(session) == []
    other = next(name for name in TEXT if name != where)
    assert field(page, other) == TEXT[other]
    # what was proved is still good: it was not used
    assert (field(page, "captcha_challenge"), field(page, "captcha_nonce")) == tuple(proof.values())


def test_the_longest_texts_are_accepted(client: Client, session: Session) -> None:
    longest = {"name": "é" * 100, "email": "", "title": "é" * 120, "message": "é" * 2000}

    answer = client.post("/contact", data=longest | solved(client))

    assert answer.status_code == 303
    (kept,) = messages(session)
    assert (kept.message, kept.email) == ("é" * 2000, None)


def test_the_same_form_sent_twice_is_one_message(client: Client, session: Session) -> None:
    sent = TEXT | solved(client) | {"idempotency_key": "the very same"}

    answers = [client.post("/contact", data=sent).status_code for _ in range(2)]

    assert answers == [303, 303]
    assert len(messages(session)) == 1


# How many


def test_an_address_writes_so_many_messages_in_an_hour(client: Client, session: Session) -> None:
    with session.begin_nested():
        CONTACT_PER_HOUR.set(session, 2)
    session.commit()
    with time_machine.travel(clock.now(), tick=False) as now:
        for _ in range(2):
            assert client.post("/contact", data=TEXT | solved(client)).status_code == 303
        proof = solved(client)
        refused = client.post("/contact", data=TEXT | proof)
        page = Page(refused)
        client.environ_base["REMOTE_ADDR"] = "192.0.2.77"
        elsewhere = client.post("/contact", data=TEXT | solved(client))
        client.environ_base["REMOTE_ADDR"] = "192.0.2.1"
        now.shift(timedelta(hours=1, seconds=1))
        later = client.post("/contact", data=TEXT | solved(client))

    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3601")
    assert "attendez 61 min" in page.text(".error-summary")
    assert field(page, "message") == TEXT["message"]
    assert (elsewhere.status_code, later.status_code) == (303, 303)
    assert len(messages(session)) == 4


def test_an_ipv6_network_is_one_address(client: Client, session: Session) -> None:
    with session.begin_nested():
        CONTACT_PER_HOUR.set(session, 1)
    session.commit()
    answers = []
    for address in ("2001:db8:0:1::1", "2001:db8:0:1::2", "2001:db8:0:2::1"):
        client.environ_base["REMOTE_ADDR"] = address
        answers.append(client.post("/contact", data=TEXT | solved(client)).status_code)

    assert answers == [303, 429, 303]


# The proof of work


def test_a_proof_is_good_once(client: Client, session: Session) -> None:
    proof = solved(client)
    assert client.post("/contact", data=TEXT | proof).status_code == 303

    page = client.submit("/contact", status=422, **TEXT, **proof)

    assert "La vérification a déjà servi." in page.text(".error-summary")
    assert field(page, "message") == TEXT["message"]
    assert field(page, "captcha_challenge") not in ("", proof["captcha_challenge"])
    assert len(messages(session)) == 1
    assert count(session, SolvedCaptcha) == 1


def test_a_wrong_proof_sends_nothing(client: Client, session: Session) -> None:
    proof = solved(client)
    proof["captcha_nonce"] = str(int(proof["captcha_nonce"]) + 1)

    page = client.submit("/contact", status=422, **TEXT, **proof)

    assert "La vérification ne convient pas." in page.text(".error-summary")
    assert (messages(session), count(session, AnsweredRequest)) == ([], 0)


def test_a_proof_is_for_its_address_and_its_form(client: Client, session: Session) -> None:
    proof, other = solved(client), solved(client, "panier_bio")
    client.submit("/contact", status=422, **TEXT, **other)
    client.environ_base["REMOTE_ADDR"] = "192.0.2.2"
    client.submit("/contact", status=422, **TEXT, **proof)

    assert messages(session) == []
    client.environ_base["REMOTE_ADDR"] = "192.0.2.1"
    assert client.post("/contact", data=TEXT | proof).status_code == 303


def test_a_proof_is_good_for_a_quarter_of_an_hour(client: Client, session: Session) -> None:
    with time_machine.travel(clock.now(), tick=False) as now:
        proof, last = solved(client), solved(client)
        now.shift(timedelta(minutes=15))
        in_time = client.post("/contact", data=TEXT | last)
        now.shift(timedelta(seconds=1))
        page = client.submit("/contact", status=422, **TEXT, **proof)

    assert in_time.status_code == 303
    assert "plus d'un quart d'heure" in page.text(".error-summary")
    assert len(messages(session)) == 1


def test_without_scripts_one_sends_twice_twenty_seconds_apart(
    client: Client, session: Session
) -> None:
    with time_machine.travel(clock.now().replace(microsecond=0), tick=False) as now:
        first = client.submit("/contact", status=422, **TEXT)
        assert "n'est pas encore vérifié" in first.text(".error-summary")
        assert first.text("[data-captcha-state]") == (
            "Attendez 20 secondes, puis envoyez de nouveau."
        )
        assert {name: field(first, name) for name in TEXT} == TEXT
        now.shift(timedelta(seconds=19))
        early = client.submit("/contact", status=422, **TEXT, **hidden(first))
        assert "attendez encore 1 s" in early.text(".error-summary")
        assert hidden(early) == hidden(first)
        now.shift(timedelta(seconds=1))
        answer = client.post("/contact", data=TEXT | hidden(early))
        again = client.submit(
            "/contact", status=422, **TEXT, **hidden(first) | {"idempotency_key": "x"}
        )

    assert (answer.status_code, answer.location) == (303, "/")
    assert "a déjà servi" in again.text(".error-summary")
    assert len(messages(session)) == 1


def test_an_address_waits_instead_of_working_twice_an_hour(
    client: Client, session: Session
) -> None:
    with time_machine.travel(clock.now(), tick=False) as now:
        pages = [client.submit("/contact", status=422, **TEXT) for _ in range(3)]
        now.shift(timedelta(seconds=21))
        answers = [client.post("/contact", data=TEXT | hidden(page)) for page in pages]
        told = client.post("/contact", data=TEXT)
        worked = client.post("/contact", data=TEXT | solved(client))
        now.shift(timedelta(hours=1))
        later = client.post("/contact", data=TEXT)

    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert field(Page(answers[2]), "message") == TEXT["message"]
    assert (told.status_code, worked.status_code, later.status_code) == (429, 303, 422)
    assert len(messages(session)) == 3


def test_the_bits_are_those_of_the_settings(client: Client, configure: Configure) -> None:
    configure(captcha_bits=21)

    answer = client.get("/api/captcha/panier_bio").get_json()

    assert answer["bits"] == 21
    assert answer["payload"].split(".")[0::2] == ["panier_bio", "21"]
    assert answer["challenge"].startswith(f"{answer['payload']}.")


def test_a_challenge_of_an_unknown_form_is_not_found(client: Client, session: Session) -> None:
    for form in ("login", "CONTACT", "contact.", "²"):
        answer = client.get(f"/api/captcha/{form}")
        assert (answer.status_code, answer.json["error"]["status"]) == (404, 404)  # type: ignore[index]


def test_a_challenge_is_given_sixty_times_a_minute_and_address(
    client: Client, session: Session
) -> None:
    with time_machine.travel(clock.now(), tick=False) as now:
        answers = [client.get("/api/captcha/contact").status_code for _ in range(60)]
        refused = client.get("/api/captcha/panier_bio")
        client.environ_base["REMOTE_ADDR"] = "192.0.2.2"
        elsewhere = client.get("/api/captcha/contact").status_code
        client.environ_base["REMOTE_ADDR"] = "192.0.2.1"
        now.shift(timedelta(minutes=1))
        later = client.get("/api/captcha/contact").status_code

    assert set(answers) == {200}
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "61")
    assert (elsewhere, later) == (200, 200)


# What is not kept


def test_a_message_that_is_not_kept_stays_on_the_page(
    client: Client, session: Session, monkeypatch: pytest.MonkeyPatch, outbox: Outbox
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise sa.exc.OperationalError("INSERT", {}, OSError("no space left"))

    monkeypatch.setattr(writing.service, "send", broken)
    proof = solved(client)

    page = client.submit("/contact", status=503, **TEXT, **proof)

    assert "n'a pas pu être enregistré" in page.text(".error-summary")
    assert {name: field(page, name) for name in TEXT} == TEXT
    monkeypatch.undo()
    assert (messages(session), outbox(), count(session, SolvedCaptcha)) == ([], [], 0)


@pytest.mark.once
def test_without_the_database_the_text_stays_on_the_page(
    fresh: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    def lost(*_: object) -> None:
        raise sa.exc.OperationalError("SELECT", {}, ConnectionError("gone"))

    browser = fresh.test_client()
    assert isinstance(browser, Client)
    with fresh.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lost)

    with caplog.at_level(logging.CRITICAL):
        page = browser.submit("/contact", status=503, **TEXT)

    event.remove(engine, "before_cursor_execute", lost)
    assert {name: field(page, name) for name in TEXT} == TEXT
    assert page.html.select("nav") == []


# What follows


def test_the_chat_is_told_where_there_is_one(
    client: Client, session: Session, outbox: Outbox, configure: Configure
) -> None:
    configure(captcha_bits=8, webhook="https://discord.example.org/api/webhooks/1/secret")

    client.post("/contact", data=TEXT | solved(client))
    client.post("/contact", data=TEXT | {"email": ""} | solved(client))

    first, second = outbox()
    (kept, _) = messages(session)
    assert first == DiscordMessage(
        channel="message",
        title="Nouveau message : Internet",
        text=TEXT["message"],
        author=TEXT["name"],
        fields=[["E-mail", TEXT["email"]]],
        colour=0x64B9E9,
        at=kept.at.isoformat(),
        mention=True,
    )
    assert isinstance(second, DiscordMessage)
    assert second.fields == [["E-mail", "pas donnée"]]


def test_each_of_the_admins_gets_a_mail_where_there_is_no_chat(
    client: Client, session: Session, outbox: Outbox, configure: Configure
) -> None:
    configure(captcha_bits=8, admins=("gri@example.org", "net@example.org"))

    client.post("/contact", data=TEXT | solved(client), headers={"Accept-Language": "en"})

    (kept,) = messages(session)
    assert outbox() == [
        MessageReceived(to=to, locale="fr", number=kept.id, **TEXT)
        for to in ("gri@example.org", "net@example.org")
    ]
