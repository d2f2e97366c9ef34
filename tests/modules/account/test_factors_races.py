"""Second factors given, lost and made by several at once, for real."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.extensions import db
from app.models import SECOND_FACTOR_GRIS, LoginSession, RecoveryCode, SecondFactor
from app.modules.account import queries
from tests.client import Client
from tests.factories import base as factories
from tests.modules.account.authenticator import Authenticator
from tests.modules.account.factors import (
    ON_PAPER,
    code,
    give,
    give_passkey,
    give_totp,
    logged_in,
    protected,
    recover,
)
from tests.modules.account.people import new_browser, someone, try_log_in

FEW = 4


@pytest.fixture
def people(shared: Flask) -> Iterator[Session]:
    """The session that makes people before the race."""
    with shared.app_context():
        factories.use(db.session())
        yield db.session()


def at_once(work: Callable[[int], str], times: int = FEW) -> Counter[str]:
    with ThreadPoolExecutor(times) as threads:
        return Counter(threads.map(work, range(times)))


def waiting(app: Flask, times: int = FEW) -> list[Client]:
    """Browsers whose password was right."""
    browsers = [new_browser(app) for _ in range(times)]
    for browser in browsers:
        assert try_log_in(browser, "ada").status_code == 303
    return browsers


def logins(session: Session) -> int:
    session.expire_all()
    return session.execute(sa.select(sa.func.count(LoginSession.id))).scalar_one()


def test_a_recovery_code_given_at_once_opens_once(shared: Flask, people: Session) -> None:
    protected(shared, username="ada")
    browsers = waiting(shared)

    answers = at_once(lambda n: str(recover(browsers[n], ON_PAPER).status_code))

    assert answers == {"303": 1, "422": FEW - 1}
    assert logins(people) == 1


def test_a_code_given_at_once_opens_once(shared: Flask, people: Session) -> None:
    protected(shared, username="ada")
    browsers, shown = waiting(shared), code(steps=1)

    answers = at_once(lambda n: str(give(browsers[n], shown).status_code))

    assert answers == {"303": 1, "422": FEW - 1}
    assert logins(people) == 1


def test_a_log_in_that_waits_ends_once_whatever_is_given(shared: Flask, people: Session) -> None:
    protected(shared, username="ada")
    (browser,), shown = waiting(shared, 1), code(steps=1)

    answers = at_once(
        lambda n: str((give(browser, shown) if n % 2 else recover(browser, ON_PAPER)).status_code)
    )

    assert answers["303"] == 1
    # one that arrives once all is over is led to the log-in
    assert answers["409"] + answers["302"] == FEW - 1
    assert logins(people) == 1


def test_a_signature_sent_at_once_opens_once(shared: Flask, people: Session) -> None:
    device = Authenticator()
    give_passkey(someone(username="ada"), device)
    (browser,) = waiting(shared, 1)
    options = browser.post("/api/account/passkeys/for_step").json or {}
    signed = {"credential": device.sign(options)}

    answers = at_once(
        lambda _: str(browser.post("/api/account/passkeys/step", json=signed).status_code)
    )

    assert answers["200"] == 1
    assert answers["200"] + answers["409"] + answers["422"] == FEW
    assert logins(people) == 1


def test_a_gri_does_not_lose_the_last_two_at_once(shared: Flask, people: Session) -> None:
    ada = someone(slugs=["gri"])
    keys = [give_totp(shared, ada).id for _ in range(2)]
    SECOND_FACTOR_GRIS.set(people, value=True)
    people.commit()
    browser = logged_in(shared, ada)

    at_once(
        lambda n: str(
            browser.post(f"/profile/second_factor/{keys[n]}/remove").status_code,
        ),
        2,
    )

    people.expire_all()
    assert len(queries.factors_of(people, ada)) == 1


def test_paper_made_at_once_is_one_paper(shared: Flask, people: Session) -> None:
    ada = someone(slugs=["gri"])
    give_totp(shared, ada)
    browser = logged_in(shared, ada)

    answers = at_once(lambda _: str(browser.post("/profile/second_factor/recovery").status_code))

    assert answers == {"200": FEW}
    people.expire_all()
    assert len(people.scalars(sa.select(RecoveryCode)).all()) == 10


def test_a_key_registered_at_once_by_two_is_of_one(shared: Flask, people: Session) -> None:
    device = Authenticator()
    browsers = [logged_in(shared, someone(slugs=["gri"])) for _ in range(2)]
    made: dict[int, object] = {}

    def ask(number: int) -> str:
        answer = browsers[number].post("/api/account/passkeys/for_new")
        made[number] = {"credential": device.register(answer.json or {})}
        return str(answer.status_code)

    assert at_once(ask, 2) == {"200": 2}
    answers = at_once(
        lambda n: str(browsers[n].post("/api/account/passkeys", json=made[n]).status_code), 2
    )

    assert answers == {"201": 1, "409": 1}
    people.expire_all()
    assert len(people.scalars(sa.select(SecondFactor)).all()) == 1
