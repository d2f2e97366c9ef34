"""The QR codes of clients: what they say, whom they lead where, and what is read with a camera."""

import re
from io import BytesIO

import pytest
import zxingcpp
from markupsafe import Markup
from PIL import Image
from sqlalchemy.orm import Session

from app.models import AuditEvent, BarAccount
from tests.client import Client
from tests.conftest import Login
from tests.factories import PCeenFactory, barman, customer
from tests.web.test_qrcodes import drawn


def code_of(session: Session, key: int) -> str:
    session.expire_all()
    return session.get_one(BarAccount, key).qr_code


def said(data: bytes) -> str:
    """What a picture of a code says, to a camera."""
    (read,) = zxingcpp.read_barcodes(Image.open(BytesIO(data)))
    return str(read.text)


@pytest.mark.parametrize(("query", "side"), [("", 160), ("?scale=2", 320), ("?scale=x", 160)])
def test_the_picture_says_where_the_code_leads(
    login: Login, session: Session, query: str, side: int
) -> None:
    buyer = customer()

    answer = login(buyer).get(f"/bar/qrcode.png{query}")

    assert answer.mimetype == "image/png"
    assert Image.open(BytesIO(answer.data)).size == (side, side)
    assert said(answer.data) == f"http://localhost/bar/qr/{code_of(session, buyer.id)}"
    assert "no-store" in answer.headers["Cache-Control"]


def test_who_serves_has_the_code_of_a_client(login: Login, session: Session) -> None:
    buyer = customer()
    username, browser = buyer.username, login(barman())

    answer = browser.get(f"/bar/user/{username}/qrcode.png")

    assert said(answer.data) == f"http://localhost/bar/qr/{code_of(session, buyer.id)}"
    assert browser.get("/bar/user/nobody/qrcode.png").status_code == 404
    assert browser.get("/bar/user/%00/qrcode.png").status_code == 404
    assert login(buyer).get(f"/bar/user/{username}/qrcode.png").status_code == 403


@pytest.mark.parametrize("path", ["/bar/me", "/bar/qrcode"])
def test_pages_show_the_same_code(login: Login, session: Session, path: str) -> None:
    buyer = customer()

    page = login(buyer).open_page(path)

    (read,) = zxingcpp.read_barcodes(drawn(Markup(page.html.select_one("main svg.qr"))))
    assert read.text == f"http://localhost/bar/qr/{code_of(session, buyer.id)}"


def test_whoever_serves_is_led_to_the_client(login: Login, session: Session) -> None:
    buyer = customer()

    answer = login(barman()).get(f"/bar/qr/{code_of(session, buyer.id)}")

    assert answer.status_code == 302
    assert answer.location == f"/bar/user/{buyer.username}"


def test_a_code_that_is_renewed_leads_nowhere_any_more(login: Login, session: Session) -> None:
    buyer, server = customer(), barman()
    before = code_of(session, buyer.id)

    answer = login(buyer).post("/bar/qrcode/renew")

    after = code_of(session, buyer.id)
    assert answer.status_code == 303
    assert before != after
    assert len(after) >= 22
    browser = login(server)
    assert browser.get(f"/bar/qr/{before}").status_code == 404
    assert browser.get(f"/bar/qr/{after}").location == f"/bar/user/{buyer.username}"
    (event,) = session.query(AuditEvent).filter_by(action="bar.account.renew_code")
    assert after not in str((event.before, event.after))


@pytest.mark.parametrize("code", ["x" * 22, "x", "%00" * 22, "é" * 22, "%25" * 22, "_" * 200])
def test_a_code_of_nobody_is_missing(login: Login, session: Session, code: str) -> None:
    customer()

    assert login(barman()).get(f"/bar/qr/{code}").status_code == 404


def test_the_case_of_a_code_counts(login: Login, session: Session) -> None:
    buyer = customer()
    session.get_one(BarAccount, buyer.id).qr_code = "abcdefghijklmnopqrstuv"
    session.commit()

    assert login(barman()).get("/bar/qr/ABCDEFGHIJKLMNOPQRSTUV").status_code == 404


def test_the_code_of_who_no_longer_comes_leads_nowhere(login: Login, session: Session) -> None:
    gone = PCeenFactory()
    session.commit()

    assert login(barman()).get(f"/bar/qr/{code_of(session, gone.id)}").status_code == 404


def test_others_are_told_nothing_by_a_code(login: Login, session: Session) -> None:
    owner = customer(prenom="Irène", nom="Joliot")
    code = code_of(session, owner.id)
    browser = login(customer())

    known, unknown = browser.get(f"/bar/qr/{code}"), browser.get("/bar/qr/" + "x" * 22)

    assert (known.status_code, unknown.status_code) == (403, 403)
    assert "Joliot" not in known.text
    assert owner.username not in known.text
    moment = r'data-at="[^"]*"'  # when the bell was counted
    said = re.sub(moment, "", known.text).replace(code, "")
    assert said == re.sub(moment, "", unknown.text).replace("x" * 22, "")


# The camera


def test_the_camera_is_for_the_page_that_reads_codes_alone(login: Login, session: Session) -> None:
    browser = login(barman())

    assert "camera=(self)" in browser.get("/bar/scan").headers["Permissions-Policy"]
    for path in ("/", "/legal", "/bar/welcome", "/nowhere"):
        assert "camera=()" in browser.get(path).headers["Permissions-Policy"]


def test_who_has_no_camera_writes_who_it_is(login: Login) -> None:
    page = login(barman()).open_page("/bar/scan")

    form = page.html.select_one("main form.scan-typed")
    assert form is not None
    assert form["action"] == "/bar/search"
    assert form.select("input[name=q]")
    scanner = page.html.select_one("main [data-scan]")
    assert scanner is not None
    assert scanner.has_attr("hidden")
    assert scanner["data-prefix"] == "http://localhost/bar/qr/"
    assert scanner["data-path"] == "/bar/qr/"


def test_a_client_reads_no_codes(login: Login, client: Client) -> None:
    assert login(customer()).get("/bar/scan").status_code == 403
