"""To the provider and back (network-a 4.1 to 4.4): who goes, what comes, what is refused."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app import create_app
from app.core import clock, tokens
from app.enums import SamlPurpose
from app.extensions import db
from app.integrations.saml import ServiceProvider, make_service_provider
from app.models import LoginSession, PCeen, SamlRequest, SamlSeen, SsoLink, TriedTooOften
from app.modules.sso.routes import refusals
from app.modules.sso.service.requests import REQUEST_LASTS, TICKET_LASTS
from app.settings import SamlSettings
from tests.client import Client
from tests.conftest import Login, settings_of
from tests.factories import PCeenFactory, base as factories
from tests.modules.account.people import HASH, copied, is_logged_in, log_in, new_browser, someone
from tests.modules.sso.school import EMAIL, School, events, reasons
from tests.saml.forge import Forge
from tests.saml.keys import pair

SECOND = timedelta(seconds=1)
CANCELLED = "urn:oasis:names:tc:SAML:2.0:status:Responder"


def logins(session: Session) -> int:
    return session.scalars(sa.select(sa.func.count(LoginSession.id))).one()


# --- the way there


def test_the_button_is_a_form_that_may_lead_to_the_provider_and_stores_nothing(
    school: School, session: Session, client: Client
) -> None:
    answer = client.get("/saml/login?next=/rooms/register?hello=1")
    page = client.open_page("/saml/login?next=/rooms/register?hello=1")

    policy = answer.headers["Content-Security-Policy"]
    assert "form-action 'self' https://idp.example.org;" in policy
    assert page.html.select_one("form[data-press]")["action"] == "/saml/login"
    assert page.html.select_one("main input[name=next]")["value"] == "/rooms/register?hello=1"
    assert session.scalars(sa.select(SamlRequest)).all() == []
    assert "idp.example.org" not in client.get("/login").headers["Content-Security-Policy"]


def test_one_leaves_from_where_one_comes_back_to(school: School, client: Client) -> None:
    answer = client.get("/saml/login?next=/rooms/register?hello=1", base_url="http://127.0.0.1")

    assert answer.status_code == 302
    assert answer.location == "http://localhost/saml/login?next=/rooms/register?hello%3D1"


def test_leaving_is_written_down_for_this_browser_and_ten_minutes(
    school: School, session: Session, client: Client
) -> None:
    request_id = school.leave(client, "/contact")

    asked = session.scalars(sa.select(SamlRequest)).one()
    assert (asked.request_id, asked.purpose, asked.next) == (
        request_id,
        SamlPurpose.login,
        "/contact",
    )
    with client.session_transaction() as cookie:
        assert asked.browser_hash == tokens.digest(cookie["saml"])
    assert abs(asked.expires_at - clock.now() - REQUEST_LASTS) < timedelta(seconds=20)


@pytest.mark.parametrize("then", ["//evil.example", "/saml/login", "/logout", "javascript:1"])
def test_one_is_sent_to_pages_of_ours_alone(
    school: School, session: Session, client: Client, then: str
) -> None:
    answer = school.enter(client, then)

    assert answer.headers["Location"] == "/"


def test_what_a_form_says_of_the_page_to_go_to_is_checked_again(
    school: School, client: Client
) -> None:
    ticket = school.ticket(school.says(school.leave(client)))

    answer = client.post("/saml/finish", data={"ticket": ticket, "next": "//evil.example"})

    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("state", ["//evil", "javascript:1", "x" * 10_000, "_0"])
def test_a_relay_state_is_ignored(school: School, client: Client, state: str) -> None:
    request_id = school.leave(client, "/contact")

    ticket = school.ticket(school.says(request_id), RelayState=state)

    assert school.finish(client, ticket).headers["Location"] == "/contact"


def test_who_is_logged_in_already_goes_on(school: School, session: Session, login: Login) -> None:
    browser = login(PCeenFactory())

    for method in (browser.get, browser.post):
        answer = method("/saml/login?next=/contact")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/contact")


def test_the_metadata_are_ours(school: School, client: Client) -> None:
    answer = client.get("/saml/metadata")

    assert answer.mimetype == "application/samlmetadata+xml"
    assert b"http://localhost/saml/acs" in answer.data


# --- what comes back


def test_another_browser_does_not_finish_and_the_ticket_is_used_up(
    school: School, session: Session, client: Client, app: Flask
) -> None:
    thief = new_browser(app)
    school.leave(thief)
    ticket = school.ticket(school.says(school.leave(client)))

    assert thief.post("/saml/finish", data={"ticket": ticket}).status_code == 400
    assert client.post("/saml/finish", data={"ticket": ticket}).status_code == 400

    assert (logins(session), is_logged_in(thief)) == (0, False)
    assert reasons(session) == ["opened in another browser", "no such ticket, or no longer"]


def test_a_browser_that_never_left_is_shown_the_neutral_page(
    school: School, client: Client, app: Flask
) -> None:
    ticket = school.ticket(school.says(school.leave(client)))
    other = new_browser(app)

    answer = other.get(f"/saml/finish?ticket={ticket}")

    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers


def test_the_page_of_the_ticket_tells_nobody_its_address(school: School, client: Client) -> None:
    ticket = school.ticket(school.says(school.leave(client)))

    answer = client.get(f"/saml/finish?ticket={ticket}")

    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_ticket_is_good_once_and_for_a_minute(
    school: School, session: Session, client: Client, app: Flask
) -> None:
    other = new_browser(app)
    late = school.ticket(school.says(school.leave(other), subject="b", emails=["b@psl.eu"]))
    ticket = school.ticket(school.says(school.leave(client)))
    with time_machine.travel(clock.now() + TICKET_LASTS + SECOND, tick=False):
        assert other.post("/saml/finish", data={"ticket": late}).status_code == 400

    assert school.finish(client, ticket).status_code == 303
    assert client.post("/saml/finish", data={"ticket": ticket}).status_code == 400

    assert logins(session) == 1


def test_a_response_is_good_once(school: School, session: Session, client: Client) -> None:
    response = school.says(school.leave(client))
    school.finish(client, school.ticket(response))

    again = school.post(response)

    assert again.status_code == 400
    assert logins(session) == 1
    assert len(reasons(session)) == 1


def test_an_assertion_is_good_once_even_in_another_response(
    school: School, session: Session, client: Client
) -> None:
    response = school.says(school.leave(client))
    school.ticket(response)
    keys = session.scalars(sa.select(SamlSeen.key)).all()
    assert len(keys) == 2
    # The request is forgotten, as the nightly job would: what was seen is not.
    session.execute(sa.update(SamlRequest).values(ticket_hash=None, identity=None))
    session.commit()

    answer = school.post(response)

    assert answer.status_code == 400
    assert reasons(session) == ["the response or its assertion came before"]
    asked = session.scalars(sa.select(SamlRequest)).one()
    session.refresh(asked)
    assert asked.ticket_hash is None


def test_a_request_lasts_ten_minutes(school: School, session: Session, client: Client) -> None:
    begun = clock.now()
    with time_machine.travel(begun, tick=False):
        request_id = school.leave(client)
    with time_machine.travel(begun + REQUEST_LASTS + SECOND, tick=False):
        assert school.post(school.says(request_id)).status_code == 400
        assert reasons(session) == ["no such request, or no longer"]
    with time_machine.travel(begun + REQUEST_LASTS - SECOND, tick=False):
        school.ticket(school.says(request_id))


def test_a_response_to_nothing_is_refused(school: School, session: Session) -> None:
    assert school.post(school.says("_" + "0" * 40)).status_code == 400
    assert session.scalars(sa.select(SamlSeen)).all() == []


@pytest.mark.parametrize("response", ["", "%%%", "x" * 5_000_000], ids=["empty", "bad", "long"])
def test_nonsense_is_the_neutral_page(school: School, session: Session, response: str) -> None:
    answer = school.post(response)

    assert answer.status_code == 400
    assert "n'a pas marché" in answer.text
    assert "/login" in answer.text
    assert "incident" in answer.text
    assert len(reasons(session)) == 1


def test_a_response_of_another_key_is_the_neutral_page_and_changes_nothing(
    school: School, session: Session, client: Client
) -> None:
    request_id = school.leave(client)

    answer = school.post(school.says(request_id, keys=pair("other")))

    assert answer.status_code == 400
    (reason,) = reasons(session)
    assert reason
    assert reason not in answer.text
    assert session.scalars(sa.select(SamlSeen)).all() == []
    school.ticket(school.says(request_id))  # the request itself is as good as before


def test_refusals_are_written_down_so_often_from_one_address(
    school: School, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "_WRITTEN", SimpleNamespace(check=refuse_all, count=None))

    assert school.post("").status_code == 400
    assert reasons(session) == []


def refuse_all(_session: Session, _key: object) -> None:
    raise TriedTooOften(minutes=1, seconds=1)


def test_who_gives_up_at_the_provider_is_told_so_kindly(
    school: School, session: Session, client: Client
) -> None:
    request_id = school.leave(client)

    answer = school.post(school.says(request_id, status=[CANCELLED]))

    assert answer.status_code == 200
    assert "/login" in answer.text
    assert reasons(session) == []
    assert school.enter(client).status_code == 303


def test_the_provider_sends_and_nobody_reads(school: School, client: Client) -> None:
    assert client.get("/saml/acs").status_code == 405


def test_what_the_provider_sends_leaves_the_visitor_as_they_were(
    school: School, session: Session, login: Login
) -> None:
    browser = login(PCeenFactory())

    answer = browser.post("/saml/acs", data={"SAMLResponse": "%%%"})

    assert "Set-Cookie" not in answer.headers
    assert is_logged_in(browser)


# --- proving again


def linked(**values: object) -> PCeen:
    return someone(espci_email=EMAIL, espci_sso_enabled=True, **values)


def prove(school: School, browser: Client, **said: object) -> int:
    request_id = school.leave(browser, "/profile/modify_account")
    return school.finish(browser, school.ticket(school.says(request_id, **said))).status_code


def make_old(session: Session) -> None:
    session.execute(sa.update(LoginSession).values(proved_at=None))
    session.commit()


def proved(session: Session) -> bool:
    session.expire_all()
    return session.scalars(sa.select(LoginSession.proved_at)).one() is not None


def test_the_school_proves_who_is_there(school: School, session: Session, login: Login) -> None:
    browser = login(linked())
    assert "/saml/login" in browser.get("/reauth?next=/profile/").text
    request_id = school.leave(browser, "/profile/modify_account")

    # They typed their password there a moment after they left.
    answer = school.finish(
        browser, school.ticket(school.says(request_id, times={"logged_in": clock.now()}))
    )

    assert answer.headers["Location"] == "/profile/modify_account"
    assert proved(session)
    assert logins(session) == 1


def test_a_former_log_in_at_the_school_proves_nothing(
    school: School, session: Session, login: Login
) -> None:
    browser = login(linked())
    request_id = school.leave(browser)
    before = clock.now() - timedelta(seconds=61)

    assert school.post(school.says(request_id, times={"logged_in": before})).status_code == 400
    assert not proved(session)


def test_someone_else_at_the_school_proves_nothing(
    school: School, session: Session, login: Login
) -> None:
    browser = login(linked())
    PCeenFactory(espci_email="bob@espci.psl.eu", espci_sso_enabled=True)

    for email in ("bob@espci.psl.eu", "nobody@espci.psl.eu"):
        assert prove(school, browser, emails=[email], subject=None) == 400

    assert not proved(session)
    assert reasons(session) == ["a proof by someone else"] * 2


def test_a_proof_is_for_the_log_in_that_asked(
    school: School, session: Session, login: Login, app: Flask
) -> None:
    browser = login(linked(username="ada", password_hash=HASH))
    request_id = school.leave(browser)
    ticket = school.ticket(school.says(request_id, times={"logged_in": clock.now()}))
    with browser.session_transaction() as cookie:
        kept = cookie["saml"]
    other = new_browser(app)
    log_in(other, "ada")
    make_old(session)
    with other.session_transaction() as cookie:
        cookie["saml"] = kept

    assert other.post("/saml/finish", data={"ticket": ticket}).status_code == 400
    assert reasons(session) == ["a proof for another log-in"]


def test_who_is_not_linked_is_not_offered_it(
    school: School, session: Session, login: Login
) -> None:
    assert "/saml/login" not in login(PCeenFactory()).get("/reauth").text


# --- without a provider


def test_without_a_configuration_there_is_no_sso(client: Client) -> None:
    for path in ("/saml/metadata", "/saml/login", "/saml/finish", "/saml/link", "/saml/link/x"):
        assert client.get(path).status_code == 404, path
    for path in ("/saml/login", "/saml/acs", "/saml/finish", "/saml/link"):
        assert client.post(path).status_code == 404, path
    for path in ("/login", "/register", "/auth_needed"):
        assert "ESPCI</span>" not in client.get(path).text


@pytest.fixture
def unreachable(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ServiceProvider:
    saml = SamlSettings(idp_metadata_file=tmp_path / "not there yet.xml")
    made = make_service_provider(settings_of("sqlite://", saml=saml))
    assert made is not None
    monkeypatch.setitem(app.extensions, "saml", made)
    return made


def test_while_the_provider_is_away_one_logs_in_otherwise(
    unreachable: ServiceProvider, client: Client, session: Session
) -> None:
    for path in ("/login", "/register", "/auth_needed"):
        page = client.open_page(path)
        assert page.html.select_one("main button[disabled]").get_text(strip=True) == "Compte ESPCI"
        assert "ne marche pas pour l'instant" in page.text("main")
        assert page.html.select("main a[href^='/saml']") == []
    for answer in (client.get("/saml/login"), client.post("/saml/login"), client.post("/saml/acs")):
        assert answer.status_code == 503
        assert "/login" in answer.text
    assert client.get("/saml/metadata").status_code == 200
    assert session.scalars(sa.select(SamlRequest)).all() == []


def test_the_button_is_a_link_everywhere_else(school: School, client: Client) -> None:
    for path in ("/login", "/register", "/auth_needed"):
        page = client.open_page(f"{path}?next=/contact")
        (link,) = page.html.select("main a[href^='/saml']")
        assert link["href"] == "/saml/login?next=/contact"


def state_of(metadata: str, started: object, begun: object, told: object) -> None:
    """A worker: its application, asked before and after the metadata come."""
    saml = SamlSettings(idp_metadata_file=Path(metadata))
    app = create_app(settings_of("sqlite://", saml=saml))
    provider = app.extensions["saml"]
    before = provider.is_available
    started.put(before)  # type: ignore[attr-defined]
    begun.wait(20)  # type: ignore[attr-defined]
    told.put(provider.is_available)  # type: ignore[attr-defined]


@pytest.mark.once
def test_four_workers_see_a_provider_that_comes_without_a_restart(tmp_path: Path) -> None:
    context = get_context("fork")
    started, begun, told = context.Queue(), context.Event(), context.Queue()
    metadata = tmp_path / "idp.xml"
    arguments = (str(metadata), started, begun, told)
    workers = [context.Process(target=state_of, args=arguments) for _ in range(4)]
    for worker in workers:
        worker.start()
    assert [started.get(timeout=20) for _ in workers] == [False] * 4
    metadata.write_bytes(Forge().metadata())
    begun.set()

    assert [told.get(timeout=20) for _ in workers] == [True] * 4
    for worker in workers:
        worker.join(20)


# --- several at once


@pytest.fixture
def crowd(
    shared: Flask, provider: ServiceProvider, monkeypatch: pytest.MonkeyPatch
) -> Iterator[School]:
    """The provider, on a database that several threads write to for real."""
    monkeypatch.setitem(shared.extensions, "saml", provider)
    with shared.app_context():
        factories.use(db.session())
        yield School(shared, Forge())


def test_of_sixteen_posts_of_one_response_one_is_taken(crowd: School) -> None:
    browser = new_browser(crowd.app)
    response = crowd.says(crowd.leave(browser))

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda _: crowd.post(response), range(16)))

    assert Counter(answer.status_code for answer in answers) == {303: 1, 400: 15}
    (place,) = {a.headers["Location"] for a in answers if a.status_code == 303}
    ticket = place.removeprefix("/saml/finish?ticket=")
    with ThreadPoolExecutor(8) as threads:
        copies = [browser, *(copied(crowd.app, browser) for _ in range(7))]
        ends = list(threads.map(lambda b: b.post("/saml/finish", data={"ticket": ticket}), copies))
    assert Counter(answer.status_code for answer in ends) == {303: 1, 400: 7}
    session = db.session()
    session.rollback()
    assert logins(session) == 1


def test_of_eight_first_log_ins_of_one_student_one_account_is_made(crowd: School) -> None:
    browsers = [new_browser(crowd.app, f"192.0.2.{n}") for n in range(10, 18)]
    tickets = [crowd.ticket(crowd.says(crowd.leave(browser))) for browser in browsers]

    def end(number: int) -> int:
        return browsers[number].post("/saml/finish", data={"ticket": tickets[number]}).status_code

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(end, range(8))) == {303}

    session = db.session()
    session.rollback()
    assert session.scalars(sa.select(sa.func.count(PCeen.id))).one() == 1
    assert logins(session) == 8
    assert session.scalars(sa.select(SsoLink)).all() == []
    assert len(events(session, "sso.account.create")) == 1
