"""The second factor that GRIs must have, and that a GRI takes away from who lost it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import PermissionScope as S, PermissionType as T
from app.models import SECOND_FACTOR_GRIS, AuditEvent, LoginSession, PCeen
from app.modules.account.mails import FactorsReset
from app.modules.operations.service import settings
from tests.client import Client, Page
from tests.conftest import Login, Outbox
from tests.factories import PCeenFactory
from tests.modules.account.factors import (
    code,
    codes_left,
    factors_of,
    give,
    give_totp,
    logged_in,
    protected,
)
from tests.modules.account.people import (
    actions,
    is_logged_in,
    log_in,
    new_browser,
    someone,
    try_log_in,
)

HERE = "/profile/second_factor"


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-03-14T12:00:00+00:00", tick=False) as clock_:
        yield clock_


@pytest.fixture
def mandatory(session: Session) -> None:
    SECOND_FACTOR_GRIS.set(session, value=True)
    session.commit()


@pytest.fixture
def bare(app: Flask, session: Session, mandatory: None) -> Client:
    """A GRI without a second factor, on a site where GRIs need one."""
    return logged_in(app, someone(username="ada", slugs=["gri"]))


# --- the setting


def test_it_is_off_until_somebody_decides(session: Session, login: Login) -> None:
    assert SECOND_FACTOR_GRIS.get(session) is False
    assert login(PCeenFactory(slugs=["gri"])).get("/gris/").status_code == 200


@pytest.mark.once
@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("path", ["/", "/gris/", "/gris/pceens", "/profile/", "/gris/settings"])
def test_a_gri_without_one_is_led_to_it(bare: Client, path: str) -> None:
    answer = bare.get(path)

    assert (answer.status_code, answer.headers["Location"]) == (303, f"{HERE}?next={path}")
    page = bare.open_page(HERE)
    assert page.flashes == ["Les GRI doivent donner un second facteur avant d'aller plus loin."]
    assert "ajoutez-en un pour continuer" in page.text("main")


def test_nothing_that_they_send_is_done(session: Session, bare: Client) -> None:
    bob = PCeenFactory()

    answer = bare.post(f"/gris/pceens/{bob.id}/disable", data={"reason": "test"})

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(HERE)
    session.expire_all()
    assert not bob.is_disabled


def test_scripts_are_refused_in_json(session: Session, bare: Client) -> None:
    answer = bare.get("/api/gris/scopes/pceen/elements")

    assert answer.status_code == 403
    assert answer.json["error"]["message"].startswith("Les GRI doivent")  # type: ignore[index]


@pytest.mark.once
@pytest.mark.parametrize(
    ("path", "status"),
    [
        *((HERE, 200), ("/logout", 200), ("/reauth", 200), ("/contact", 200), ("/legal", 200)),
        *(("/static/js/forms.js", 200), ("/healthz", 200), ("/profile/sessions", 200)),
        *(("/nowhere", 404), ("/manifest.webmanifest", 200), ("/profile/update_password", 200)),
    ],
)
def test_what_is_theirs_or_everybodys_answers_as_ever(bare: Client, path: str, status: int) -> None:
    with bare.get(path) as answer:
        assert answer.status_code == status


def test_they_may_log_out(session: Session, bare: Client) -> None:
    assert bare.post("/logout").status_code == 303
    assert session.scalars(sa.select(LoginSession)).all() == []


def test_once_they_have_one_all_is_open(session: Session, bare: Client) -> None:
    bare.post(f"{HERE}/totp")
    key = bare.open_page(f"{HERE}/totp/confirm").text(".copy-value").replace(" ", "")
    bare.post(f"{HERE}/totp/confirm", data={"code": code(key=key), "name": "Tél"})

    assert bare.get("/gris/").status_code == 200


def test_who_logged_in_before_it_was_decided_gives_theirs(
    app: Flask, session: Session, mandatory: None
) -> None:
    browser = logged_in(app, protected(app, slugs=["gri"]))
    asked = browser.get("/gris/").headers["Location"]
    (link,) = browser.open_page(asked).html.select(".notice a")

    assert give(browser, code(), str(link["href"])).headers["Location"] == "/gris/"

    assert browser.get("/gris/").status_code == 200


def test_who_logs_in_with_one_sees_no_difference(
    app: Flask, session: Session, client: Client, mandatory: None
) -> None:
    protected(app, username="ada", slugs=["gri"])

    try_log_in(client, "ada")
    give(client, code())

    assert client.get("/gris/").status_code == 200


@pytest.mark.once
@pytest.mark.usefixtures("mandatory")
@pytest.mark.parametrize(
    "can", [[], [(T.write, S.pceen)], [(T.all, S.role)], [(T.write, S.payments)]]
)
def test_nobody_but_the_gris_must(session: Session, login: Login, can: list[tuple[T, S]]) -> None:
    assert login(PCeenFactory(can=can)).get("/").status_code == 200


def test_a_gri_who_acts_for_someone_is_stopped_and_may_stop(
    app: Flask, session: Session, mandatory: None
) -> None:
    gri, bob = someone(slugs=["gri"]), PCeenFactory()
    browser = logged_in(app, gri, doas=bob, doas_reason="test", doas_since=clock.now())
    with browser.session_transaction() as cookie:
        cookie["doas"] = True

    assert browser.get("/").headers["Location"].startswith(HERE)
    assert browser.get(HERE).status_code == 403
    assert browser.post("/doas/stop").status_code == 303
    assert browser.get(HERE).status_code == 200


def test_a_site_that_is_closed_lets_gris_in_with_their_second_factor(
    app: Flask, session: Session, client: Client
) -> None:
    protected(app, username="ada", slugs=["gri"])
    settings.close(session, message="", until=None)
    session.commit()

    try_log_in(client, "ada")
    assert client.get("/login/second").status_code == 200
    assert client.get("/login/second/recovery").status_code == 200
    assert client.post("/api/account/passkeys/for_step").status_code == 200
    assert give(client, code()).status_code == 303
    assert is_logged_in(client)


def test_it_costs_ordinary_pages_nothing(
    session: Session, login: Login, queries: list[str], mandatory: None
) -> None:
    member = login(PCeenFactory())

    def cost() -> int:
        queries.clear()
        member.open_page("/profile/sessions")
        return len(queries)

    cost()
    on = cost()
    SECOND_FACTOR_GRIS.set(session, value=False)
    session.commit()

    assert cost() == on


# --- deciding it


def decide(browser: Client, *, on: bool, status: int = 200) -> Page:
    page = browser.open_page("/gris/settings")
    fields = {
        str(field["name"]): str(field.get("value", ""))
        for field in page.html.select("#settings input[name]")
        if field.get("type") != "checkbox" or field.has_attr("checked")
    }
    fields.pop("SECOND_FACTOR_GRIS", None)
    if on:
        fields["SECOND_FACTOR_GRIS"] = "y"
    return browser.submit("/gris/settings", status=status, **fields)


def test_who_has_none_does_not_decide_it(app: Flask, session: Session, outbox: Outbox) -> None:
    browser = logged_in(app, someone(slugs=["gri"]))

    page = decide(browser, on=True, status=409)

    assert "Ajoutez d'abord un second facteur à votre compte" in page.text("#settings")
    session.expire_all()
    assert SECOND_FACTOR_GRIS.get(session) is False


def test_who_has_one_decides_it_and_anybody_undoes_it(app: Flask, session: Session) -> None:
    gri = protected(app, slugs=["gri"])
    browser = logged_in(app, gri, second_at=clock.now())

    decide(browser, on=True)
    session.expire_all()
    assert SECOND_FACTOR_GRIS.get(session) is True
    event = session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "operations.setting.change")
    ).one()
    assert event.after == {"SECOND_FACTOR_GRIS": True}

    decide(browser, on=False)
    session.expire_all()
    assert SECOND_FACTOR_GRIS.get(session) is False


# --- who lost it


@pytest.fixture
def lost(app: Flask, session: Session) -> PCeen:
    """A GRI who has lost all."""
    ada = protected(app, username="ada", slugs=["gri"])
    logged_in(app, ada, second_at=clock.now())
    return ada


@pytest.fixture
def other_gri(app: Flask, session: Session) -> Client:
    return logged_in(app, PCeenFactory(slugs=["gri"]))


def test_a_gri_sees_the_factors_of_someone_and_takes_them_away(
    app: Flask, session: Session, lost: PCeen, other_gri: Client, outbox: Outbox
) -> None:
    path = f"/gris/pceens/{lost.id}"
    page = other_gri.open_page(path)
    card = next(c for c in page.texts(".card") if c.startswith("Second facteur"))
    assert "Téléphone" in card
    secret = factors_of(session, lost)[0].secret or ""
    assert secret not in str(page.html)
    assert page.html.select(f'a[href="{path}/second_factor/reset"]')

    page = other_gri.submit(f"{path}/second_factor/reset", reason="Téléphone volé")

    assert page.flashes == [f"{lost.full_name} n'a plus de second facteur."]
    assert factors_of(session, lost) == []
    assert codes_left(session, lost) == 0
    assert outbox() == [FactorsReset(to=lost.email or "", locale="fr", reason="Téléphone volé")]
    event = session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "account.factor.reset")
    ).one()
    assert (event.object_id, event.reason) == (lost.id, "Téléphone volé")
    assert event.actor_id not in (None, lost.id)
    logins = sa.select(LoginSession).where(LoginSession.pceen_id == lost.id)
    assert session.scalars(logins).all() == []
    assert is_logged_in(log_in(new_browser(app), "ada"))


def test_what_waited_for_the_lost_factor_waits_no_more(
    app: Flask, session: Session, lost: PCeen, other_gri: Client
) -> None:
    browser = new_browser(app)
    try_log_in(browser, "ada")

    other_gri.post(f"/gris/pceens/{lost.id}/second_factor/reset", data={"reason": "test"})

    assert give(browser, code()).status_code == 409


def test_with_the_setting_they_are_asked_for_another_at_once(
    app: Flask, session: Session, lost: PCeen, other_gri: Client
) -> None:
    other_gri.post(f"/gris/pceens/{lost.id}/second_factor/reset", data={"reason": "test"})
    SECOND_FACTOR_GRIS.set(session, value=True)
    session.commit()

    back = log_in(new_browser(app), "ada")

    assert back.get("/gris/").headers["Location"] == f"{HERE}?next=/gris/"


@pytest.mark.once
@pytest.mark.parametrize("reason", ["", "   ", "x" * 256])
def test_a_reason_is_asked(session: Session, lost: PCeen, other_gri: Client, reason: str) -> None:
    page = other_gri.submit(
        f"/gris/pceens/{lost.id}/second_factor/reset", status=422, reason=reason
    )

    assert page.texts(".field-errors")
    assert len(factors_of(session, lost)) == 1


def test_so_is_a_recent_proof(
    app: Flask, session: Session, lost: PCeen, noon: time_machine.Traveller
) -> None:
    gri = logged_in(app, PCeenFactory(slugs=["gri"]))
    noon.shift(timedelta(minutes=11))
    path = f"/gris/pceens/{lost.id}/second_factor/reset"

    answer = gri.post(path, data={"reason": "test"}, headers={"Referer": f"http://localhost{path}"})

    assert answer.headers["Location"] == f"/reauth?next={path}"
    assert len(factors_of(session, lost)) == 1


def test_one_does_not_take_away_ones_own(app: Flask, session: Session, lost: PCeen) -> None:
    browser = logged_in(app, lost)
    path = f"/gris/pceens/{lost.id}"

    assert not browser.open_page(path).html.select('a[href$="second_factor/reset"]')
    assert browser.post(f"{path}/second_factor/reset", data={"reason": "x"}).status_code == 409
    assert len(factors_of(session, lost)) == 1


def test_nobody_but_a_gri_takes_them_away(app: Flask, session: Session, lost: PCeen) -> None:
    bob = protected(app)
    helper = logged_in(app, PCeenFactory(can=[(T.write, S.pceen), (T.write, S.role)]))

    for someone_ in (lost, bob):
        path = f"/gris/pceens/{someone_.id}/second_factor/reset"
        assert helper.post(path, data={"reason": "x"}).status_code == 403
        assert len(factors_of(session, someone_)) == 1
    page = helper.open_page(f"/gris/pceens/{bob.id}")
    assert "Téléphone" in page.text("main")
    assert not page.html.select('a[href$="second_factor/reset"]')


def test_there_is_nothing_to_take_from_who_has_none(session: Session, other_gri: Client) -> None:
    bob = PCeenFactory()

    page = other_gri.submit(f"/gris/pceens/{bob.id}/second_factor/reset", status=409, reason="test")

    assert "n'a pas de second facteur" in page.text("main")
    assert "Second facteur" not in other_gri.open_page(f"/gris/pceens/{bob.id}").texts(
        ".card-title"
    )


def test_the_terminal_helps_the_last_gri(
    session: Session, cli: FlaskCliRunner, lost: PCeen, outbox: Outbox
) -> None:
    done = cli.invoke(args=["gri", "reset-second-factor", "ada"])

    assert done.output == "ada has no second factor any more.\n"
    assert factors_of(session, lost) == []
    assert outbox() == [FactorsReset(to=lost.email or "", locale="fr", reason="Depuis un terminal")]
    assert actions(session)[-1] == "account.factor.reset"
    again = cli.invoke(args=["gri", "reset-second-factor", "ada", "--reason", "encore"])
    assert again.exit_code == 1
    assert cli.invoke(args=["gri", "reset-second-factor", "nobody"]).exit_code == 1


def test_a_factor_begun_and_not_confirmed_is_not_shown(
    app: Flask, session: Session, other_gri: Client
) -> None:
    bob = PCeenFactory()
    give_totp(app, bob, confirmed_at=None)

    page = other_gri.open_page(f"/gris/pceens/{bob.id}")

    assert "Second facteur" not in page.texts(".card-title")
