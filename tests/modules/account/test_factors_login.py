"""Logging in with a second factor, and proving who one is with it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock, tokens
from app.core.sealing import Sealer
from app.core.transaction import transaction
from app.enums import LoginMethod, TokenPurpose
from app.models import AuditEvent, LoginSession, OneTimeToken, PCeen
from app.modules.account.errors import FactorAsked
from app.modules.account.mails import FactorFailing, RecoveryUsed
from app.modules.account.service import lives, profile
from tests.client import Client
from tests.conftest import Login, Outbox
from tests.modules.account.factors import (
    KEY,
    ON_PAPER,
    code,
    codes_left,
    factors_of,
    give,
    give_recovery_code,
    give_totp,
    logged_in,
    protected,
    recover,
)
from tests.modules.account.people import (
    OTHER,
    PASSWORD,
    actions,
    copied,
    is_logged_in,
    new_browser,
    someone,
    try_log_in,
)

NOON = "2026-03-14T12:00:00+00:00"
WRONG = "Ce code est faux, ou n&#39;est plus valable."


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as clock_:
        yield clock_


@pytest.fixture
def ada(app: Flask, session: Session) -> PCeen:
    return protected(app, username="ada", slugs=["gri"])


@pytest.fixture
def waiting(ada: PCeen, client: Client) -> Client:
    """A browser whose password was right."""
    answer = try_log_in(client, "ada")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login/second")
    return client


def logins(session: Session) -> list[LoginSession]:
    session.expire_all()
    return list(session.scalars(sa.select(LoginSession).order_by(LoginSession.id)))


# --- the whole log-in


def test_the_password_alone_opens_nothing(session: Session, waiting: Client) -> None:
    assert not is_logged_in(waiting)
    assert logins(session) == []
    assert "account.login.succeed" not in actions(session)


def test_with_its_code_the_log_in_is_like_any_other(
    session: Session, ada: PCeen, client: Client
) -> None:
    try_log_in(client, "ada", remember="y", path="/login?next=/profile/sessions")

    page = client.open_page("/login/second?next=/profile/sessions")
    assert page.text("h1") == "Encore une étape"
    answer = give(client, code(), "/login/second?next=/profile/sessions")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/profile/sessions")
    (login,) = logins(session)
    assert (login.method, login.remembered) == (LoginMethod.password, True)
    assert login.second_at == login.proved_at == clock.now()
    assert actions(session)[-2:] == ["account.factor.use", "account.login.succeed"]
    page = client.open_page("/profile/sessions")
    assert page.flashes == ["Bonjour Marie !"]
    assert page.text('td[data-label="Par"]') == "mot de passe, second facteur"
    assert client.get_cookie("known") is not None


def test_what_waited_in_the_cookie_is_gone_once_logged_in(
    session: Session, waiting: Client
) -> None:
    give(waiting, code())

    with waiting.session_transaction() as cookie:
        assert "second" not in cookie
        assert "_user_id" in cookie


def test_who_has_no_second_factor_enters_as_before(session: Session, client: Client) -> None:
    someone(username="bob")

    try_log_in(client, "bob")

    (login,) = logins(session)
    assert is_logged_in(client)
    assert login.second_at is None


def test_an_application_that_never_showed_a_code_protects_nothing(
    app: Flask, session: Session, client: Client
) -> None:
    give_totp(app, someone(username="bob"), confirmed_at=None)

    assert is_logged_in(client) is False
    try_log_in(client, "bob")
    assert is_logged_in(client)


def test_a_browser_that_the_account_knows_is_asked_too(session: Session, waiting: Client) -> None:
    give(waiting, code())
    waiting.post("/logout")

    assert try_log_in(waiting, "ada").headers["Location"] == "/login/second"


def test_a_wrong_password_tells_nothing_of_a_second_factor(
    session: Session, ada: PCeen, client: Client
) -> None:
    someone(username="bob")

    answers = [try_log_in(client, name, "a wrong password") for name in ("ada", "bob", "nobody")]

    assert {answer.status_code for answer in answers} == {422}
    assert (
        len({answer.text.replace("bob", "ada").replace("nobody", "ada") for answer in answers}) == 1
    )


def test_a_new_password_does_not_do_without_the_second_factor(
    session: Session, ada: PCeen, client: Client, outbox: Outbox
) -> None:
    with transaction(session):
        profile.send_reset(session, pceen=ada)
    (mail,) = outbox()
    link = f"/reset_password/{mail.secret}"  # type: ignore[attr-defined]
    client.post(link, data={"password": OTHER, "password_confirm": OTHER})

    assert try_log_in(client, "ada", OTHER).headers["Location"] == "/login/second"
    assert len(factors_of(session, ada)) == 1


def test_an_invitation_is_worth_nothing_once_there_is_a_second_factor(
    app: Flask, session: Session
) -> None:
    ada = someone(slugs=["gri"], password_hash=None, activated=False)
    with transaction(session):
        lives.send_link(session, pceen=ada)
    give_totp(app, ada, confirmed_at=None)
    browser = logged_in(app, ada)

    browser.post("/profile/second_factor/totp/confirm", data={"code": code(), "name": "Tél"})

    session.expire_all()
    invitation = session.scalars(
        sa.select(OneTimeToken).where(OneTimeToken.purpose == TokenPurpose.invitation)
    ).one()
    assert invitation.used_at is not None


# --- codes


@pytest.mark.once
@pytest.mark.parametrize(("steps", "is_good"), [(-2, 0), (-1, 1), (0, 1), (1, 1), (2, 0)])
def test_the_clock_of_the_telephone_may_be_thirty_seconds_wrong(
    session: Session, waiting: Client, steps: int, is_good: int
) -> None:
    answer = give(waiting, code(steps=steps))

    assert answer.status_code == (303 if is_good else 422)
    assert len(logins(session)) == is_good
    assert is_good or WRONG in answer.text


def test_a_code_opens_one_log_in_only(
    session: Session, app: Flask, ada: PCeen, waiting: Client, noon: time_machine.Traveller
) -> None:
    used = code()
    give(waiting, used)
    thief = new_browser(app)
    try_log_in(thief, "ada")

    assert give(thief, used).status_code == 422
    assert give(thief, code(steps=-1)).status_code == 422
    noon.shift(timedelta(seconds=30))
    assert give(thief, used).status_code == 422
    assert give(thief, code()).status_code == 303


@pytest.mark.once
@pytest.mark.parametrize("typed", ["{} {}", " {}{} ", "{}\u00a0{}"])
def test_a_code_is_read_as_applications_show_it(
    session: Session, waiting: Client, typed: str
) -> None:
    shown = code()

    assert give(waiting, typed.format(shown[:3], shown[3:])).status_code == 303


@pytest.mark.once
@pytest.mark.parametrize("typed", ["", "12", "x" * 13, "١٢٣٤٥٦", "\x00", "<b>"])
def test_nonsense_is_refused_next_to_the_field(
    session: Session, waiting: Client, typed: str
) -> None:
    page = waiting.submit("/login/second", status=422, code=typed)

    assert page.texts(".field-errors")
    assert logins(session) == []


def test_a_key_sealed_before_the_key_of_the_site_changed_is_still_read_and_sealed_anew(
    app: Flask, session: Session, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = protected(app, username="ada")
    (former,) = (factor.secret for factor in factors_of(session, ada))
    old = app.extensions["settings"].key
    rotated = Sealer(("another key", old), purpose="second factor")
    monkeypatch.setitem(app.extensions, "sealer", rotated)

    try_log_in(client, "ada")
    assert give(client, code()).status_code == 303

    (factor,) = factors_of(session, ada)
    assert factor.secret != former
    assert Sealer(("another key",), purpose="second factor").open(factor.secret or "") == KEY


def test_a_key_that_cannot_be_read_any_more_refuses_its_codes_and_paper_still_helps(
    app: Flask, session: Session, waiting: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "sealer", Sealer(("lost",), purpose="second factor"))

    assert give(waiting, code()).status_code == 422
    assert recover(waiting, ON_PAPER).status_code == 303


def test_each_of_several_applications_is_good(app: Flask, session: Session, client: Client) -> None:
    ada = protected(app, username="ada")
    other = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    give_totp(app, ada, secret=app.extensions["sealer"].seal(other))

    try_log_in(client, "ada")
    assert give(client, code(key=other)).status_code == 303
    assert [bool(f.last_step) for f in factors_of(session, ada)] == [False, True]


# --- recovery codes


def test_a_recovery_code_opens_once(
    app: Flask, session: Session, ada: PCeen, waiting: Client, outbox: Outbox
) -> None:
    give_recovery_code(ada, "zzzz-zzzz-zzzz-zzzz")
    assert waiting.open_page("/login/second/recovery").text("h1") == "Code de secours"

    assert recover(waiting, ON_PAPER.upper().replace("-", " ")).status_code == 303

    assert codes_left(session, ada) == 1
    (mail,) = outbox()
    assert mail == RecoveryUsed(to=ada.email or "", locale="fr", left=1)
    assert logins(session)[0].second_at == clock.now()
    other = new_browser(app)
    try_log_in(other, "ada")
    again = recover(other, ON_PAPER)
    assert again.status_code == 422
    assert "faux, ou a déjà servi" in again.text


def test_the_recovery_code_of_another_opens_nothing(
    app: Flask, session: Session, waiting: Client
) -> None:
    bob = protected(app, username="bob")
    give_recovery_code(bob, "bbbb-bbbb-bbbb-bbbb")

    assert recover(waiting, "bbbb-bbbb-bbbb-bbbb").status_code == 422
    assert codes_left(session, bob) == 2


# --- what waits does not wait for ever, nor for anybody


def test_five_wrong_codes_end_it_and_the_person_is_told(
    session: Session, ada: PCeen, waiting: Client, outbox: Outbox
) -> None:
    for _ in range(4):
        assert give(waiting, "000000").status_code == 422
    assert outbox() == []

    over = give(waiting, "000000")

    assert over.status_code == 409
    assert "recommencez-la" in over.text
    assert outbox() == [FactorFailing(to=ada.email or "", locale="fr")]
    assert give(waiting, code()).status_code == 409
    assert logins(session) == []
    assert actions(session).count("account.factor.fail") == 5


def test_ten_wrong_codes_in_an_hour_have_one_wait_but_not_on_a_known_browser(
    app: Flask, session: Session, waiting: Client, noon: time_machine.Traveller
) -> None:
    give(waiting, code())
    waiting.post("/logout")
    stranger = new_browser(app)
    for _ in range(2):
        try_log_in(stranger, "ada")
        for _ in range(5):
            give(stranger, "000000")
    try_log_in(stranger, "ada")
    noon.shift(timedelta(seconds=30))

    late = give(stranger, code())
    assert late.status_code == 429
    assert int(late.headers["Retry-After"]) <= 3600
    assert recover(stranger, ON_PAPER).status_code == 429

    try_log_in(waiting, "ada")
    assert give(waiting, code()).status_code == 303


def test_it_waits_ten_minutes_and_no_more(
    session: Session, waiting: Client, noon: time_machine.Traveller
) -> None:
    noon.shift(timedelta(minutes=10, seconds=1))

    page = waiting.open_page("/login/second", status=409)

    assert page.text("h1") == "Connexion à recommencer"
    assert give(waiting, code()).status_code == 409
    with waiting.session_transaction() as cookie:
        assert "second" not in cookie


def test_it_still_waits_one_second_before(
    session: Session, waiting: Client, noon: time_machine.Traveller
) -> None:
    noon.shift(timedelta(minutes=9, seconds=59))

    assert give(waiting, code()).status_code == 303


def test_another_browser_has_nothing_that_waits(
    app: Flask, session: Session, waiting: Client
) -> None:
    assert give(new_browser(app), code()).status_code == 409
    assert give(waiting, code()).status_code == 303


def test_a_copied_cookie_opens_nothing_once_it_has_served(
    app: Flask, session: Session, waiting: Client, noon: time_machine.Traveller
) -> None:
    thief = copied(app, waiting)
    give(waiting, code())
    noon.shift(timedelta(seconds=60))

    assert give(thief, code()).status_code == 409


@pytest.mark.parametrize("what", ["disabled", "password", "removed"])
def test_what_changes_meanwhile_ends_it(
    app: Flask, session: Session, ada: PCeen, waiting: Client, what: str
) -> None:
    with transaction(session):
        if what == "disabled":
            lives.disable(session, pceen=ada, reason="test")
        if what == "password":
            profile.change_password(session, pceen=ada, password_hash="x", kept_login=None)
    if what == "removed":
        key = factors_of(session, ada)[0].id
        logged_in(app, ada).post(f"/profile/second_factor/{key}/remove")

    assert give(waiting, code()).status_code == 409
    assert [login.second_at for login in logins(session) if login.second_at] == []


def test_the_step_of_one_does_not_end_that_of_another_browser(
    app: Flask, session: Session, waiting: Client
) -> None:
    try_log_in(new_browser(app), "ada")

    assert give(waiting, code()).status_code == 303


def test_a_token_of_another_kind_is_no_step(session: Session, ada: PCeen, client: Client) -> None:
    session.add(
        OneTimeToken(
            purpose=TokenPurpose.reset_password,
            pceen=ada,
            secret_hash=tokens.digest("mine"),
            expires_at=clock.now() + timedelta(minutes=5),
        )
    )
    session.commit()
    with client.session_transaction() as cookie:
        cookie["second"] = "mine"

    assert give(client, code()).status_code == 409


# --- as a proof


@pytest.fixture
def unproved(app: Flask, ada: PCeen) -> Client:
    """A browser where Ada is logged in since long ago."""
    return logged_in(app, ada, proved_at=None)


def proofs(session: Session) -> list[bool]:
    return [profile.is_proved(login) for login in logins(session)]


def test_who_has_a_second_factor_proves_who_they_are_with_it(
    session: Session, unproved: Client
) -> None:
    page = unproved.open_page("/reauth?next=/profile/sessions")
    assert "second facteur" in page.text("main")
    assert not page.html.select("input[type=password]")

    answer = give(unproved, code(), "/reauth?next=/profile/sessions")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/profile/sessions")
    assert proofs(session) == [True]
    assert logins(session)[0].second_at == clock.now()


def test_a_recovery_code_proves_it_too(session: Session, unproved: Client) -> None:
    assert recover(unproved, "wrong", "/reauth/recovery").status_code == 422
    assert recover(unproved, ON_PAPER, "/reauth/recovery").status_code == 303
    assert proofs(session) == [True]


def test_neither_the_password_nor_a_mail_proves_it_any_more(
    session: Session, unproved: Client, outbox: Outbox
) -> None:
    assert unproved.post("/reauth", data={"password": PASSWORD}).status_code == 422
    assert unproved.post("/reauth/code").status_code == 303
    assert unproved.get("/reauth/with_code").headers["Location"] == "/reauth"
    assert outbox() == []
    assert proofs(session) == [False]


def test_nor_does_the_school(app: Flask, session: Session, ada: PCeen, unproved: Client) -> None:
    (login,) = logins(session)

    with pytest.raises(FactorAsked), transaction(session):
        profile.note_proof(session, login=login)


def test_a_code_used_to_log_in_is_no_proof(session: Session, waiting: Client, app: Flask) -> None:
    used = code()
    give(waiting, used)

    assert give(waiting, used, "/reauth").status_code == 422


def test_wrong_proofs_have_one_wait_but_still_log_in(
    app: Flask, session: Session, unproved: Client
) -> None:
    for _ in range(10):
        assert give(unproved, "000000", "/reauth").status_code == 422

    assert give(unproved, code(), "/reauth").status_code == 429
    browser = new_browser(app)
    try_log_in(browser, "ada")
    assert give(browser, code()).status_code == 303


def test_who_has_none_is_sent_to_the_ordinary_proof(session: Session, login: Login) -> None:
    browser = login(someone())

    assert browser.get("/reauth/recovery?next=/profile/").headers["Location"].startswith("/reauth")
    assert browser.open_page("/reauth").html.select("input[type=password]")


def test_what_was_done_tells_which_factor_and_never_its_secret(
    session: Session, waiting: Client
) -> None:
    give(waiting, code())

    event = session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "account.factor.use")
    ).one()
    assert event.after == {"kind": "totp", "name": "Téléphone"}
