"""How a log-in begins and ends."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.core import clock, passwords
from app.enums import LoginMethod, TokenPurpose
from app.extensions import db
from app.models import Attempt, AuditEvent, LoginSession, OneTimeToken, PCeen
from app.modules.account import queries as reads
from app.modules.account.errors import NoSuchSession
from app.modules.account.jobs import FORGET_OLD
from app.modules.account.service import links, sessions
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories import base as factories
from tests.modules.account.people import (
    HASH,
    OTHER,
    PASSWORD,
    actions,
    copied,
    is_logged_in,
    log_in,
    new_browser,
    someone,
    try_log_in,
)

NOON = "2026-03-14T12:00:00+00:00"


# --- beginning


@pytest.mark.parametrize("name", ["ada", "ADA", " ada ", "ada@example.org", "Ada@EXAMPLE.org"])
def test_one_logs_in_with_a_username_or_an_address_in_any_case(
    session: Session, client: Client, name: str
) -> None:
    someone(username="ada", email="ada@example.org")

    assert is_logged_in(log_in(client, name))


def test_an_international_address_logs_in_as_its_owner_writes_it(
    session: Session, client: Client
) -> None:
    someone(email="ada@xn--bcher-kva.example.org")

    assert is_logged_in(log_in(client, "Ada@B\u00fccher.example.org"))


def test_a_log_in_leads_to_the_page_that_was_wanted(session: Session, client: Client) -> None:
    someone(username="ada")

    data = {"identifier": "ada", "password": PASSWORD}
    response = client.post("/login?next=/profile/?a=1%26b=%2520x", data=data)

    assert (response.status_code, response.headers["Location"]) == (303, "/profile/?a=1&b=%20x")


def test_a_log_in_is_greeted_in_the_language_of_the_account(
    session: Session, client: Client
) -> None:
    someone(username="ada", prenom="Ada", locale="en")

    page = client.submit("/login", identifier="ada", password=PASSWORD)

    assert page.flashes == ["Hello Ada!"]


def test_a_first_log_in_activates_the_account_and_chooses_its_language(
    session: Session, client: Client
) -> None:
    ada = someone(activated=False, locale=None)

    log_in(client, ada.username)

    session.expire_all()
    assert (ada.activated, ada.locale) == (True, "fr")
    assert actions(session)[-1] == "account.login.succeed"


def test_a_log_in_keeps_the_language_chosen_before(session: Session, client: Client) -> None:
    ada = someone(locale="en")

    log_in(client, ada.username)

    session.expire_all()
    assert ada.locale == "en"


def test_a_log_in_always_makes_a_new_session(session: Session, client: Client) -> None:
    ada = someone()

    seen = set()
    for _ in range(2):
        log_in(client, ada.username)
        with client.session_transaction() as cookie:
            seen.add(cookie["_user_id"])
        client.post("/logout")

    assert len(seen) == 2


def test_what_a_visitor_had_in_their_cookie_is_gone_once_logged_in(
    session: Session, client: Client
) -> None:
    someone(username="ada")
    with client.session_transaction() as cookie:
        cookie["left by a stranger"] = 1

    log_in(client, "ada")

    with client.session_transaction() as cookie:
        assert "left by a stranger" not in cookie


def test_the_cookie_holds_a_secret_of_which_only_a_digest_is_kept(
    session: Session, client: Client
) -> None:
    log_in(client, someone().username)

    with client.session_transaction() as cookie:
        secret = cookie["_user_id"]
    (login,) = session.scalars(sa.select(LoginSession))
    assert secret != login.token_hash
    assert len(login.token_hash) == 64


@pytest.mark.parametrize(("remember", "days"), [({}, None), ({"remember": "y"}, 90)])
def test_a_cookie_outlives_the_browser_only_if_one_asked(
    session: Session, client: Client, remember: dict[str, str], days: int | None
) -> None:
    someone(username="ada")

    log_in(client, "ada", **remember)

    cookie = client.get_cookie("session")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    if days is None:
        assert cookie.expires is None
    else:
        assert cookie.expires is not None
        assert abs(cookie.expires - clock.now() - timedelta(days=days)) < timedelta(minutes=1)


def test_a_hash_with_other_settings_is_renewed(session: Session, client: Client) -> None:
    old = passwords._hasher.__class__(time_cost=2, memory_cost=8, parallelism=1)
    ada = someone(password_hash=old.hash(PASSWORD))

    log_in(client, ada.username)

    session.expire_all()
    assert "t=1" in str(ada.password_hash)
    assert passwords.matches(PASSWORD, ada.password_hash)


def test_who_is_logged_in_is_sent_on(session: Session, login: Login) -> None:
    response = login(someone()).get("/login?next=/profile/")

    assert (response.status_code, response.headers["Location"]) == (302, "/profile/")


# --- failing


FAILURES = {
    "unknown": ("nobody", PASSWORD),
    "wrong": ("ada", OTHER),
    "without": ("sso", PASSWORD),
    "disabled": ("gone", PASSWORD),
    "long": ("ada", "x" * 10_000),
    "nul": ("ada", "a\0b"),
}


@pytest.fixture
def cast(session: Session) -> None:
    someone(username="ada")
    someone(username="sso", password_hash=None)
    someone(username="gone", disabled_at=datetime(2026, 1, 1, tzinfo=UTC))


def body_of(response: TestResponse, name: str) -> str:
    """The page, without what was typed and the secrets of its forms."""
    page = Page(response).html
    for element in page.select("[name=csrf_token], [name=csrf-token], #identifier"):
        element.decompose()
    return str(page)


def test_all_failures_look_alike(cast: None, app: Flask) -> None:
    answers = set()
    for name, password in FAILURES.values():
        response = try_log_in(new_browser(app), name, password)
        answers.add((response.status_code, body_of(response, name)))

    ((status, body),) = answers
    assert status == 422
    assert "Identifiant ou mot de passe incorrect." in body
    assert PASSWORD not in body


def test_all_failures_do_as_much_work(
    cast: None, app: Flask, queries: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[int] = []
    hasher = passwords._hasher

    class Counting:
        def verify(self, kept: str, password: str) -> bool:
            verified.append(1)
            return hasher.verify(kept, password)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    work = {}
    for reason, (name, password) in FAILURES.items():
        verified.clear()
        queries.clear()
        try_log_in(new_browser(app), name, password)
        work[reason] = (len(verified), [statement.split()[0] for statement in queries])

    assert {count for count, _ in work.values()} == {1}
    assert len({tuple(statements) for _, statements in work.values()}) == 1, work


def test_why_a_log_in_failed_is_written_down(cast: None, session: Session, app: Flask) -> None:
    for name, password in FAILURES.values():
        try_log_in(new_browser(app), name, password)

    events = session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "account.login.fail").order_by("id")
    )
    assert [event.reason for event in events] == [
        "unknown",
        "wrong password",
        "no local password",
        "disabled",
        "wrong password",
        "wrong password",
    ]


def test_a_failure_keeps_the_name_and_forgets_the_password(
    session: Session, client: Client
) -> None:
    page = client.submit("/login", status=422, identifier="<b>ada", password=PASSWORD)

    (name,) = page.html.select("#identifier")
    (secret,) = page.html.select("#password")
    assert (name["value"], secret.get("value", "")) == ("<b>ada", "")


@pytest.mark.parametrize("field", ["identifier", "password"])
def test_an_empty_field_is_said_to_be_missing(client: Client, field: str) -> None:
    data = {"identifier": "ada", "password": PASSWORD, field: ""}

    page = client.submit("/login", status=422, **data)

    assert page.text(f"#{field}-errors") == "Ce champ est obligatoire."


@pytest.mark.parametrize("name", ["' OR 1=1 --", "%", "a\u0301da", "ada\u202e", "x" * 121, "*"])
def test_a_nonsensical_name_logs_nobody_in(session: Session, client: Client, name: str) -> None:
    someone(username="ada")

    assert try_log_in(client, name).status_code == 422


# --- too many failures


@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_the_eleventh_failure_for_a_name_is_too_many(
    session: Session, app: Flask, name: str
) -> None:
    someone(username="ada")
    with time_machine.travel(NOON, tick=False) as time:
        statuses = [
            try_log_in(new_browser(app, f"192.0.2.{n}"), spelt, OTHER).status_code
            for n, spelt in enumerate([name, name.upper()] * 5)
        ]
        last = try_log_in(new_browser(app), name, OTHER)

        assert statuses == [422] * 10
        assert last.status_code == 429
        assert 0 < int(last.headers["Retry-After"]) <= 301
        assert f'value="{name}"' in last.text
        time.shift(timedelta(seconds=int(last.headers["Retry-After"])))
        assert try_log_in(new_browser(app), name, OTHER).status_code == 422


def fail(app: Flask, times: int, name: str = "ada", address: str = "198.51.100.1") -> None:
    for _ in range(times):
        try_log_in(new_browser(app, address), name, OTHER)


def test_even_the_right_password_waits(session: Session, app: Flask) -> None:
    someone(username="ada")
    fail(app, 10)

    assert try_log_in(new_browser(app), "ada").status_code == 429


def test_the_browser_of_the_owner_is_not_locked_out(session: Session, app: Flask) -> None:
    someone(username="ada")
    owner = log_in(new_browser(app), "ada")
    owner.post("/logout")
    fail(app, 15)

    assert is_logged_in(log_in(owner, "ada"))


def test_a_known_browser_may_fail_ten_times_too(session: Session, app: Flask) -> None:
    someone(username="ada")
    owner = log_in(new_browser(app), "ada")
    owner.post("/logout")

    statuses = [try_log_in(owner, "ada", OTHER).status_code for _ in range(11)]

    assert statuses == [422] * 10 + [429]


def test_a_browser_known_by_one_account_is_not_by_another(session: Session, app: Flask) -> None:
    someone(username="ada")
    someone(username="eve")
    eve = log_in(new_browser(app), "eve")
    eve.post("/logout")
    fail(app, 10)

    assert try_log_in(eve, "ada").status_code == 429


@pytest.mark.parametrize("cookie", ["", "x", "e30.x", "{}", "e30"])
def test_a_forged_keepsake_opens_nothing(session: Session, app: Flask, cookie: str) -> None:
    someone(username="ada")
    fail(app, 10)
    eve = new_browser(app)
    eve.set_cookie("known", cookie)

    assert try_log_in(eve, "ada").status_code == 429


def test_an_address_fails_twenty_times_whatever_the_names(session: Session, app: Flask) -> None:
    someone(username="ada")
    for number in range(20):
        fail(app, 1, name=f"n{number}")

    assert try_log_in(new_browser(app, "198.51.100.1"), "ada").status_code == 429
    assert try_log_in(new_browser(app, "198.51.100.2"), "ada").status_code == 303


def test_a_network_of_ipv6_counts_as_one_address(session: Session, app: Flask) -> None:
    someone(username="ada")
    for number in range(20):
        fail(app, 1, name=f"n{number}", address=f"2001:db8::{number:x}")

    assert try_log_in(new_browser(app, "2001:db8::ffff:1"), "ada").status_code == 429
    assert try_log_in(new_browser(app, "2001:db8:0:1::1"), "ada").status_code == 303


def test_the_whole_site_fails_three_hundred_times(session: Session, app: Flask) -> None:
    someone(username="ada")
    for _ in range(300):
        sessions.FAILED_IN_ALL.count(session, "")
    session.commit()

    assert try_log_in(new_browser(app), "ada").status_code == 429


def test_a_refused_attempt_is_not_counted(session: Session, app: Flask) -> None:
    with time_machine.travel(NOON, tick=False) as time:
        fail(app, 10)
        time.shift(timedelta(minutes=4))
        fail(app, 5)  # refused
        time.shift(timedelta(minutes=1, seconds=1))

        assert try_log_in(new_browser(app), "ada", OTHER).status_code == 422


# --- ending


def test_looking_at_the_page_to_log_out_logs_nobody_out(session: Session, login: Login) -> None:
    browser = login(someone())

    browser.open_page("/logout")

    assert is_logged_in(browser)


def test_logging_out_ends_the_session_on_the_server(session: Session, login: Login) -> None:
    browser = login(someone())

    page = browser.submit("/logout")

    assert page.flashes == ["À bientôt !"]
    assert not is_logged_in(browser)
    assert session.scalars(sa.select(LoginSession)).all() == []
    assert "account.login.end" in actions(session)


def test_logging_out_twice_is_no_error(client: Client) -> None:
    assert client.post("/logout").status_code == 303


def log_out(browser: Client, ada: PCeen, session: Session) -> None:
    browser.post("/logout")


def change_password(browser: Client, ada: PCeen, session: Session) -> None:
    data = {"current_password": PASSWORD, "password": OTHER, "password_confirm": OTHER}
    assert browser.post("/profile/update_password", data=data).status_code == 303


def reset(browser: Client, ada: PCeen, session: Session) -> None:
    links.make(session, pceen=ada, purpose=TokenPurpose.reset_password, secret="s")
    session.commit()
    other = new_browser(browser.application)
    data = {"password": OTHER, "password_confirm": OTHER}
    assert other.post("/reset_password/s", data=data).status_code == 303


def disable(browser: Client, ada: PCeen, session: Session) -> None:
    ada.disabled_at = clock.now()
    session.commit()


def revoke_others(browser: Client, ada: PCeen, session: Session) -> None:
    other = log_in(new_browser(browser.application), ada.username)
    assert other.post("/profile/sessions/revoke_others").status_code == 303


@pytest.mark.parametrize("ends", [log_out, reset, disable, revoke_others])
def test_a_copied_cookie_is_worth_nothing_once_the_log_in_is_over(
    session: Session, app: Flask, ends: Any
) -> None:
    ada = someone()
    owner = log_in(new_browser(app), ada.username, remember="y")
    thief = copied(app, owner)
    assert is_logged_in(thief)

    ends(owner, ada, session)

    assert not is_logged_in(thief)


def test_changing_the_password_ends_every_other_log_in(session: Session, app: Flask) -> None:
    ada = someone()
    owner, thief = (log_in(new_browser(app), ada.username) for _ in range(2))

    change_password(owner, ada, session)

    assert is_logged_in(owner)
    assert not is_logged_in(thief)


def test_a_cookie_copied_before_a_password_change_is_worth_nothing(
    session: Session, app: Flask
) -> None:
    ada = someone()
    owner = log_in(new_browser(app), ada.username)
    thief = copied(app, owner)

    change_password(owner, ada, session)

    assert not is_logged_in(thief)


def test_one_ends_a_log_in_that_one_does_not_recognise(session: Session, app: Flask) -> None:
    ada = someone()
    owner, thief = (log_in(new_browser(app), ada.username) for _ in range(2))
    session.expire_all()
    key = max(login.id for login in session.scalars(sa.select(LoginSession)))

    page = owner.submit(f"/profile/sessions/{key}/revoke")

    assert page.flashes[-1] == "Cette connexion est terminée."
    assert len(page.html.select("tbody tr")) == 1
    assert is_logged_in(owner)
    assert not is_logged_in(thief)


@pytest.mark.parametrize("key", ["0", "999999", "99999999999999999999", "9" * 400, "x", "-1"])
def test_a_log_in_that_does_not_exist_is_not_found(
    session: Session, login: Login, key: str
) -> None:
    assert login(someone()).post(f"/profile/sessions/{key}/revoke").status_code == 404


def test_the_log_in_of_somebody_else_does_not_exist(session: Session, login: Login) -> None:
    theirs = LoginSession(pceen=someone(), method=LoginMethod.password)
    session.add(theirs)
    session.commit()

    assert login(someone()).post(f"/profile/sessions/{theirs.id}/revoke").status_code == 404

    session.expire_all()
    assert session.get(LoginSession, theirs.id) is not None
    with pytest.raises(NoSuchSession):
        reads.own_session(session, someone(), theirs.id)


def test_the_list_of_log_ins_tells_which_is_this_one(session: Session, app: Flask) -> None:
    ada = someone()
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
    browser = new_browser(app)
    browser.environ_base["HTTP_USER_AGENT"] = agent
    log_in(browser, ada.username)
    log_in(new_browser(app, "198.51.100.9"), ada.username)

    page = browser.open_page("/profile/sessions")

    rows = page.texts("tbody tr")
    assert len(rows) == 2
    (here,) = [row for row in rows if "celle-ci" in row]
    assert "Firefox, Linux" in here
    assert "192.0.2.1" in here
    assert any("198.51.100.9" in row for row in rows)


def test_a_log_in_that_is_over_is_not_listed(session: Session, app: Flask) -> None:
    ada = someone()
    with time_machine.travel(NOON, tick=False) as time:
        log_in(new_browser(app), ada.username)
        time.shift(timedelta(hours=13))
        browser = log_in(new_browser(app), ada.username)

        assert len(browser.open_page("/profile/sessions").html.select("tbody tr")) == 1


def test_a_long_list_of_log_ins_takes_no_more_queries(
    session: Session, login: Login, queries: list[str]
) -> None:
    ada = someone()
    browser = login(ada)

    def cost() -> int:
        queries.clear()
        browser.open_page("/profile/sessions")
        return len(queries)

    cost()
    cost_of_one = cost()
    session.add_all(LoginSession(pceen=ada, method=LoginMethod.password) for _ in range(5))
    session.commit()
    assert cost() == cost_of_one


# --- the clock of a log-in


@pytest.fixture
def everyday(shared: Flask) -> Flask:
    """The site as it runs: that one was seen is written on a connection of its own."""
    with shared.app_context():
        factories.use(db.session())
        someone(username="ada")
    return shared


SECOND = timedelta(seconds=1)


def alive_after(app: Flask, name: str, *steps: timedelta, **fields: str) -> list[bool]:
    """Whether a log-in of noon still lives after each step."""
    with time_machine.travel(NOON, tick=False) as time:
        browser = log_in(new_browser(app), name, **fields)
        answers = []
        for step in steps:
            time.shift(step)
            answers.append(is_logged_in(browser))
        return answers


HOURS_12, DAYS_30, DAYS_90 = timedelta(hours=12), timedelta(days=30), timedelta(days=90)


@pytest.mark.parametrize(
    ("idle", "remember", "alive"),
    [
        (HOURS_12 - SECOND, {}, True),
        (HOURS_12 + SECOND, {}, False),
        (DAYS_30 - SECOND, {"remember": "y"}, True),
        (DAYS_30 + SECOND, {"remember": "y"}, False),
    ],
)
def test_a_log_in_sleeps_so_long_and_no_more(
    session: Session, app: Flask, idle: timedelta, remember: dict[str, str], *, alive: bool
) -> None:
    assert alive_after(app, someone().username, idle, **remember) == [alive]


def test_a_log_in_in_use_lives_on(everyday: Flask) -> None:
    assert alive_after(everyday, "ada", *[timedelta(hours=11)] * 4) == [True] * 4


def test_a_remembered_log_in_lives_ninety_days_at_most(everyday: Flask) -> None:
    steps = [timedelta(days=29)] * 3 + [timedelta(days=3) - SECOND, 2 * SECOND]

    answers = alive_after(everyday, "ada", *steps, remember="y")

    assert answers == [True, True, True, True, False]


@pytest.mark.parametrize("remember", [{}, {"remember": "y"}])
def test_the_log_in_of_a_gri_lives_twelve_hours_in_all(
    session: Session, app: Flask, remember: dict[str, str]
) -> None:
    gri = someone(slugs=["gri"])
    steps = [timedelta(hours=6), timedelta(hours=6) - SECOND, 2 * SECOND]

    assert alive_after(app, gri.username, *steps, **remember) == [True, True, False]


def test_reading_writes_that_one_was_seen_every_five_minutes_only(everyday: Flask) -> None:
    def seen() -> datetime:
        with everyday.app_context():
            return db.session.execute(sa.select(LoginSession.seen_at)).scalar_one()

    with time_machine.travel(NOON, tick=False) as time:
        browser = log_in(new_browser(everyday), "ada")
        begun = seen()
        time.shift(timedelta(minutes=4))
        browser.get("/profile/")
        assert seen() == begun
        time.shift(timedelta(minutes=1))
        browser.get("/profile/")

        assert seen() == clock.now()


@pytest.mark.parametrize("value", ["", "x", "\0", "é", None])
def test_a_cookie_of_ours_with_nonsense_in_it_logs_nobody_in(client: Client, value: Any) -> None:
    with client.session_transaction() as cookie:
        cookie["_user_id"] = value

    assert not is_logged_in(client)


def test_what_is_over_is_forgotten_after_three_months(session: Session) -> None:
    ada = someone()
    with time_machine.travel("2026-01-01T12:00:00+00:00", tick=False):
        session.add(LoginSession(pceen=ada, method=LoginMethod.password))
        links.make(session, pceen=ada, purpose=TokenPurpose.invitation, secret="old")
        sessions.FAILED_IN_ALL.count(session, "")
        session.commit()
    with time_machine.travel("2026-06-01T12:00:00+00:00", tick=False):
        session.add(LoginSession(pceen=ada, method=LoginMethod.invitation))
        links.make(session, pceen=ada, purpose=TokenPurpose.confirm_email, secret="new")
        sessions.FAILED_IN_ALL.count(session, "")
        session.commit()

        FORGET_OLD.run(session)

    assert [row.method for row in session.scalars(sa.select(LoginSession))] == [
        LoginMethod.invitation
    ]
    (token,) = session.scalars(sa.select(OneTimeToken))
    assert token.purpose is TokenPurpose.confirm_email
    assert len(session.scalars(sa.select(Attempt)).all()) == 1


def test_a_hash_of_a_test_is_the_password_of_a_test() -> None:
    assert passwords.matches(PASSWORD, HASH)
