"""Whose account a log-in by the school opens (network-a 4.5)."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import LoginMethod, TokenPurpose
from app.models import LoginSession, PCeen, RecoveryCode, Role, SecondFactor, SsoLink
from app.modules.account.mails import AccountRegistered
from app.modules.account.service import links
from app.modules.sso.mails import AccountLinked
from tests.client import Client
from tests.conftest import Outbox
from tests.factories.people import system_role
from tests.modules.account.people import copied, is_logged_in, log_in, new_browser, someone
from tests.modules.sso.school import EMAIL, School, events, reasons

ISSUER = "https://idp.example.org/idp"
LINKED = {"espci_sso_enabled": True}
SAME = {"prenom": "Ada", "nom": "Lovelace"}
#: What is in the database before Ada comes.
BEFORE: dict[str, dict[str, Any] | None] = {
    "linked subject": {**LINKED, "sso_issuer": ISSUER, "sso_subject": "ada-1"},
    "linked address": {**LINKED, "espci_email": EMAIL},
    "confirmed e-mail": {"email": EMAIL},
    "unconfirmed e-mail": {"email": EMAIL, "email_confirmed_at": None},
    "name and promo": {**SAME, "promo": 145},
    "name without promo": {**SAME, "promo": None},
    "nothing": None,
}
#: What becomes of her, with a class and without.
OUTCOMES = {
    "linked subject": ("enters", "enters"),
    "linked address": ("enters", "enters"),
    "confirmed e-mail": ("linked", "linked"),
    "unconfirmed e-mail": ("has to prove it", "has to prove it"),
    "name and promo": ("has to prove it", "has to prove it"),
    "name without promo": ("has to prove it", "has to prove it"),
    "nothing": ("gets an account", "is refused"),
}


def pceens(session: Session) -> int:
    return session.scalars(sa.select(sa.func.count(PCeen.id))).one()


def outcome(session: Session, browser: Client, answer: Any, before: PCeen | None) -> str:
    session.expire_all()
    if answer.status_code == 403:
        assert not is_logged_in(browser)
        return "is refused"
    assert answer.status_code == 303
    if answer.headers["Location"] == "/saml/link":
        assert not is_logged_in(browser)
        assert session.scalars(sa.select(LoginSession)).all() == []
        return "has to prove it"
    assert answer.headers["Location"] == "/"
    login = session.scalars(sa.select(LoginSession)).one()
    assert login.method is LoginMethod.sso
    assert not login.remembered
    assert is_logged_in(browser)
    if before is None:
        return "gets an account"
    assert login.pceen_id == before.id
    return "linked" if events(session, "sso.account.link") else "enters"


@pytest.mark.parametrize("with_class", [True, False], ids=["class", "no class"])
@pytest.mark.parametrize("case", BEFORE)
def test_each_case_has_its_outcome(
    school: School, session: Session, client: Client, case: str, *, with_class: bool
) -> None:
    values = BEFORE[case]
    before = someone(**values) if values is not None else None
    count = pceens(session)

    answer = school.enter(client, services=["promo145"] if with_class else ["wifi"])

    expected = OUTCOMES[case][0 if with_class else 1]
    assert outcome(session, client, answer, before) == expected
    assert pceens(session) - count == (expected == "gets an account")


def test_an_account_is_made_for_a_student_of_now(
    school: School, session: Session, client: Client, outbox: Outbox
) -> None:
    school.enter(client, services=["promo144", "promo145", "promo9999", "promo²", "PROMO146"])

    ada = session.scalars(sa.select(PCeen)).one()
    assert (ada.prenom, ada.nom, ada.username, ada.promo) == ("Ada", "Lovelace", "alovelac", 145)
    assert (ada.email, ada.espci_email) == (EMAIL, EMAIL)
    assert (ada.sso_issuer, ada.sso_subject, ada.espci_sso_enabled) == (ISSUER, "ada-1", True)
    assert ada.email_confirmed_at is not None
    assert (ada.activated, ada.locale, ada.password_hash) == (True, "fr", None)
    assert {role.slug for role in ada.roles} == {"eleve", "promo-145"}
    role = session.scalars(sa.select(Role).where(Role.slug == "promo-145")).one()
    assert (role.name, role.index) == ("145", 145)
    (mail,) = outbox()
    assert isinstance(mail, AccountRegistered)
    assert (mail.to, mail.locale, mail.secret) == (EMAIL, "fr", None)
    assert "Votre compte est créé. Votre identifiant : alovelac." in client.get("/profile/").text


def test_the_second_log_in_finds_the_account_of_the_first(
    school: School, session: Session, client: Client, app: Flask, outbox: Outbox
) -> None:
    school.enter(client)
    (version,) = session.scalars(sa.select(PCeen.version))

    answer = school.enter(new_browser(app), then="/rooms/register?hello=1")

    assert answer.headers["Location"] == "/rooms/register?hello=1"
    assert session.scalars(sa.select(PCeen.version)).all() == [version]
    assert len(outbox()) == 1
    assert len(session.scalars(sa.select(LoginSession)).all()) == 2


def test_without_a_subject_the_address_is_enough(
    school: School, session: Session, client: Client, app: Flask
) -> None:
    school.enter(client, subject=None)
    ada = session.scalars(sa.select(PCeen)).one()
    assert (ada.sso_issuer, ada.sso_subject) == (None, None)

    school.enter(new_browser(app), subject="ada-2")

    session.expire_all()
    assert (ada.sso_issuer, ada.sso_subject) == (ISSUER, "ada-2")


def test_an_address_given_to_someone_else_at_the_school_opens_nothing(
    school: School, session: Session, client: Client, app: Flask
) -> None:
    school.enter(client)
    other = new_browser(app)

    answer = school.enter(other, subject="another-ada")

    assert answer.status_code == 409
    assert "/contact" in answer.text
    assert not is_logged_in(other)
    assert reasons(session) == ["the address of an account with another subject"]


def test_the_first_address_of_the_university_is_kept(
    school: School, session: Session, client: Client
) -> None:
    emails = ["ada@gmail.com", "admin@psl.eu.evil.fr", "ada@psl.eu", "ada@espci.psl.eu"]

    school.enter(client, emails=emails)

    assert session.scalars(sa.select(PCeen.email)).all() == ["ada@psl.eu"]


def test_addresses_of_two_accounts_open_neither(
    school: School, session: Session, client: Client
) -> None:
    for email in ("a@psl.eu", "b@psl.eu"):
        someone(espci_email=email, espci_sso_enabled=True)

    answer = school.enter(client, emails=["a@psl.eu", "b@psl.eu"])

    assert answer.status_code == 409
    assert not is_logged_in(client)


def test_confirmed_addresses_of_two_accounts_open_neither(
    school: School, session: Session, client: Client
) -> None:
    for email in ("a@psl.eu", "b@psl.eu"):
        someone(email=email)

    answer = school.enter(client, emails=["a@psl.eu", "b@psl.eu"])

    assert answer.status_code == 409
    assert events(session, "sso.account.link") == []


@pytest.mark.parametrize("case", ["linked subject", "linked address", "confirmed e-mail"])
def test_a_disabled_account_is_the_neutral_page(
    school: School, session: Session, client: Client, case: str
) -> None:
    someone(**BEFORE[case] or {}, disabled_at=clock.now())

    answer = school.enter(client)

    assert answer.status_code == 400
    assert not is_logged_in(client)
    assert session.scalars(sa.select(LoginSession)).all() == []
    assert reasons(session) == ["the account is disabled"]


def test_a_disabled_candidate_takes_a_gri(school: School, session: Session, client: Client) -> None:
    someone(**SAME, promo=145, disabled_at=clock.now())

    answer = school.enter(client)

    assert answer.status_code == 409
    assert "/contact" in answer.text
    assert pceens(session) == 1


def test_an_erased_account_is_nobodys(school: School, session: Session, client: Client) -> None:
    someone(**SAME, promo=145, email=None, erased_at=clock.now(), disabled_at=clock.now())

    school.enter(client)

    assert is_logged_in(client)
    assert pceens(session) == 2


def test_linking_gives_what_the_school_says_and_takes_what_was_before(
    school: School, session: Session, client: Client, app: Flask, outbox: Outbox
) -> None:
    gri = someone(username="ada", prenom="Adda", nom="Byron", promo=140, email=EMAIL, locale="en")
    secret = "a-secret-link"
    links.make(session, pceen=gri, purpose=TokenPurpose.reset_password, secret=secret)
    session.commit()
    old = log_in(new_browser(app), "ada")
    thief = copied(app, old)

    school.enter(client)

    session.expire_all()
    assert (gri.full_name, gri.promo, gri.username) == ("Ada Lovelace", 145, "ada")
    assert (gri.prenom_key, gri.nom_key) == ("ada", "lovelace")
    assert (gri.espci_email, gri.sso_subject, gri.password_hash) == (EMAIL, "ada-1", None)
    assert {role.slug for role in gri.roles} == {"eleve", "promo-145"}
    assert not is_logged_in(old)
    assert not is_logged_in(thief)
    assert new_browser(app).get(f"/reset_password/{secret}").status_code == 404
    (event,) = events(session, "sso.account.link")
    assert event.before is not None
    assert event.before["nom"] == "Byron"
    (mail,) = outbox()
    assert isinstance(mail, AccountLinked)
    assert (mail.to, mail.locale, mail.keeps_password) == (EMAIL, "en", False)
    assert "Ada Lovelace" in client.get("/profile/").text


def test_linking_someone_without_a_class_keeps_their_promo(
    school: School, session: Session, client: Client
) -> None:
    ada = someone(email=EMAIL, promo=120)

    school.enter(client, services=["wifi"])

    session.expire_all()
    assert (ada.promo, ada.espci_sso_enabled, ada.roles) == (120, True, [])


def test_what_a_linked_account_has_stays_and_a_difference_is_noted_once(
    school: School, session: Session, client: Client, app: Flask
) -> None:
    ada = someone(prenom="Augusta", nom="King", promo=144, **BEFORE["linked subject"] or {})

    for _ in range(2):
        school.enter(new_browser(app))

    session.expire_all()
    assert (ada.full_name, ada.promo, ada.espci_email) == ("Augusta King", 144, EMAIL)
    assert {role.slug for role in ada.roles} == {"eleve", "promo-145"}
    (event,) = events(session, "sso.identity.differ")
    assert event.after == {"prenom": "Ada", "nom": "Lovelace", "promo": 145}
    assert len(events(session, "sso.account.complete")) == 1


def test_a_name_of_another_case_is_no_difference(
    school: School, session: Session, client: Client
) -> None:
    someone(**SAME, promo=145, **BEFORE["linked subject"] or {})

    school.enter(client, given_name="ADA", surname="LOVELACE")

    assert events(session, "sso.identity.differ") == []


def test_a_promo_begins_with_the_year_in_paris(
    school: School, session: Session, client: Client, app: Flask
) -> None:
    with time_machine.travel("2026-12-31T22:59:00+00:00", tick=False):
        answer = school.enter(client, services=["promo146"])
        assert answer.status_code == 403
        assert pceens(session) == 0
    with time_machine.travel("2026-12-31T23:00:00+00:00", tick=False):
        school.enter(new_browser(app), services=["promo146"])

    assert session.scalars(sa.select(PCeen.promo)).all() == [146]


def test_who_is_no_student_is_told_the_other_ways_and_nothing_is_kept(
    school: School, session: Session, client: Client
) -> None:
    answer = school.enter(client, services=["promo140", "promo146x", "PROMO145"])

    assert answer.status_code == 403
    assert "/register" in answer.text
    assert (pceens(session), session.scalars(sa.select(SsoLink)).all()) == (0, [])


def test_a_name_without_a_letter_is_refused(
    school: School, session: Session, client: Client
) -> None:
    answer = school.enter(client, surname="-")

    assert answer.status_code == 400
    assert reasons(session) == ["a name without a letter"]


def test_a_name_too_long_for_us_is_cut(school: School, session: Session, client: Client) -> None:
    school.enter(client, surname="a" * 200)

    assert session.scalars(sa.select(PCeen.nom)).all() == ["A" + "a" * 63]


@pytest.fixture
def pending(app: Flask, session: Session, client: Client) -> Callable[[PCeen], None]:
    """Keep the role Rezident for someone, in this browser."""

    def keep(pceen: PCeen) -> None:
        purpose = TokenPurpose.pending_rezident
        links.make(session, pceen=pceen, purpose=purpose, secret="kept")
        session.commit()
        with client.session_transaction() as cookie:
            cookie["pending"] = "kept"

    return keep


@pytest.mark.parametrize("case", ["linked subject", "confirmed e-mail"])
def test_a_pending_rezident_role_is_given_to_its_account(
    school: School,
    session: Session,
    client: Client,
    pending: Callable[[PCeen], None],
    case: str,
) -> None:
    ada = someone(**BEFORE[case] or {})
    pending(ada)

    school.enter(client)

    session.expire_all()
    assert system_role("rezident") in ada.roles


def test_a_pending_rezident_role_is_given_to_no_other(
    school: School, session: Session, client: Client, pending: Callable[[PCeen], None]
) -> None:
    ada = someone(**BEFORE["linked subject"] or {})
    pending(someone())

    school.enter(client)

    session.expire_all()
    assert system_role("rezident") not in ada.roles


def test_the_second_factors_of_a_confirmed_account_stay(
    school: School, session: Session, client: Client
) -> None:
    ada = someone(email=EMAIL)
    session.add(RecoveryCode(pceen=ada, code_hash="x" * 64))
    session.commit()

    school.enter(client)

    assert len(session.scalars(sa.select(RecoveryCode)).all()) == 1
    assert session.scalars(sa.select(SecondFactor)).all() == []
