"""Passkeys, with a device that says what it is told to say."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.core import clock
from app.enums import FactorKind, TokenPurpose
from app.models import LoginSession, OneTimeToken, PCeen
from app.modules.account.mails import FactorAdded, PasskeyCopied
from tests.client import Client
from tests.conftest import Outbox
from tests.modules.account.authenticator import Authenticator, encoded
from tests.modules.account.factors import (
    factors_of,
    give_passkey,
    give_totp,
    logged_in,
    protected,
)
from tests.modules.account.people import actions, new_browser, someone, try_log_in

API = "/api/account/passkeys"
UNKNOWN = "Cette clé d'accès n'a pas été reconnue."


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-03-14T12:00:00+00:00", tick=False) as clock_:
        yield clock_


@pytest.fixture
def ada(session: Session) -> PCeen:
    return someone(username="ada", slugs=["gri"])


@pytest.fixture
def device() -> Authenticator:
    return Authenticator()


def asked(browser: Client, what: str) -> dict[str, Any]:
    """The options for *what*: ``new``, ``step``, ``proof``."""
    answer = browser.post(f"{API}/for_{what}")
    assert answer.status_code == 200, answer.text
    options: dict[str, Any] = json.loads(answer.text)
    return options


def add(browser: Client, credential: object, name: object = "Ma clé") -> TestResponse:
    return browser.post(API, json={"credential": credential, "name": name})


def answer(browser: Client, credential: object, what: str = "step") -> TestResponse:
    return browser.post(f"{API}/{what}", json={"credential": credential})


def waiting(app: Flask, name: str = "ada") -> Client:
    """A browser whose password was right."""
    browser = new_browser(app)
    assert try_log_in(browser, name).headers["Location"] == "/login/second"
    return browser


# --- adding one


def test_a_key_is_added_and_logs_in(
    app: Flask, session: Session, ada: PCeen, device: Authenticator, outbox: Outbox
) -> None:
    browser = logged_in(app, ada)
    options = asked(browser, "new")
    assert (options["rp"], options["attestation"]) == (
        {"name": "PC est magique", "id": "localhost"},
        "none",
    )
    assert options["authenticatorSelection"]["residentKey"] == "preferred"
    assert options["authenticatorSelection"]["userVerification"] == "preferred"

    added = add(browser, device.register(options), "Mon ordinateur")

    assert (added.status_code, added.json) == (201, {"url": "/profile/second_factor/recovery"})
    (factor,) = factors_of(session, ada)
    assert (factor.kind, factor.name) == (FactorKind.passkey, "Mon ordinateur")
    assert factor.credential_id == device.credential_id
    assert factor.confirmed_at == session.scalars(sa.select(LoginSession.second_at)).one()
    assert outbox() == [FactorAdded(to=ada.email or "", locale="fr", name="Mon ordinateur")]

    other = waiting(app)
    page = other.open_page("/login/second")
    assert page.html.select("[data-passkey=get]")
    assert not page.html.select("#code")
    options = asked(other, "step")
    assert [one["id"] for one in options["allowCredentials"]] == [encoded(device.credential_id)]
    entered = other.post(
        f"{API}/step?next=/profile/sessions", json={"credential": device.sign(options)}
    )
    assert (entered.status_code, entered.json) == (200, {"url": "/profile/sessions"})
    assert "second facteur" in other.open_page("/profile/sessions").text("table")
    assert factors_of(session, ada)[0].sign_count == 1
    assert actions(session)[-2:] == ["account.factor.use", "account.login.succeed"]


def test_the_same_device_is_not_asked_twice(
    app: Flask, session: Session, ada: PCeen, device: Authenticator
) -> None:
    give_passkey(ada, device)
    browser = logged_in(app, ada)
    options = asked(browser, "new")
    assert [one["id"] for one in options["excludeCredentials"]] == [encoded(device.credential_id)]

    assert add(browser, device.register(options)).status_code == 409


def test_a_key_is_of_one_person(
    app: Flask, session: Session, ada: PCeen, device: Authenticator
) -> None:
    bob = protected(app, username="bob")
    give_passkey(bob, device)
    browser = logged_in(app, ada)

    refused = add(browser, device.register(asked(browser, "new")))

    assert refused.status_code == 409
    assert refused.json["error"]["message"] == "Cette clé d'accès est déjà enregistrée."  # type: ignore[index]
    assert factors_of(session, ada) == []


@pytest.mark.once
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Clé <b>  ", "Clé <b>"),
        ("x" * 70, "x" * 64),
        *((wrong, "Clé d'accès") for wrong in ("", "   ", None, 5, ["a"], "a\x00b", "\u202e")),
    ],
)
def test_it_is_called_as_one_likes_or_by_what_it_is(
    app: Flask, session: Session, ada: PCeen, device: Authenticator, typed: object, kept: str
) -> None:
    browser = logged_in(app, ada)

    add(browser, device.register(asked(browser, "new")), typed)

    assert factors_of(session, ada)[0].name == kept


WRONG_DEVICES: dict[str, dict[str, Any]] = {
    "another origin": {"origin": "http://127.0.0.1"},
    "a longer origin": {"origin": "http://localhost.evil.example"},
    "https": {"origin": "https://localhost"},
    "another port": {"origin": "http://localhost:5000"},
    "another site": {"host": "evil.example"},
    "nobody there": {"flags": 0x04},
}
WRONG_SAYINGS: dict[str, dict[str, Any]] = {
    "another challenge": {"challenge": encoded(bytes(32))},
    "no challenge": {"challenge": None},
    "the other ceremony": {"type": "webauthn.other"},
}


@pytest.mark.once
@pytest.mark.parametrize("wrong", WRONG_DEVICES.values(), ids=WRONG_DEVICES)
def test_a_key_made_for_elsewhere_is_not_added(
    app: Flask, session: Session, ada: PCeen, wrong: dict[str, Any]
) -> None:
    browser = logged_in(app, ada)

    refused = add(browser, Authenticator(**wrong).register(asked(browser, "new")))

    assert refused.status_code == 422
    assert factors_of(session, ada) == []


@pytest.mark.once
@pytest.mark.parametrize("said", WRONG_SAYINGS.values(), ids=WRONG_SAYINGS)
def test_a_key_made_for_something_else_is_not_added(
    app: Flask, session: Session, ada: PCeen, device: Authenticator, said: dict[str, Any]
) -> None:
    browser = logged_in(app, ada)

    assert add(browser, device.register(asked(browser, "new"), **said)).status_code == 422
    assert factors_of(session, ada) == []


# --- using one


@pytest.fixture
def step(app: Flask, ada: PCeen, device: Authenticator) -> Client:
    """A browser whose password was right, of someone with a passkey that signed three times."""
    device.count = 3
    give_passkey(ada, device)
    return waiting(app)


def is_in(session: Session) -> bool:
    session.expire_all()
    return session.scalars(sa.select(LoginSession)).first() is not None


@pytest.mark.once
@pytest.mark.parametrize("wrong", WRONG_DEVICES.values(), ids=WRONG_DEVICES)
def test_what_is_signed_for_elsewhere_opens_nothing(
    session: Session, step: Client, device: Authenticator, wrong: dict[str, Any]
) -> None:
    for name, value in wrong.items():
        setattr(device, name, value)

    refused = answer(step, device.sign(asked(step, "step")))

    assert refused.status_code == 422
    assert refused.json["error"]["message"] == UNKNOWN  # type: ignore[index]
    assert not is_in(session)
    assert actions(session)[-1] == "account.factor.fail"


@pytest.mark.once
@pytest.mark.parametrize("said", WRONG_SAYINGS.values(), ids=WRONG_SAYINGS)
def test_what_is_signed_for_something_else_opens_nothing(
    session: Session, step: Client, device: Authenticator, said: dict[str, Any]
) -> None:
    assert answer(step, device.sign(asked(step, "step"), **said)).status_code == 422
    assert not is_in(session)


def test_a_challenge_is_good_once(
    app: Flask, session: Session, step: Client, device: Authenticator
) -> None:
    options = asked(step, "step")
    assert answer(step, device.sign(options)).status_code == 200

    assert answer(waiting(app), device.sign(options)).status_code == 422


def test_a_challenge_is_used_up_by_a_wrong_answer(
    session: Session, step: Client, device: Authenticator
) -> None:
    options = asked(step, "step")
    answer(step, device.sign(options, origin="http://evil.example"))

    assert answer(step, device.sign(options)).status_code == 422
    assert answer(step, device.sign(asked(step, "step"))).status_code == 200


def test_a_challenge_is_of_one_browser_and_of_one_use(
    app: Flask, session: Session, ada: PCeen, step: Client, device: Authenticator
) -> None:
    inside, other = logged_in(app, ada, proved_at=None), waiting(app)
    to_log_in, to_prove = asked(step, "step"), asked(inside, "proof")

    assert answer(other, device.sign(to_log_in)).status_code == 422
    assert answer(inside, device.sign(to_log_in), "proof").status_code == 422
    assert answer(step, device.sign(to_prove)).status_code == 422


def test_a_challenge_lasts_ten_minutes(
    app: Flask, ada: PCeen, device: Authenticator, noon: time_machine.Traveller
) -> None:
    give_passkey(ada, device)
    browser = logged_in(app, ada)
    late, in_time = asked(browser, "proof"), asked(browser, "proof")

    noon.shift(timedelta(minutes=9, seconds=59))
    assert answer(browser, device.sign(in_time), "proof").status_code == 200
    noon.shift(timedelta(seconds=2))
    assert answer(browser, device.sign(late), "proof").status_code == 422


@pytest.mark.once
@pytest.mark.parametrize("count", [0, 1, 2, -4])
def test_a_counter_that_goes_back_is_refused_and_told(
    session: Session,
    ada: PCeen,
    step: Client,
    device: Authenticator,
    outbox: Outbox,
    count: int,
) -> None:
    device.count = None if count < 0 else count

    assert answer(step, device.sign(asked(step, "step"))).status_code == 422

    assert not is_in(session)
    assert outbox() == [PasskeyCopied(to=ada.email or "", locale="fr", name="Clé")]
    assert factors_of(session, ada)[0].sign_count == 3


def test_a_device_that_does_not_count_is_believed(app: Flask, session: Session, ada: PCeen) -> None:
    device = Authenticator(count=None)
    give_passkey(ada, device)

    for _ in range(2):
        browser = waiting(app)
        assert answer(browser, device.sign(asked(browser, "step"))).status_code == 200


def test_the_key_of_another_opens_nothing(
    app: Flask, session: Session, step: Client, device: Authenticator
) -> None:
    bob, bobs = someone(username="bob"), Authenticator()
    give_passkey(bob, bobs)

    assert answer(step, bobs.sign(asked(step, "step"))).status_code == 422
    bobs.credential_id = device.credential_id
    assert answer(step, bobs.sign(asked(step, "step"))).status_code == 422
    assert not is_in(session)


def test_five_wrong_answers_end_the_log_in(
    session: Session, step: Client, device: Authenticator
) -> None:
    statuses = [answer(step, {}).status_code for _ in range(6)]

    assert statuses == [422] * 5 + [409]
    assert step.post(f"{API}/for_step").status_code == 409


def test_a_passkey_proves_who_is_there(
    app: Flask, session: Session, ada: PCeen, device: Authenticator
) -> None:
    give_passkey(ada, device)
    browser = logged_in(app, ada, proved_at=None)
    assert browser.open_page("/reauth").html.select("[data-passkey=get]")

    proved = browser.post(
        f"{API}/proof?next=/profile/", json={"credential": device.sign(asked(browser, "proof"))}
    )

    assert proved.json == {"url": "/profile/"}
    session.expire_all()
    assert session.scalars(sa.select(LoginSession.second_at)).one() == clock.now()


def test_an_application_and_a_passkey_are_offered_together(
    app: Flask, session: Session, ada: PCeen, step: Client
) -> None:
    give_totp(app, ada)

    page = step.open_page("/login/second")

    assert page.html.select("[data-passkey=get]")
    assert page.html.select("#code")


@pytest.mark.once
def test_thirty_challenges_in_ten_minutes_are_enough(
    session: Session, step: Client, device: Authenticator
) -> None:
    for _ in range(30):
        options = asked(step, "step")

    assert step.post(f"{API}/for_step").status_code == 429
    assert answer(step, device.sign(options)).status_code == 200


# --- nonsense


NONSENSE: dict[str, Callable[[dict[str, Any]], object]] = {
    "nothing": lambda _: None,
    "a text": lambda _: "credential",
    "a list": lambda _: [1],
    "no response": lambda good: {**good, "response": None},
    "a list of responses": lambda good: {**good, "response": [good["response"]]},
    "no name": lambda good: {key: value for key, value in good.items() if key != "rawId"},
    "a number for a name": lambda good: {**good, "id": 1, "rawId": 1},
    "two names": lambda good: {**good, "id": encoded(b"another")},
    "another type": lambda good: {**good, "type": "password"},
    "no client data": lambda good: _with(good, clientDataJSON=None),
    "no JSON": lambda good: _with(good, clientDataJSON=encoded(b"{")),
    "no UTF-8": lambda good: _with(good, clientDataJSON=encoded(b"\xff\xfe")),
    "deep JSON": lambda good: _with(good, clientDataJSON=encoded(b"[" * 30_000)),
    "not base64": lambda good: _with(good, clientDataJSON="é!"),
    "short data": lambda good: _with(good, authenticatorData=encoded(b"x")),
    "no data": lambda good: _with(good, authenticatorData=None),
    "a cut signature": lambda good: _with(good, signature=good["response"]["signature"][:-4]),
    "no signature": lambda good: _with(good, signature=""),
}


def _with(good: dict[str, Any], **parts: object) -> dict[str, Any]:
    return {**good, "response": {**good["response"], **parts}}


@pytest.mark.once
@pytest.mark.parametrize("break_it", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_opens_nothing_and_breaks_nothing(
    session: Session,
    step: Client,
    device: Authenticator,
    break_it: Callable[[dict[str, Any]], object],
) -> None:
    good = device.sign(asked(step, "step"))

    assert answer(step, break_it(good)).status_code == 422
    assert not is_in(session)


@pytest.mark.once
@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 422), (b"[" * 40_000, 422), (b"{", 422), (b"\xff", 422), (b'"' + b"x" * 70_000, 413)],
    ids=["empty", "deep", "cut", "not UTF-8", "long"],
)
def test_a_body_that_is_no_json_is_refused(
    session: Session, step: Client, body: bytes, status: int
) -> None:
    sent = step.post(f"{API}/step", data=body, content_type="application/json")

    assert sent.status_code == status
    assert not is_in(session)


@pytest.mark.once
@pytest.mark.parametrize(
    "spoil",
    [
        lambda good: _with(good, attestationObject=encoded(b"\xff\xff\xff")),
        lambda good: _with(good, attestationObject=encoded(b"\x9f" * 20_000)),
        lambda good: _with(good, attestationObject=None),
        lambda good: {**good, "rawId": encoded(b"x" * 2000), "id": encoded(b"x" * 2000)},
        lambda _: {},
    ],
    ids=["no CBOR", "deep CBOR", "none", "another name", "empty"],
)
def test_a_key_that_is_none_is_not_added(
    app: Flask,
    session: Session,
    ada: PCeen,
    device: Authenticator,
    spoil: Callable[[dict[str, Any]], object],
) -> None:
    browser = logged_in(app, ada)
    good = device.register(asked(browser, "new"))

    sent = add(browser, spoil(good))

    assert sent.status_code in (201, 422)
    assert (
        sent.status_code == 422 or factors_of(session, ada)[0].credential_id == device.credential_id
    )


def test_a_name_longer_than_columns_hold_is_refused(
    app: Flask, session: Session, ada: PCeen
) -> None:
    browser = logged_in(app, ada)
    long = Authenticator(credential_id=bytes(1024))

    assert add(browser, long.register(asked(browser, "new"))).status_code == 422
    longest = Authenticator(credential_id=bytes(1023))
    assert add(browser, longest.register(asked(browser, "new"))).status_code == 201


def test_without_the_password_nothing_is_asked_of_a_passkey(
    session: Session, ada: PCeen, client: Client, device: Authenticator
) -> None:
    give_passkey(ada, device)

    assert client.post(f"{API}/for_step").status_code == 409
    assert answer(client, {}).status_code == 409
    assert client.post(f"{API}/for_new").status_code == 401
    purpose = OneTimeToken.purpose == TokenPurpose.passkey_challenge
    assert session.scalars(sa.select(OneTimeToken).where(purpose)).all() == []


def test_what_is_asked_is_of_the_site_whatever_the_request_claims(
    app: Flask, session: Session, ada: PCeen
) -> None:
    browser = logged_in(app, ada)

    asked_ = browser.post(f"{API}/for_new", headers={"Origin": "http://evil.example"})

    assert json.loads(asked_.text)["rp"]["id"] == "localhost"
