"""What a browser may keep for when there is no network, and for whom."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import PermissionScope as S, PermissionType as T
from app.models import LoginSession
from app.settings import ROOT
from app.web.kept import KEPT, LEAVING, LEFT_ALONE
from tests.client import Client
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.factories.people import role_with

pytestmark = pytest.mark.once

#: An address of each page that is kept.
ADDRESSES = {
    "bar.qrcode": "/bar/qrcode",
    "bar.top_up_state": "/bar/recharge/12",
    "intrarez.banned": "/banned",
    "intrarez.subscription": "/payments",
    "intrarez.unpaid": "/unpaid",
    "panier_bio.pickup": "/panier_bio/admin/pickup/2033-03-01",
    "payments.payment": "/payments/12",
}


def known(client: Client) -> dict[str, Any]:
    """What the service worker is told of the site."""
    found = re.search(r"(?ms)^const SITE = (\{.*?^\});$", client.get("/sw.js").text)
    assert found is not None
    return dict(json.loads(found[1]))


def reader(browser: Client, path: str = "/legal") -> str | None:
    return browser.get(path).headers.get("X-Reader")


def kept_at(site: dict[str, Any], path: str) -> bool:
    return any(re.search(pattern, path) for pattern, _ in site["kept"])


# The script


def test_the_service_worker_is_asked_for_each_time_and_has_the_whole_site(client: Client) -> None:
    answer = client.get("/sw.js")

    assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Service-Worker-Allowed"] == "/"
    assert "Set-Cookie" not in answer.headers
    imported_here = re.findall(r'"(/static/js/sw/[^"]+)"', answer.text)
    assert len(imported_here) == 2
    for script in imported_here:
        with client.get(script) as imported:
            assert (imported.status_code, imported.mimetype) == (200, "text/javascript")


def test_the_pages_that_are_kept_are_pages(app: Flask, client: Client) -> None:
    site = known(client)

    assert set(ADDRESSES) == set(KEPT)
    assert set(KEPT) | set(LEAVING) <= set(app.view_functions)
    for endpoint, path in ADDRESSES.items():
        assert app.url_map.bind("localhost").match(path, method="GET")[0] == endpoint
        assert kept_at(site, path)
    assert len(site["kept"]) == len([r for r in app.url_map.iter_rules() if r.endpoint in KEPT])


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/bar/me", "/bar/recharge", "/bar/qrcode.png", "/payments/12/receipt.pdf"),
        *("/payments/pay", "/payments/lydia/success", "/profile/", "/api/bar/recharge/12"),
        *(
            "/panier_bio/admin",
            "/panier_bio/admin/pickup/2033-03-01/x",
            "/gris/payments",
            "/banned/x",
        ),
    ],
)
def test_no_other_page_is_kept(client: Client, path: str) -> None:
    assert not kept_at(known(client), path)


def test_what_is_kept_beforehand_is_there_and_made_for_nobody(
    client: Client, login: Login, session: Session
) -> None:
    site = known(client)
    browser = login(PCeenFactory(prenom="Ada"))

    for path in (*site["shared"], *site["offline"].values()):
        with browser.get(path) as answer:
            assert answer.status_code == 200, path
            assert {"X-Reader", "Set-Cookie"}.isdisjoint(answer.headers.keys())
    pages = {locale: browser.open_page(path) for locale, path in site["offline"].items()}
    assert [page.html.html["lang"] for page in pages.values()] == list(pages)  # type: ignore[index]
    assert "Ada" not in "".join(page.html.get_text() for page in pages.values())


def test_the_browser_is_left_to_ask_for_the_password_of_psl() -> None:
    assert f'"~*{LEFT_ALONE}" PSL;' in (ROOT / ".conf_models/nginx.conf").read_text()


# For whom


def test_a_page_says_whose_log_in_it_is(app: Flask, login: Login, session: Session) -> None:
    ada = PCeenFactory()

    browser = login(ada)
    first = reader(browser)
    assert first == reader(browser, "/profile/") == reader(browser, "/nowhere")
    other = reader(login(ada))

    name, lasts = str(first).split("; ")
    assert re.fullmatch(r"[0-9a-f]{32}", name)
    assert lasts == f"max-age={int(LoginSession.IDLE.total_seconds())}"
    assert first != other


def test_a_log_in_of_weeks_is_kept_for_as_long(login: Login, session: Session) -> None:
    browser = login(PCeenFactory())
    session.execute(sa.update(LoginSession).values(remembered=True))
    session.commit()

    assert str(reader(browser)).endswith(f"max-age={int(timedelta(days=30).total_seconds())}")


def test_what_was_kept_is_forgotten_when_rights_change(login: Login, session: Session) -> None:
    ada = PCeenFactory()
    browser = login(ada)
    before = reader(browser)

    ada.roles.append(role_with((T.write, S.panier_bio)))
    session.commit()

    assert reader(browser) != before


def test_nothing_is_kept_for_nobody(client: Client, session: Session) -> None:
    for path in ("/legal", "/login", "/nowhere", "/"):
        assert reader(client, path) == "nobody"


def test_nothing_is_kept_for_who_acts_for_someone(login: Login, session: Session) -> None:
    ada, gri = PCeenFactory(slugs=["eleve"]), PCeenFactory(slugs=["gri"])
    browser = login(gri)
    assert reader(browser) != "nobody"
    begun = session.scalars(sa.select(LoginSession)).one()
    begun.doas, begun.doas_reason, begun.doas_since = ada, "Pour voir", clock.now()
    session.commit()

    page = browser.open_page("/profile/")

    assert page.html.select(".ribbon-doas")
    assert reader(browser) == "nobody"


@pytest.mark.parametrize(
    "path", ["/sw.js", "/manifest.webmanifest", "/static/js/kept.js", "/livez"]
)
def test_what_is_made_for_nobody_in_particular_does_not_say_it(
    path: str, login: Login, session: Session
) -> None:
    with login(PCeenFactory()).get(path) as answer:
        assert "X-Reader" not in answer.headers


def test_a_page_that_is_kept_has_what_tells_its_age(login: Login, session: Session) -> None:
    browser = login(PCeenFactory(slugs=["eleve"]))

    kept, other = browser.open_page("/bar/qrcode"), browser.open_page("/bar/me")

    assert "data-keep" in kept.html.html.attrs  # type: ignore[union-attr]
    assert "Hors ligne : cette page date du" in kept.text(".ribbon-kept")
    assert "data-keep" not in other.html.html.attrs  # type: ignore[union-attr]
    assert not other.html.select(".ribbon-kept")
