"""How an account begins."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import LoginMethod
from app.models import LoginSession, OneTimeToken, PCeen, TriedTooOften
from app.modules.account import queries
from app.modules.account.choices import REZIDENT_SELF_GRANT
from app.modules.account.errors import (
    ActivationOff,
    AddressTaken,
    NameTaken,
    NomWithoutLetter,
    NoSuchPCeen,
    NoSuchRole,
)
from app.modules.account.mails import AccountRegistered, Invitation, RegistrationAttempted
from app.modules.account.service import registration
from app.modules.account.service.registration import Identity, Match
from app.modules.account.service.sessions import Browser
from tests.client import Page
from tests.conftest import Inside, Outbox
from tests.factories import PCeenFactory
from tests.modules.account.people import (
    HASH,
    OTHER,
    PASSWORD,
    actions,
    is_logged_in,
    log_in,
    new_browser,
    someone,
)

ADA = {
    "prenom": "ada",
    "nom": "lovelace",
    "promo": "145",
    "email": "Ada@Example.org",
    "password": PASSWORD,
    "password_confirm": PASSWORD,
}
BROWSER = Browser(address="10.0.0.101", user_agent="", locale="fr")


def identity(prenom: str = "Ada", nom: str = "Lovelace", **values: Any) -> Identity:
    values = {"promo": 145, "email": "ada@example.org", **values}
    return Identity(prenom=prenom, nom=nom, **values)


def register(session: Session, who: Identity, browser: Browser = BROWSER) -> LoginSession | Match:
    return registration.register(session, identity=who, password_hash=HASH, browser=browser)


def people(session: Session) -> list[PCeen]:
    session.expire_all()
    return list(session.scalars(sa.select(PCeen).order_by(PCeen.id)))


def slugs(pceen: PCeen) -> list[str | None]:
    return [role.slug for role in pceen.roles]


# --- the rule of usernames


@pytest.mark.parametrize(
    ("named", "usernames"),
    [
        ([("Éloïse", "d'Artagnan")], ["edartag"]),
        ([("Jean-Luc", "de La Tour")], ["jdelat"]),
        ([("Chloé", "Müller"), ("Chloe", "Muller")], ["cmuller", "cmuller1"]),
        ([("C", "Muller"), ("Ç", "Mülle"), ("Cé", "Mull")], ["cmuller", "cmulle", "cmull"]),
        ([("Ab", "Cd"), ("Ac", "Cd"), ("Ad", "Cd")], ["acd", "acd1", "acd2"]),
    ],
)
def test_a_username_is_made_of_the_name_and_of_a_number_if_it_is_taken(
    session: Session, named: list[tuple[str, str]], usernames: list[str]
) -> None:
    for number, (prenom, nom) in enumerate(named):
        who = identity(prenom, nom, promo=100 + number, email=f"{number}@example.org")
        registration.invite(session, identity=who)

    assert [pceen.username for pceen in people(session)] == usernames


def test_a_name_of_long_letters_still_fits_its_columns(session: Session) -> None:
    for number in range(2):
        who = identity("\ufdfa" * 64, "\ufdfa" * 64, promo=number + 1, email=f"{number}@e.org")
        registration.invite(session, identity=who)

    assert len({pceen.username for pceen in people(session)}) == 2


# --- who is the same person


@pytest.mark.parametrize(
    ("nom", "promo", "found"),
    [
        ("Dupont Martin", 145, True),
        ("DUPONT-MARTIN", 145, True),
        ("dupont  martin", 145, True),
        ("Dupont Martin", None, True),
        ("Dupont Martin", 144, False),
        ("Dupont", 145, False),
        ("Dupont%", 145, False),
        ("______", 145, False),
        ("", 145, False),
    ],
)
def test_people_match_by_the_keys_of_their_names(
    session: Session, nom: str, promo: int | None, *, found: bool
) -> None:
    ada = someone(prenom="Zoé", nom="Dupont-Martin", promo=145)

    matches = queries.namesakes(session, prenom="zoe", nom=nom, promo=promo)

    assert matches == ([ada] if found else [])


def test_a_person_without_promo_matches_any(session: Session) -> None:
    ada = someone(prenom="Zoé", nom="d'Artagnan", promo=None)

    assert queries.namesakes(session, prenom="ZOE", nom="D Artagnan", promo=7) == [ada]


# --- registering


def test_a_new_rezident_is_made_and_logged_in_at_once(
    session: Session, inside: Inside, outbox: Outbox
) -> None:
    browser = inside()

    response = browser.post("/register/rezident?next=/profile/?a=1", data=ADA)

    assert (response.status_code, response.headers["Location"]) == (303, "/profile/?a=1")
    assert is_logged_in(browser)
    (ada,) = people(session)
    assert (ada.username, ada.full_name, ada.promo) == ("alovelac", "Ada Lovelace", 145)
    assert (ada.email, ada.email_confirmed_at, ada.activated) == ("ada@example.org", None, True)
    assert slugs(ada) == ["rezident"]
    (login,) = session.scalars(sa.select(LoginSession))
    assert (login.method, login.remembered) == (LoginMethod.registration, False)
    (mail,) = outbox()
    assert isinstance(mail, AccountRegistered)
    assert (mail.to, mail.username, mail.promo) == ("ada@example.org", "alovelac", 145)
    assert "account.pceen.register" in actions(session)


def test_the_mail_of_a_new_account_confirms_its_address(
    session: Session, inside: Inside, outbox: Outbox
) -> None:
    browser = inside()
    browser.post("/register/rezident", data=ADA)
    (mail,) = outbox()
    assert isinstance(mail, AccountRegistered)

    page = browser.submit(f"/confirm_email/{mail.secret}")

    assert page.flashes[-1:] == ["Votre adresse est confirmée."]
    (ada,) = people(session)
    assert ada.email_confirmed_at is not None


def test_an_unconfirmed_address_logs_in(app: Flask, session: Session, inside: Inside) -> None:
    inside().post("/register/rezident", data=ADA)

    assert is_logged_in(log_in(new_browser(app), "ADA@example.org"))


def test_who_has_no_promo_says_so(session: Session, inside: Inside) -> None:
    response = inside().post("/register/rezident", data={**ADA, "promo": "", "no_promo": "y"})

    assert response.status_code == 303
    (ada,) = people(session)
    assert ada.promo is None


def errors_of(page: Page) -> set[str]:
    return {
        str(element["id"]).removesuffix("-errors") for element in page.html.select(".field-errors")
    }


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"prenom": ""}, {"prenom"}),
        ({"prenom": " "}, {"prenom"}),
        ({"prenom": "-"}, {"prenom"}),
        ({"nom": "1"}, {"nom"}),
        ({"nom": "______"}, {"nom"}),
        ({"nom": "a" * 65}, {"nom"}),
        ({"nom": "\u202enom"}, {"nom"}),
        ({"promo": ""}, {"promo"}),
        ({"promo": "0"}, {"promo"}),
        ({"promo": "1000"}, {"promo"}),
        ({"promo": "١٤٥"}, {"promo"}),
        ({"email": "ada"}, {"email"}),
        ({"email": "ada@example.org\r\nBcc: x@example.org"}, {"email"}),
        ({"email": '"a b"@example.org'}, {"email"}),
        ({"email": "a" * 109 + "@example.org"}, {"email"}),
        ({"password_confirm": OTHER}, {"password_confirm"}),
        ({"password": "cheval be", "password_confirm": "cheval be"}, {"password"}),
        ({"password": "x" * 129, "password_confirm": "x" * 129}, {"password"}),
        ({"password": "cheval\0bleu vert", "password_confirm": "cheval\0bleu vert"}, {"password"}),
        ({"password": "adalovelace", "password_confirm": "adalovelace"}, {"password"}),
    ],
)
def test_a_wrong_field_is_said_with_what_was_typed_and_makes_nothing(
    session: Session, inside: Inside, wrong: dict[str, str], fields: set[str]
) -> None:
    page = inside().submit("/register/rezident", status=422, **{**ADA, **wrong})

    assert errors_of(page) == fields
    typed = {**ADA, **wrong}
    if "email" not in wrong and "\u202e" not in typed["nom"]:
        assert page.html.select_one("#email")["value"].lower() == "ada@example.org"
    assert [field.get("value", "") for field in page.html.select("[type=password]")] == ["", ""]
    assert people(session) == []


def test_an_empty_registration_has_one_message_for_each_field(inside: Inside) -> None:
    page = inside().submit("/register/rezident", status=422)

    assert errors_of(page) == {"prenom", "nom", "promo", "email", "password", "password_confirm"}
    assert len(page.html.select(".field-errors p")) == 6


@pytest.mark.parametrize(("length", "status"), [(9, 422), (10, 303), (128, 303), (129, 422)])
def test_a_password_has_10_to_128_characters(
    session: Session, inside: Inside, length: int, status: int
) -> None:
    password = ("zébu " * 30)[: length - 1] + "!"

    response = inside().post(
        "/register/rezident", data={**ADA, "password": password, "password_confirm": password}
    )

    assert response.status_code == status


@pytest.mark.parametrize(
    ("prenom", "nom", "kept"),
    [
        ("jean-LUC", "o'NEIL", "Jean-Luc O'Neil"),
        ("Ñ", "ñuñez", "Ñ Ñuñez"),
        ("李", "雷", "李 雷"),
        ("<b>x", "<script>alert(1)</script>", "<b>x <script>alert(1)</script>"),
    ],
)
def test_a_strange_name_is_kept_and_shown_as_text(
    session: Session, inside: Inside, prenom: str, nom: str, kept: str
) -> None:
    browser = inside()
    browser.post("/register/rezident", data={**ADA, "prenom": prenom, "nom": nom})

    page = browser.open_page("/profile/")

    (pceen,) = people(session)
    assert pceen.full_name == kept
    assert kept in page.text("#content")
    assert page.html.select("#content b, #content script") == []


def test_nothing_is_looked_up_for_an_invalid_form(
    session: Session, inside: Inside, queries: list[str]
) -> None:
    someone(prenom="Ada", nom="Lovelace", email="ada@example.org")
    browser = inside()
    queries.clear()

    assert browser.post("/register/rezident", data={**ADA, "promo": "x"}).status_code == 422

    assert not [query for query in queries if "FROM pceen" in query]


def test_a_registration_from_elsewhere_is_explained(client: Any) -> None:
    response = client.post("/register/rezident", data=ADA)

    assert response.status_code == 403


# --- a match


BY_NAME = {"prenom": "Ada", "nom": "Lovelace", "promo": 145, "email": "old@example.org"}
BY_EMAIL = {"prenom": "Grace", "nom": "Hopper", "promo": 99, "email": "ada@example.org"}


@pytest.mark.parametrize("existing", [BY_NAME, BY_EMAIL], ids=["name", "email"])
@pytest.mark.parametrize("disabled", [False, True])
def test_who_may_have_an_account_is_told_so_and_no_more(
    session: Session, inside: Inside, existing: dict[str, Any], *, disabled: bool
) -> None:
    someone(**existing, disabled_at=clock.now() if disabled else None)
    browser = inside()

    response = browser.post("/register/rezident?next=/profile/", data=ADA)

    assert response.headers["Location"] == "/register/match?next=/profile/"
    assert not is_logged_in(browser)
    assert len(people(session)) == 1
    page = browser.open_page("/register/match")
    for told in ("old@example.org", "Grace", "ada@example.org"):
        assert told not in str(page.html)
    assert "account.pceen.register_match" in actions(session)


def test_both_matches_answer_alike(app: Flask, session: Session, inside: Inside) -> None:
    someone(**BY_NAME, username="byname")
    someone(**{**BY_EMAIL, "email": "grace@example.org"}, username="byemail")
    bodies = []
    for typed in ({"email": "new@example.org"}, {"nom": "Nobody", "email": "grace@example.org"}):
        browser = inside()
        response = browser.post("/register/rezident", data={**ADA, **typed})
        bodies.append((response.status_code, response.headers["Location"]))

    assert bodies[0] == bodies[1] == (303, "/register/match")


def test_the_owner_of_a_matched_address_is_told_once_a_day(
    session: Session, outbox: Outbox
) -> None:
    someone(**BY_EMAIL)

    with time_machine.travel("2026-03-14T12:00:00+00:00", tick=False) as time:
        for _ in range(3):
            assert isinstance(register(session, identity()), Match)
        assert outbox() == [RegistrationAttempted(to="ada@example.org", locale="fr")]
        time.shift(timedelta(days=1, seconds=1))
        register(session, identity())

    assert len(outbox()) == 2


def test_a_match_by_name_tells_nobody(session: Session, outbox: Outbox) -> None:
    someone(**BY_NAME)

    register(session, identity())

    assert outbox() == []


def test_another_promo_is_another_person(session: Session) -> None:
    someone(**{**BY_NAME, "promo": 144}, username="alovelac")

    register(session, identity())

    assert [pceen.username for pceen in people(session)] == ["alovelac", "alovelac1"]


# --- the role that waits


@pytest.mark.parametrize(
    ("minutes", "owner", "granted"), [(29, True, True), (31, True, False), (1, False, False)]
)
def test_a_waiting_role_is_for_the_account_found_within_half_an_hour(
    session: Session, inside: Inside, minutes: int, *, owner: bool, granted: bool
) -> None:
    ada, eve = someone(**BY_NAME), someone(prenom="Eve")
    browser = inside()
    with time_machine.travel("2026-03-14T12:00:00+00:00", tick=False) as time:
        browser.post("/register/rezident", data=ADA)
        time.shift(timedelta(minutes=minutes))
        who = ada if owner else eve

        log_in(browser, who.username)

        assert is_logged_in(browser)
    session.expire_all()
    assert slugs(who) == (["rezident"] if granted else [])
    assert slugs(eve) == []


def test_a_waiting_role_is_told_when_it_comes(session: Session, inside: Inside) -> None:
    someone(**BY_NAME, username="ada")
    browser = inside()
    browser.post("/register/rezident", data=ADA)

    page = browser.submit("/login?next=/profile/", identifier="ada", password=PASSWORD)

    assert "Vous êtes maintenant Rezident : prenez votre chambre." in page.flashes


def test_a_waiting_role_is_lost_for_who_logs_into_another_account_first(
    app: Flask, session: Session, inside: Inside
) -> None:
    ada, eve = someone(**BY_NAME), someone(prenom="Eve")
    browser = inside()
    browser.post("/register/rezident", data=ADA)

    log_in(browser, eve.username)
    browser.post("/logout")
    log_in(browser, ada.username)

    session.expire_all()
    assert (slugs(ada), slugs(eve)) == ([], [])


def test_a_waiting_role_stays_in_its_browser(app: Flask, session: Session, inside: Inside) -> None:
    ada = someone(**BY_NAME)
    inside().post("/register/rezident", data=ADA)

    log_in(new_browser(app), ada.username)

    session.expire_all()
    assert slugs(ada) == []


def test_a_waiting_role_survives_that_of_somebody_else(session: Session) -> None:
    ada = someone(**BY_NAME)
    first, second = (register(session, identity()) for _ in range(2))
    assert isinstance(first, Match)
    assert isinstance(second, Match)

    assert registration.claim_pending_rezident(session, pceen=ada, secret=first.secret)
    assert not registration.claim_pending_rezident(session, pceen=ada, secret=first.secret)


def test_a_disabled_account_takes_no_waiting_role(session: Session) -> None:
    ada = someone(**BY_NAME, disabled_at=clock.now())
    match = register(session, identity())
    assert isinstance(match, Match)

    assert not registration.claim_pending_rezident(session, pceen=ada, secret=match.secret)


# --- limits


def test_an_address_makes_five_accounts_an_hour(session: Session) -> None:
    with time_machine.travel("2026-03-14T12:00:00+00:00", tick=False) as time:
        for number in range(5):
            register(session, identity(promo=number + 1, email=f"{number}@example.org"))
        with pytest.raises(TriedTooOften) as refusal:
            register(session, identity(promo=6, email="6@example.org"))
        assert refusal.value.details["seconds"] in (3600, 3601)
        time.shift(timedelta(hours=1, seconds=1))
        register(session, identity(promo=6, email="6@example.org"))

    assert len(people(session)) == 6


def test_a_limited_address_limits_no_other(session: Session) -> None:
    elsewhere = Browser(address="10.0.0.102", user_agent="", locale="fr")
    for number in range(5):
        register(session, identity(promo=number + 1, email=f"{number}@example.org"))

    register(session, identity(promo=6, email="6@example.org"), elsewhere)

    assert len(people(session)) == 6


def test_the_eleventh_attempt_of_an_hour_is_too_many(session: Session, inside: Inside) -> None:
    someone(**BY_NAME)
    browser = inside()

    statuses = [browser.post("/register/rezident", data=ADA).status_code for _ in range(10)]
    last = browser.post("/register/rezident", data=ADA)

    assert statuses == [303] * 10
    assert last.status_code == 429
    assert 0 < int(last.headers["Retry-After"]) <= 3600
    assert "Ada@Example.org".lower() in last.text.lower()


# --- invitations and roles


def test_an_invited_account_waits_for_its_password(session: Session, outbox: Outbox) -> None:
    secret = registration.invite(session, identity=identity("éloïse", "d'artagnan"))

    (pceen,) = people(session)
    assert (pceen.full_name, pceen.password_hash, pceen.activated) == (
        "Éloïse D'Artagnan",
        None,
        False,
    )
    assert outbox() == [
        Invitation(
            to="ada@example.org", locale="fr", prenom="Éloïse", username="edartag", secret=secret
        )
    ]


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        (identity(email="old@example.org", nom="Other"), AddressTaken),
        (identity(), NameTaken),
        (identity(nom="___", email="x@example.org"), NomWithoutLetter),
    ],
)
def test_nobody_is_invited_twice(
    session: Session, who: Identity, refusal: type[Exception], outbox: Outbox
) -> None:
    someone(**BY_NAME)

    with pytest.raises(refusal):
        registration.invite(session, identity=who)

    assert len(people(session)) == 1
    assert outbox() == []


def test_an_account_may_be_made_with_roles(session: Session) -> None:
    registration.invite(session, identity=identity(), roles=("gri", "rezident"))

    (pceen,) = people(session)
    assert sorted(filter(None, slugs(pceen))) == ["gri", "rezident"]


def test_a_role_is_given_once(session: Session) -> None:
    ada = someone()

    answers = [registration.grant(session, pceen=ada, slug="gri") for _ in range(2)]

    assert answers == [True, False]
    assert actions(session).count("account.role.give") == 1


def test_a_role_that_does_not_exist_is_given_to_nobody(session: Session) -> None:
    with pytest.raises(NoSuchRole):
        registration.grant(session, pceen=someone(), slug="king")


def test_activation_alone_can_be_closed(session: Session) -> None:
    ada = PCeenFactory()
    REZIDENT_SELF_GRANT.set(session, value=False)

    with pytest.raises(ActivationOff):
        registration.activate_rezident(session, pceen=ada)
    assert slugs(ada) == []

    REZIDENT_SELF_GRANT.set(session, value=True)
    assert registration.activate_rezident(session, pceen=ada)


def test_nobody_is_found_under_an_unknown_name(session: Session) -> None:
    with pytest.raises(NoSuchPCeen):
        queries.called_or_refused(session, "nobody")


def test_no_secret_is_kept(session: Session) -> None:
    secret = registration.invite(session, identity=identity())

    (token,) = session.scalars(sa.select(OneTimeToken))
    assert secret not in (token.secret_hash, str(token.data))
