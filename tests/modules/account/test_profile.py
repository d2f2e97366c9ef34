"""What one changes of one's account."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import TokenPurpose
from app.models import AuditEvent, LoginSession, OneTimeToken, PCeen, TriedTooOften
from app.modules.account import queries as reads
from app.modules.account.errors import NomWithoutLetter, StaleVersion
from app.modules.account.mails import ConfirmEmail, EmailChanging, ProofCode
from app.modules.account.service import profile
from tests.client import Client
from tests.conftest import Login, Outbox
from tests.modules.account.people import (
    OTHER,
    PASSWORD,
    actions,
    is_logged_in,
    log_in,
    new_browser,
    someone,
    try_log_in,
)

NOON = "2026-03-14T12:00:00+00:00"


@pytest.fixture
def ada(session: Session) -> PCeen:
    return someone(username="ada", prenom="Ada", nom="Lovelace", email="ada@example.org")


@pytest.fixture
def browser(app: Flask, ada: PCeen) -> Client:
    """Ada's, who has just given her password."""
    return log_in(new_browser(app), "ada")


def edit(pceen: PCeen, **fields: str) -> dict[str, str]:
    """The form as it is shown, with some fields typed over."""
    shown = {"prenom": pceen.prenom, "nom": pceen.nom, "email": str(pceen.email)}
    return {**shown, "version": str(pceen.version), **fields}


# --- names


def test_a_new_name_is_kept_titled_and_written_down(
    session: Session, ada: PCeen, browser: Client
) -> None:
    page = browser.submit("/profile/modify_account", **edit(ada, nom="king-o'neil"))

    assert page.flashes[-1] == "Vos informations sont enregistrées."
    session.expire_all()
    assert (ada.full_name, ada.nom_key, ada.version) == ("Ada King-O'Neil", "king o neil", 2)
    event = session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "account.names.change")
    ).one()
    assert event.actor_id == ada.id
    assert event.before == {"prenom": "Ada", "nom": "Lovelace"}
    assert event.after == {"prenom": "Ada", "nom": "King-O'Neil"}


@pytest.mark.parametrize(
    "fields",
    [
        {"promo": "1"},
        {"promo": "1", "username": "root", "activated": "", "roles": "1", "id": "1"},
        {"password_hash": "x", "disabled_at": "2026-01-01", "email_confirmed_at": ""},
    ],
)
def test_what_is_not_in_the_form_is_ignored(
    session: Session, ada: PCeen, browser: Client, fields: dict[str, str]
) -> None:
    def everything() -> dict[str, object]:
        session.expire_all()
        return {column.key: getattr(ada, column.key) for column in sa.inspect(PCeen).column_attrs}

    before = everything()

    browser.submit("/profile/modify_account", **edit(ada, **fields))

    assert everything() == before


def test_an_absent_promo_blocks_nothing(session: Session, ada: PCeen, browser: Client) -> None:
    ada.promo = None
    session.commit()

    browser.submit("/profile/modify_account", **edit(ada, prenom="Augusta"))

    session.expire_all()
    assert (ada.prenom, ada.promo) == ("Augusta", None)


def test_saving_without_a_change_writes_nothing_down(
    session: Session, ada: PCeen, browser: Client
) -> None:
    before = actions(session)

    browser.submit("/profile/modify_account", **edit(ada))

    session.expire_all()
    assert actions(session) == before
    assert ada.version == 1


def test_a_name_that_a_gri_wrote_stays_as_it_is_written(
    session: Session, ada: PCeen, browser: Client
) -> None:
    ada.rename(prenom="Ada", nom="McDonald")
    session.commit()

    browser.submit("/profile/modify_account", **edit(ada))

    session.expire_all()
    assert ada.nom == "McDonald"


@pytest.mark.parametrize("nom", ["HOPPER", "hopper ", "Höpper", "hopper_"])
def test_the_name_of_another_account_is_refused(
    session: Session, ada: PCeen, browser: Client, nom: str
) -> None:
    someone(prenom="Ada", nom="Hopper", promo=None)

    page = browser.submit("/profile/modify_account", status=422, **edit(ada, nom=nom))

    assert "écrivez aux GRI" in page.text("#nom-errors")
    session.expire_all()
    assert ada.nom == "Lovelace"


def test_who_has_a_homonym_already_still_changes_the_rest(
    session: Session, ada: PCeen, browser: Client, outbox: Outbox
) -> None:
    someone(prenom="Ada", nom="Lovelace", promo=ada.promo)

    browser.submit("/profile/modify_account", **edit(ada, email="new@example.org"))

    assert [mail.kind for mail in outbox()] == ["account.confirm_email", "account.email_changing"]


def test_another_spelling_of_ones_own_name_is_no_other_person(session: Session, ada: PCeen) -> None:
    profile.rename(session, pceen=ada, prenom="adà", nom="LOVELACE", version=1)

    assert ada.full_name == "Adà Lovelace"


@pytest.mark.parametrize("nom", ["", " ", "-", "1", "a" * 65, "\u202e", "a\0", "______"])
def test_a_bad_name_is_a_wrong_field(ada: PCeen, browser: Client, nom: str) -> None:
    page = browser.submit("/profile/modify_account", status=422, **edit(ada, nom=nom))

    assert [e["id"] for e in page.html.select(".field-errors")] == ["nom-errors"]


def test_a_name_without_a_letter_is_refused_by_the_service_too(
    session: Session, ada: PCeen
) -> None:
    with pytest.raises(NomWithoutLetter):
        profile.rename(session, pceen=ada, prenom="Ada", nom="--", version=1)


def test_a_change_of_something_stale_is_refused(session: Session, ada: PCeen) -> None:
    profile.rename(session, pceen=ada, prenom="Augusta", nom="Lovelace", version=1)

    with pytest.raises(StaleVersion):
        profile.rename(session, pceen=ada, prenom="Eve", nom="Lovelace", version=1)

    assert ada.prenom == "Augusta"


def test_a_stale_form_shows_both_values_and_is_saved_the_second_time(
    session: Session, ada: PCeen, browser: Client
) -> None:
    stale = edit(ada, nom="Byron")
    browser.submit("/profile/modify_account", **edit(ada, nom="King"))

    page = browser.submit("/profile/modify_account", status=409, **stale)

    assert "King" in page.text("form.form")
    shown = {str(e["name"]): str(e.get("value", "")) for e in page.html.select("form.form input")}
    assert shown["nom"] == "Byron"
    browser.submit("/profile/modify_account", **shown)
    session.expire_all()
    assert ada.nom == "Byron"


# --- the address


def confirmation(outbox: Outbox) -> ConfirmEmail:
    (mail,) = [mail for mail in outbox() if isinstance(mail, ConfirmEmail)]
    return mail


def test_a_new_address_counts_once_it_has_answered(
    session: Session, app: Flask, ada: PCeen, browser: Client, outbox: Outbox
) -> None:
    page = browser.submit("/profile/modify_account", **edit(ada, email="New@Example.org"))

    assert "Un lien part à new@example.org : suivez-le pour changer d'adresse." in page.flashes
    assert "new@example.org" in page.text("#content")
    assert {(mail.kind, mail.to) for mail in outbox()} == {
        ("account.confirm_email", "new@example.org"),
        ("account.email_changing", "ada@example.org"),
    }
    assert try_log_in(new_browser(app), "new@example.org").status_code == 422
    assert is_logged_in(log_in(new_browser(app), "ada@example.org"))

    browser.submit(f"/confirm_email/{confirmation(outbox).secret}")

    assert try_log_in(new_browser(app), "ada@example.org").status_code == 422
    assert is_logged_in(log_in(new_browser(app), "new@example.org"))
    assert [m for m in outbox() if m.to == "ada@example.org"] == [
        EmailChanging(to="ada@example.org", locale="fr")
    ]
    session.expire_all()
    assert ada.email_confirmed_at is not None


def test_looking_at_the_link_changes_no_address(
    session: Session, ada: PCeen, browser: Client, outbox: Outbox
) -> None:
    browser.submit("/profile/modify_account", **edit(ada, email="new@example.org"))

    for _ in range(3):
        browser.open_page(f"/confirm_email/{confirmation(outbox).secret}")

    session.expire_all()
    assert ada.email == "ada@example.org"


def test_a_link_to_an_address_is_for_who_asked(
    session: Session, ada: PCeen, browser: Client, login: Login, outbox: Outbox
) -> None:
    browser.submit("/profile/modify_account", **edit(ada, email="new@example.org"))
    path = f"/confirm_email/{confirmation(outbox).secret}"
    eve = login(someone())

    assert (eve.get(path).status_code, eve.post(path).status_code) == (404, 404)

    assert browser.post(path).status_code == 303
    assert browser.post(path).status_code == 404


@pytest.mark.parametrize(
    ("age", "good"),
    [(timedelta(hours=24, seconds=-1), True), (timedelta(hours=24, seconds=1), False)],
)
def test_a_link_to_an_address_lives_a_day(
    session: Session, app: Flask, ada: PCeen, outbox: Outbox, age: timedelta, *, good: bool
) -> None:
    with time_machine.travel(NOON, tick=False) as time:
        profile.ask_address(session, pceen=ada, email="new@example.org")
        session.commit()
        time.shift(age)
        browser = log_in(new_browser(app), "ada")

        status = browser.post(f"/confirm_email/{confirmation(outbox).secret}").status_code

    assert status == (303 if good else 404)


def test_asking_another_address_cancels_the_link_to_the_first(
    session: Session, ada: PCeen, browser: Client, outbox: Outbox
) -> None:
    for email in ("one@example.org", "two@example.org"):
        browser.submit("/profile/modify_account", **edit(ada, email=email))
    first, second = (mail for mail in outbox() if isinstance(mail, ConfirmEmail))

    assert browser.post(f"/confirm_email/{first.secret}").status_code == 404
    assert browser.post(f"/confirm_email/{second.secret}").status_code == 303
    session.expire_all()
    assert ada.email == "two@example.org"


def test_an_address_taken_meanwhile_is_refused_and_the_old_one_kept(
    session: Session, ada: PCeen, browser: Client, outbox: Outbox
) -> None:
    browser.submit("/profile/modify_account", **edit(ada, email="new@example.org"))
    someone(email="new@example.org")

    page = browser.submit(f"/confirm_email/{confirmation(outbox).secret}", status=422)

    assert "Cette adresse est déjà celle d'un autre compte." in page.text("form.form")
    session.expire_all()
    assert ada.email == "ada@example.org"


def test_asking_for_an_address_tells_nothing_of_its_owner(
    session: Session, ada: PCeen, browser: Client, outbox: Outbox
) -> None:
    someone(email="taken@example.org")
    flashes = [
        browser.submit("/profile/modify_account", **edit(ada, email=email)).flashes[-1]
        for email in ("taken@example.org", "free@example.org")
    ]

    assert flashes[0].replace("taken", "free") == flashes[1]
    assert len(outbox()) == 4


def test_an_address_is_asked_three_times_a_day(
    session: Session, ada: PCeen, browser: Client, outbox: Outbox
) -> None:
    for number in range(3):
        browser.submit("/profile/modify_account", **edit(ada, email=f"{number}@example.org"))

    page = browser.submit(
        "/profile/modify_account", status=429, **edit(ada, email="3@example.org", nom="King")
    )

    assert page.html.select("#email")[0]["value"] == "3@example.org"
    assert len(outbox()) == 6
    session.expire_all()
    assert ada.nom == "Lovelace"  # all of a change, or none of it


def test_the_own_address_in_another_case_is_no_change(
    session: Session, ada: PCeen, browser: Client, outbox: Outbox
) -> None:
    browser.submit("/profile/modify_account", **edit(ada, email="ADA@Example.org"))

    assert outbox() == []


def test_an_unconfirmed_address_is_sent_its_link_again(
    session: Session, ada: PCeen, browser: Client, outbox: Outbox
) -> None:
    ada.email_confirmed_at = None
    session.commit()

    browser.submit("/profile/resend_confirmation")

    assert [(mail.kind, mail.to) for mail in outbox()] == [
        ("account.confirm_email", "ada@example.org")
    ]
    browser.submit(f"/confirm_email/{confirmation(outbox).secret}")
    session.expire_all()
    assert ada.email_confirmed_at is not None


def test_a_confirmed_address_is_sent_nothing(
    session: Session, browser: Client, outbox: Outbox
) -> None:
    browser.submit("/profile/resend_confirmation")

    assert outbox() == []


# --- proving who one is


def test_changing_the_address_takes_a_proof_of_a_moment_ago(
    session: Session, app: Flask, ada: PCeen, outbox: Outbox
) -> None:
    with time_machine.travel(NOON, tick=False) as time:
        browser = log_in(new_browser(app), "ada")
        time.shift(timedelta(minutes=10, seconds=1))
        typed = edit(ada, email="new@example.org")

        response = browser.post("/profile/modify_account", data=typed)
        assert response.headers["Location"] == "/reauth?next=/profile/modify_account"
        assert outbox() == []

        proof = browser.post("/reauth?next=/profile/modify_account", data={"password": PASSWORD})
        assert proof.headers["Location"] == "/profile/modify_account"
        browser.submit("/profile/modify_account", **typed)

    assert len(outbox()) == 2


def test_a_proof_is_for_one_session(
    session: Session, app: Flask, ada: PCeen, login: Login, browser: Client, outbox: Outbox
) -> None:
    unproved = login(ada)

    response = unproved.post("/profile/modify_account", data=edit(ada, email="new@example.org"))

    assert response.headers["Location"].startswith("/reauth")
    assert outbox() == []


def test_changing_only_the_name_takes_no_proof(session: Session, ada: PCeen, login: Login) -> None:
    login(ada).submit("/profile/modify_account", **edit(ada, nom="King"))

    session.expire_all()
    assert ada.nom == "King"


def test_ten_wrong_proofs_are_enough(session: Session, ada: PCeen, login: Login) -> None:
    browser = login(ada)
    for _ in range(10):
        page = browser.submit("/reauth", status=422, password=OTHER)
        assert page.text("#password-errors") == "Ce n'est pas votre mot de passe actuel."

    response = browser.post("/reauth", data={"password": PASSWORD})

    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 0


def code_of(outbox: Outbox) -> str:
    mail = outbox()[-1]
    assert isinstance(mail, ProofCode)
    return mail.code


def proved(session: Session) -> bool:
    session.expire_all()
    return any(login.proved_at for login in session.scalars(sa.select(LoginSession)))


def test_a_code_proves_who_has_no_password(
    session: Session, ada: PCeen, login: Login, outbox: Outbox
) -> None:
    ada.password_hash = None
    session.commit()
    browser = login(ada)

    response = browser.post("/reauth/code?next=/profile/modify_account")
    assert response.headers["Location"] == "/reauth/with_code?next=/profile/modify_account"
    code = code_of(outbox)
    assert code.isdecimal()
    assert len(code) == 6
    response = browser.post(response.headers["Location"], data={"code": code})

    assert response.headers["Location"] == "/profile/modify_account"
    assert proved(session)


def test_a_code_proves_once(session: Session, ada: PCeen, login: Login, outbox: Outbox) -> None:
    browser = login(ada)
    browser.post("/reauth/code")
    code = {"code": code_of(outbox)}

    statuses = [browser.post("/reauth/with_code", data=code).status_code for _ in range(2)]

    assert statuses == [303, 422]


def test_five_wrong_codes_are_enough(
    session: Session, ada: PCeen, login: Login, outbox: Outbox
) -> None:
    browser = login(ada)
    browser.post("/reauth/code")
    right = code_of(outbox)
    wrong = "000000" if right != "000000" else "111111"

    for _ in range(5):
        browser.submit("/reauth/with_code", status=422, code=wrong)
    browser.submit("/reauth/with_code", status=422, code=right)

    assert not proved(session)


def test_four_wrong_codes_are_forgiven(
    session: Session, ada: PCeen, login: Login, outbox: Outbox
) -> None:
    browser = login(ada)
    browser.post("/reauth/code")
    right = code_of(outbox)

    for _ in range(4):
        browser.submit("/reauth/with_code", status=422, code="x")
    browser.post("/reauth/with_code", data={"code": right})

    assert proved(session)


@pytest.mark.parametrize(("minutes", "good"), [(9, True), (11, False)])
def test_a_code_lives_ten_minutes(
    session: Session, ada: PCeen, login: Login, outbox: Outbox, minutes: int, *, good: bool
) -> None:
    with time_machine.travel(NOON, tick=False) as time:
        browser = login(ada)
        browser.post("/reauth/code")
        time.shift(timedelta(minutes=minutes))

        browser.post("/reauth/with_code", data={"code": code_of(outbox)})

    assert proved(session) is good


def test_the_code_of_somebody_else_proves_nothing(
    session: Session, ada: PCeen, outbox: Outbox
) -> None:
    eve = someone()
    login = LoginSession(pceen=eve, method="password")
    session.add(login)
    profile.send_code(session, pceen=ada)
    session.flush()
    code = code_of(outbox)
    profile.send_code(session, pceen=eve)
    session.flush()

    assert profile.prove_by_code(session, login=login, code=code) is (code == code_of(outbox))


def test_a_code_goes_to_a_confirmed_address_only(
    session: Session, ada: PCeen, outbox: Outbox
) -> None:
    ada.email_confirmed_at = None

    profile.send_code(session, pceen=ada)

    assert outbox() == []


def test_five_codes_an_hour_are_enough(session: Session, ada: PCeen, outbox: Outbox) -> None:
    for _ in range(5):
        profile.send_code(session, pceen=ada)

    with pytest.raises(TriedTooOften):
        profile.send_code(session, pceen=ada)

    assert len(outbox()) == 5
    waiting = sa.select(OneTimeToken).where(
        OneTimeToken.purpose == TokenPurpose.proof_code, OneTimeToken.used_at.is_(None)
    )
    assert len(session.scalars(waiting).all()) == 1


# --- preferences


@pytest.mark.parametrize(
    ("typed", "kept"), [("en", "en"), ("de", "fr"), ("", "fr"), ("EN", "fr"), ("x" * 999, "fr")]
)
def test_only_a_language_of_ours_is_a_preference(
    session: Session, ada: PCeen, browser: Client, typed: str, kept: str
) -> None:
    browser.submit("/profile/modify_preferences", locale=typed)

    session.expire_all()
    assert ada.locale == kept


def test_choosing_the_same_language_writes_nothing_down(
    session: Session, ada: PCeen, browser: Client
) -> None:
    before = actions(session)

    browser.submit("/profile/modify_preferences", locale="fr")

    assert actions(session) == before


def test_an_address_that_waits_is_that_of_the_latest_link(session: Session, ada: PCeen) -> None:
    assert reads.standing(session, ada).pending_address is None
    profile.ask_address(session, pceen=ada, email="one@example.org")
    profile.ask_address(session, pceen=ada, email="two@example.org")
    session.flush()
    assert reads.standing(session, ada).pending_address == "two@example.org"

    with time_machine.travel(clock.now() + timedelta(days=2), tick=False):
        assert reads.standing(session, ada).pending_address is None
