"""One's second factors: adding, naming, removing them, and the codes on paper."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.models import SECOND_FACTOR_GRIS, LoginSession, PCeen, RecoveryCode, SecondFactor
from app.modules.account.mails import FactorAdded, FactorRemoved
from app.modules.account.service import sessions
from tests.client import Client
from tests.conftest import Login, Outbox
from tests.factories import PCeenFactory
from tests.modules.account.factors import (
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
from tests.modules.account.people import actions, new_browser, someone, try_log_in

HERE = "/profile/second_factor"
CONFIRM = f"{HERE}/totp/confirm"


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-03-14T12:00:00+00:00", tick=False) as clock_:
        yield clock_


@pytest.fixture
def ada(session: Session) -> PCeen:
    return someone(username="ada", slugs=["gri"])


@pytest.fixture
def browser(app: Flask, ada: PCeen) -> Client:
    return logged_in(app, ada)


def key_shown(browser: Client) -> str:
    return browser.open_page(CONFIRM).text(".copy-value").replace(" ", "")


# --- an application of codes


def test_an_application_counts_once_it_shows_its_first_code(
    app: Flask, session: Session, ada: PCeen, browser: Client, outbox: Outbox
) -> None:
    page = browser.submit(f"{HERE}/totp", came_from=HERE)
    assert page.text("h1") == "Application de codes"
    assert page.html.select("svg.qr")
    (factor,) = factors_of(session, ada)
    assert factor.confirmed_at is None
    key = key_shown(browser)
    assert key not in (factor.secret or "")
    (link,) = page.html.select('a[href^="otpauth:"]')
    assert f"secret={key}" in str(link["href"])
    assert str(link["href"]).startswith("otpauth://totp/PC%20est%20magique:ada?")

    answer = browser.post(CONFIRM, data={"code": code(key=key), "name": "Mon téléphone"})

    assert (answer.status_code, answer.headers["Location"]) == (303, f"{HERE}/recovery")
    (factor,) = factors_of(session, ada)
    assert (factor.name, factor.confirmed_at) == ("Mon téléphone", clock.now())
    assert session.scalars(sa.select(LoginSession.second_at)).one() == clock.now()
    assert outbox() == [FactorAdded(to=ada.email or "", locale="fr", name="Mon téléphone")]
    assert actions(session)[-2:] == ["account.factor.add", "account.factor.confirm"]
    other = new_browser(app)
    assert try_log_in(other, "ada").headers["Location"] == "/login/second"


def test_the_code_that_confirms_it_does_not_log_in(
    app: Flask, session: Session, ada: PCeen, browser: Client
) -> None:
    browser.post(f"{HERE}/totp")
    key = key_shown(browser)
    browser.post(CONFIRM, data={"code": code(key=key), "name": "Tél"})

    other = new_browser(app)
    try_log_in(other, "ada")

    assert give(other, code(key=key)).status_code == 422
    assert give(other, code(key=key, steps=1)).status_code == 303


def test_a_wrong_first_code_is_told_and_the_key_stays(
    session: Session, ada: PCeen, browser: Client
) -> None:
    browser.post(f"{HERE}/totp")
    key = key_shown(browser)

    page = browser.submit(CONFIRM, status=422, code="000000", name="Tél")

    assert page.texts(".field-errors") == ["Ce code est faux, ou n'est plus valable."]
    assert key_shown(browser) == key
    assert factors_of(session, ada)[0].confirmed_at is None


def test_beginning_again_makes_another_key_and_forgets_the_first(
    session: Session, ada: PCeen, browser: Client
) -> None:
    keys = set()
    for _ in range(2):
        browser.post(f"{HERE}/totp")
        keys.add(key_shown(browser))

    assert len(keys) == 2
    assert len(factors_of(session, ada)) == 1


def test_once_it_counts_its_key_is_never_shown_again(app: Flask, ada: PCeen) -> None:
    give_totp(app, ada)

    assert logged_in(app, ada).get(CONFIRM).headers["Location"] == HERE


def test_ten_are_enough(app: Flask, session: Session, ada: PCeen, browser: Client) -> None:
    for _ in range(10):
        give_totp(app, ada)

    page = browser.submit(f"{HERE}/totp", came_from=HERE)

    assert page.flashes == ["Vous avez déjà 10 seconds facteurs : retirez-en un d'abord."]
    assert len(factors_of(session, ada)) == 10


def test_an_application_begun_and_left_is_forgotten(
    session: Session, ada: PCeen, browser: Client
) -> None:
    browser.post(f"{HERE}/totp")

    with transaction(session):
        sessions.forget_old(session, before=clock.now() + timedelta(seconds=1))

    assert factors_of(session, ada) == []


# --- names, removals


def test_a_factor_is_called_as_one_likes(
    app: Flask, session: Session, ada: PCeen, browser: Client
) -> None:
    key = give_totp(app, ada).id

    page = browser.submit(f"{HERE}/{key}/rename", name="<b>Vieux</b> téléphone")

    assert "<b>Vieux</b> téléphone" in page.texts("td.headline")
    assert actions(session)[-1] == "account.factor.rename"
    assert browser.submit(f"{HERE}/{key}/rename", status=422, name="").texts(".field-errors")


def test_without_the_last_one_the_password_is_enough_and_paper_is_void(
    app: Flask, session: Session, outbox: Outbox
) -> None:
    bob = protected(app, username="bob", can=[(T.write, S.role)])
    browser = logged_in(app, bob)
    (factor,) = factors_of(session, bob)

    page = browser.submit(f"{HERE}/{factor.id}/remove", came_from=HERE)

    assert page.flashes == ["Ce second facteur est retiré."]
    assert factors_of(session, bob) == []
    assert session.scalars(sa.select(RecoveryCode)).all() == []
    assert outbox() == [FactorRemoved(to=bob.email or "", locale="fr", name="Téléphone")]
    assert try_log_in(new_browser(app), "bob").headers["Location"] == "/"


def test_the_others_stay_and_so_does_paper(app: Flask, session: Session) -> None:
    bob = protected(app, username="bob", slugs=["gri"])
    give_totp(app, bob, name="Autre")
    first, _second = factors_of(session, bob)

    logged_in(app, bob).post(f"{HERE}/{first.id}/remove")

    assert [factor.name for factor in factors_of(session, bob)] == ["Autre"]
    assert codes_left(session, bob) == 1


def test_a_gri_keeps_the_last_one_as_long_as_gris_need_one(
    app: Flask, session: Session, ada: PCeen, browser: Client
) -> None:
    first, second = give_totp(app, ada).id, give_totp(app, ada, name="Autre").id
    SECOND_FACTOR_GRIS.set(session, value=True)
    session.commit()
    session.execute(sa.update(LoginSession).values(second_at=clock.now()))
    session.commit()

    assert browser.post(f"{HERE}/{first}/remove").status_code == 303
    page = browser.submit(f"{HERE}/{second}/remove", came_from=HERE)

    assert page.flashes == [
        "Ce second facteur est retiré.",
        "Un GRI doit garder un second facteur : ajoutez-en un autre, puis retirez-le.",
    ]
    assert [factor.id for factor in factors_of(session, ada)] == [second]
    assert "Retirer" not in page.text("table")


@pytest.mark.parametrize("what", ["rename", "remove"])
def test_those_of_another_do_not_exist(
    app: Flask, session: Session, browser: Client, what: str
) -> None:
    bob = protected(app)
    key = factors_of(session, bob)[0].id

    answer = browser.post(f"{HERE}/{key}/{what}", data={"name": "mine"})

    assert answer.status_code == 404
    assert factors_of(session, bob)[0].name == "Téléphone"


# --- paper


def test_ten_codes_are_shown_once_and_their_digests_kept(
    app: Flask, session: Session, ada: PCeen, browser: Client
) -> None:
    give_totp(app, ada)
    assert "Dix codes" in browser.open_page(f"{HERE}/recovery").text("main")

    page = browser.submit(f"{HERE}/recovery")

    codes = page.texts(".recovery-codes li")
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", one) for one in codes)
    kept = session.scalars(sa.select(RecoveryCode.code_hash)).all()
    assert len(kept) == 10
    assert not set(codes) & set(kept)
    assert not browser.open_page(f"{HERE}/recovery").texts(".recovery-codes li")
    other = new_browser(app)
    try_log_in(other, "ada")
    assert recover(other, codes[3]).status_code == 303
    assert codes_left(session, ada) == 9


def test_other_codes_cancel_the_former(
    app: Flask, session: Session, ada: PCeen, browser: Client
) -> None:
    give_totp(app, ada)
    (former, *_), (now, *_) = (
        browser.submit(f"{HERE}/recovery").texts(".recovery-codes li") for _ in range(2)
    )

    other = new_browser(app)
    try_log_in(other, "ada")

    assert recover(other, former).status_code == 422
    assert recover(other, now).status_code == 303
    assert actions(session).count("account.recovery.make") == 2


def test_there_is_no_paper_without_a_factor(session: Session, browser: Client) -> None:
    page = browser.submit(f"{HERE}/recovery", came_from=HERE)

    assert page.flashes == ["Ajoutez d'abord une application de codes, ou une clé d'accès."]
    assert session.scalars(sa.select(RecoveryCode)).all() == []


def test_who_has_no_code_left_is_told(app: Flask, ada: PCeen, browser: Client) -> None:
    give_totp(app, ada)
    assert "pas de code de secours" in browser.open_page(HERE).text(".notice")

    give_recovery_code(ada)
    assert browser.open_page(HERE).texts(".notice") == []


# --- who may


CHANGES = [
    ("POST", f"{HERE}/totp"),
    ("GET", CONFIRM),
    ("POST", CONFIRM),
    ("GET", f"{HERE}/recovery"),
    ("POST", f"{HERE}/recovery"),
    ("GET", f"{HERE}/{{key}}/rename"),
    ("POST", f"{HERE}/{{key}}/rename"),
    ("POST", f"{HERE}/{{key}}/remove"),
]


@pytest.mark.once
@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_every_change_takes_a_recent_proof(
    app: Flask, session: Session, ada: PCeen, method: str, path: str
) -> None:
    key = give_totp(app, ada).id
    eleven_minutes_ago = clock.now() - timedelta(minutes=11)
    browser = logged_in(app, ada, proved_at=eleven_minutes_ago)
    before = [(f.id, f.name) for f in factors_of(session, ada)]

    answer = browser.open(path.format(key=key), method=method)

    assert answer.headers["Location"] == f"/reauth?next={HERE}"
    assert [(f.id, f.name) for f in factors_of(session, ada)] == before
    assert "prouvez d'abord" in browser.open_page(HERE).text("main")
    assert browser.post("/api/account/passkeys/for_new").status_code == 403


@pytest.mark.once
@pytest.mark.parametrize("slugs", [[], ["rezident"], ["eleve", "barman"]])
def test_it_is_not_offered_to_who_only_uses_the_site(
    session: Session, login: Login, slugs: list[str]
) -> None:
    browser = login(PCeenFactory(slugs=slugs))

    assert "pour qui a des droits" in browser.open_page(HERE, status=403).text("main")
    for method, path in CHANGES:
        assert browser.open(path.format(key=1), method=method).status_code == 403
    assert browser.post("/api/account/passkeys").status_code == 403
    assert "Second facteur" not in browser.open_page("/profile/").text("main")
    assert session.scalars(sa.select(SecondFactor)).all() == []


@pytest.mark.once
@pytest.mark.parametrize(
    "right", [(T.write, S.role), (T.write, S.pceen), (T.write, S.payments), (T.all, S.gris)]
)
def test_it_is_offered_to_who_opens_what_is_others(
    session: Session, login: Login, right: tuple[T, S]
) -> None:
    browser = login(PCeenFactory(can=[right]))

    assert browser.open_page(HERE).text("h1") == "Second facteur"
    assert "Second facteur" in browser.open_page("/profile/").text("main")


def test_who_loses_their_rights_keeps_their_factor_and_may_remove_it(
    app: Flask, session: Session
) -> None:
    bob = protected(app, username="bob")
    browser = logged_in(app, bob)
    (factor,) = factors_of(session, bob)

    assert browser.open_page(HERE).text("td.headline") == "Téléphone"
    answer = browser.post(f"{HERE}/{factor.id}/remove")

    assert answer.headers["Location"] == "/profile/"


@pytest.mark.once
def test_nobody_does_it_for_somebody_else(app: Flask, session: Session, ada: PCeen) -> None:
    bob = protected(app, username="bob", can=[(T.write, S.role)])
    key = factors_of(session, bob)[0].id
    gri = logged_in(app, ada, doas=bob, doas_reason="test", doas_since=clock.now())
    with gri.session_transaction() as cookie:
        cookie["doas"] = True

    for method, path in [("GET", HERE), *CHANGES]:
        assert gri.open(path.format(key=key), method=method).status_code == 403
    for path in ("for_new", "for_proof", "proof"):
        assert gri.post(f"/api/account/passkeys/{path}").status_code == 403
    assert gri.get("/reauth/recovery").status_code == 403
    assert "Second facteur" not in gri.open_page("/profile/").text("main")
    assert len(factors_of(session, bob)) == 1


def test_a_stranger_is_sent_to_log_in(session: Session, client: Client) -> None:
    assert client.get(HERE).headers["Location"].startswith("/auth_needed")


def test_the_profile_costs_one_statement_more(
    app: Flask, session: Session, login: Login, queries: list[str]
) -> None:
    browser = login(PCeenFactory(slugs=["rezident"]))

    browser.open_page("/profile/")
    queries.clear()
    browser.open_page("/profile/")

    assert sum("second_factor" in statement for statement in queries) == 1
    assert len(queries) <= 12
