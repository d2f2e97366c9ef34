"""Several at once, for real."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core.errors import DomainError
from app.core.transaction import transaction
from app.enums import TokenPurpose
from app.extensions import db
from app.models import LoginSession, OneTimeToken, PCeen
from app.modules.account import queries
from app.modules.account.service import links, profile, registration
from tests.factories import base as factories
from tests.modules.account.people import HASH, OTHER, PASSWORD, new_browser, someone


@pytest.fixture
def residence(shared: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The site, seen from twenty rooms at once."""
    neighbours = SimpleNamespace(mac_of=lambda address: f"3c:22:fb:00:00:{address[-2:]}")
    monkeypatch.setitem(shared.extensions, "neighbours", neighbours)
    return shared


@pytest.fixture
def people(residence: Flask) -> Iterator[Session]:
    """The session that makes people before the race."""
    with residence.app_context():
        factories.use(db.session())
        yield db.session()


def at_once(times: int, work: Callable[[int], str]) -> Counter[str]:
    with ThreadPoolExecutor(times) as threads:
        return Counter(threads.map(work, range(times)))


def attempt(app: Flask, work: Callable[[Session], object]) -> str:
    """Do something in a transaction of its own; how it went."""
    with app.app_context():
        try:
            with transaction(db.session()) as session:
                work(session)
        except DomainError as refusal:
            return type(refusal).__name__
        return "done"


def test_of_twenty_who_register_as_one_person_one_account_is_made(residence: Flask) -> None:
    def register(number: int) -> str:
        browser = new_browser(residence, f"10.0.0.{110 + number}")
        data = {
            "prenom": "Ada",
            "nom": "Lovelace",
            "promo": "145",
            "email": f"ada{number % 3}@example.org",
            "password": PASSWORD,
            "password_confirm": PASSWORD,
        }
        response = browser.post("/register/rezident", data=data)
        return f"{response.status_code} {response.headers.get('Location')}"

    answers = at_once(20, register)

    assert answers == {"303 /": 1, "303 /register/match": 19}
    with residence.app_context():
        (ada,) = db.session.scalars(sa.select(PCeen))
        assert ada.username == "alovelac"
        assert [role.slug for role in ada.roles] == ["rezident"]
        assert len(db.session.scalars(sa.select(LoginSession)).all()) == 1


def test_namesakes_of_one_instant_have_a_username_each(residence: Flask) -> None:
    def invite(number: int) -> str:
        who = registration.Identity(
            prenom="Chloé", nom="Müller", promo=number + 1, email=f"{number}@example.org"
        )
        return attempt(residence, lambda session: registration.invite(session, identity=who))

    assert at_once(8, invite) == {"done": 8}
    with residence.app_context():
        names = set(db.session.scalars(sa.select(PCeen.username)))
        assert names == {"cmuller", *(f"cmuller{number}" for number in range(1, 8))}


@pytest.mark.parametrize("page", ["reset_password", "invitation"])
def test_a_link_used_by_many_at_once_serves_one(
    residence: Flask, people: Session, page: str
) -> None:
    links.make(people, pceen=someone(), purpose=TokenPurpose(page), secret="secret")
    people.commit()

    def use(number: int) -> str:
        browser = new_browser(residence, f"192.0.2.{number}")
        data = {"password": OTHER, "password_confirm": OTHER}
        return str(browser.post(f"/{page}/secret", data=data).status_code)

    answers = at_once(8, use)

    assert answers["303"] == 1
    assert answers["404"] + answers["422"] == 7


def test_an_address_that_two_confirm_at_once_goes_to_one(residence: Flask, people: Session) -> None:
    keys = []
    for number in range(6):
        pceen = someone()
        purpose, email = TokenPurpose.confirm_email, "wanted@example.org"
        links.make(people, pceen=pceen, purpose=purpose, secret=str(number), email=email)
        keys.append(pceen.id)
    people.commit()

    def confirm(number: int) -> str:
        def work(session: Session) -> None:
            token = queries.token(session, TokenPurpose.confirm_email, str(number))
            profile.confirm_email(session, token=token)

        return attempt(residence, work)

    assert at_once(6, confirm) == {"done": 1, "AddressTaken": 5}


def test_an_address_confirmed_while_another_registers_with_it_is_of_one(
    residence: Flask, people: Session
) -> None:
    purpose, email = TokenPurpose.confirm_email, "wanted@example.org"
    links.make(people, pceen=someone(), purpose=purpose, secret="s", email=email)
    people.commit()

    def work(number: int) -> str:
        def confirm(session: Session) -> None:
            profile.confirm_email(session, token=queries.token(session, purpose, "s"))

        def register(session: Session) -> None:
            who = registration.Identity(prenom="Eve", nom="Wanted", promo=1, email=email)
            registration.invite(session, identity=who)

        return attempt(residence, confirm if number else register)

    assert at_once(2, work) == {"done": 1, "AddressTaken": 1}


def test_a_role_claimed_by_many_at_once_is_given_once(residence: Flask, people: Session) -> None:
    ada = someone()
    links.make(people, pceen=ada, purpose=TokenPurpose.pending_rezident, secret="secret")
    key = ada.id
    people.commit()

    def claim(_: int) -> str:
        def work(session: Session) -> None:
            pceen = session.get_one(PCeen, key)
            if not registration.claim_pending_rezident(session, pceen=pceen, secret="secret"):
                raise DomainError

        return attempt(residence, work)

    assert at_once(8, claim) == {"done": 1, "DomainError": 7}


def test_wrong_codes_given_at_once_are_all_counted(residence: Flask, people: Session) -> None:
    login = LoginSession(pceen=someone(password_hash=HASH), method="password")
    people.add(login)
    profile.send_code(people, pceen=login.pceen)
    people.commit()
    key = login.id

    def guess(_: int) -> str:
        def work(session: Session) -> None:
            profile.prove_by_code(session, login=session.get_one(LoginSession, key), code="wrong")

        return attempt(residence, work)

    at_once(8, guess)

    people.rollback()
    token = people.scalars(
        sa.select(OneTimeToken).where(OneTimeToken.purpose == TokenPurpose.proof_code)
    ).one()
    assert token.failures == profile.CODE_TRIES
    assert token.used_at is not None


def test_failures_at_once_never_break_the_page(residence: Flask, people: Session) -> None:
    someone(username="ada")
    people.commit()

    def fail(number: int) -> str:
        browser = new_browser(residence, f"192.0.2.{number}")
        data = {"identifier": "ada", "password": OTHER}
        return str(browser.post("/login", data=data).status_code)

    assert set(at_once(20, fail)) <= {"422", "429"}
