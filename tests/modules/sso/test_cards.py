"""What other pages show of the school's log-in, and what it writes."""

from dataclasses import fields
from typing import Any

import html5lib
import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.enums import PermissionScope as S, PermissionType as T
from app.integrations.mailer import Mail, written
from app.modules.account.mails import AccountRegistered
from app.modules.sso.mails import AccountLinked, ProveLink
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.modules.account.people import new_browser
from tests.modules.sso.school import EMAIL, School

VALUES: dict[str, Any] = {
    "to": "ada@example.org",
    "username": "alovelac",
    "full_name": "Ada <b>Lovelace",
    "promo": 145,
    "secret": "a-secret_of-256-bits",
    "keeps_password": False,
}


def test_a_gri_is_shown_the_link_and_what_the_school_says_otherwise(
    school: School, session: Session, app: Flask, login: Login
) -> None:
    ada = PCeenFactory(
        prenom="Augusta", nom="King", promo=145, espci_email=EMAIL, espci_sso_enabled=True
    )
    school.enter(new_browser(app))

    page = login(PCeenFactory(slugs=["gri"])).open_page(f"/gris/pceens/{ada.id}")

    (card,) = [text for text in page.texts("section.card") if text.startswith("Compte de l'école")]
    assert EMAIL in card
    assert "L'école dit autre chose." in card
    assert "Prénom Ada , Nom Lovelace ." in card or "Prénom Ada, Nom Lovelace." in card


def test_a_difference_that_is_settled_is_shown_no_more(
    school: School, session: Session, app: Flask, login: Login
) -> None:
    ada = PCeenFactory(prenom="Augusta", nom="Lovelace", espci_email=EMAIL, espci_sso_enabled=True)
    school.enter(new_browser(app), services=["wifi"])
    gri = login(PCeenFactory(slugs=["gri"]))
    assert "autre chose" in gri.open_page(f"/gris/pceens/{ada.id}").text("main")

    ada.rename(prenom="Ada", nom="Lovelace")
    session.commit()

    assert "autre chose" not in gri.open_page(f"/gris/pceens/{ada.id}").text("main")


def test_without_a_school_the_person_has_no_card_of_it(session: Session, login: Login) -> None:
    someone = PCeenFactory()

    page = login(PCeenFactory(can=[(T.write, S.pceen)])).open_page(f"/gris/pceens/{someone.id}")

    assert "Compte de l'école" not in page.text("main")


def test_the_profile_tells_the_address_of_the_school_or_that_there_is_none(
    session: Session, login: Login
) -> None:
    pceen = PCeenFactory()
    browser = login(pceen)
    assert "E-mail de l'ESPCI aucun" in browser.open_page("/profile/").text("main")

    pceen.espci_email = EMAIL
    session.commit()

    assert f"E-mail de l'ESPCI {EMAIL}" in browser.open_page("/profile/").text("main")


def test_names_that_the_school_says_are_read_only(session: Session, login: Login) -> None:
    ada = PCeenFactory(prenom="Ada", nom="Lovelace", promo=145, espci_sso_enabled=True)
    browser = login(ada)
    page = browser.open_page("/profile/modify_account")
    assert page.html.select("main input[name=prenom], main input[name=nom]") == []
    assert "L'école dit qui vous êtes" in page.text("main")

    answer = browser.post(
        "/profile/modify_account",
        data={"prenom": "X", "nom": "Y", "promo": "1", "email": ada.email, "version": ada.version},
    )

    assert answer.status_code == 303
    session.expire_all()
    assert (ada.prenom, ada.nom, ada.promo) == ("Ada", "Lovelace", 145)


def test_who_has_an_address_or_is_acted_for_sees_no_ribbon(session: Session, login: Login) -> None:
    pceen = PCeenFactory()
    browser = login(pceen)
    assert browser.open_page("/profile/").html.select(".ribbon-address") == []

    pceen.email = None
    session.commit()

    page = browser.open_page("/profile/")
    (link,) = page.html.select(".ribbon-address a")
    assert link["href"] == "/profile/modify_account"


def made(kind: type[Mail], **values: Any) -> Mail:
    given = {**VALUES, "locale": "fr", **values}
    return kind(**{field.name: given[field.name] for field in fields(kind)})  # type: ignore[arg-type]


@pytest.mark.once
@pytest.mark.parametrize("kind", [ProveLink, AccountLinked])
def test_a_mail_is_written_in_both_forms(app: Flask, kind: type[Mail]) -> None:
    with app.test_request_context():
        message = written(made(kind), 1)

    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    html5lib.HTMLParser(strict=True).parse(html.get_content())
    assert "alovelac" in text.get_content()
    assert "<b>" not in html.get_content()


@pytest.mark.once
def test_the_mail_that_proves_a_link_leads_to_our_site(app: Flask) -> None:
    with app.test_request_context(base_url="http://evil.example"):
        message = written(made(ProveLink), 1)

    (text, html) = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    address = f"http://localhost/saml/link/{VALUES['secret']}"
    assert address in text.get_content()
    assert address in html.get_content()


@pytest.mark.once
@pytest.mark.parametrize(
    ("keeps", "sentence"), [(True, "marche toujours"), (False, "ne marche plus")]
)
def test_the_mail_of_a_link_tells_whether_the_password_stays(
    app: Flask, *, keeps: bool, sentence: str
) -> None:
    with app.test_request_context():
        text = written(made(AccountLinked, keeps_password=keeps), 1).get_body(("plain",))

    assert text is not None
    assert sentence in text.get_content()


@pytest.mark.once
def test_whom_the_school_vouches_for_has_no_address_to_confirm(app: Flask) -> None:
    with app.test_request_context():
        text = written(made(AccountRegistered, secret=None), 1).get_body(("plain",))

    assert text is not None
    assert "confirm_email" not in text.get_content()
    assert "/profile/" in text.get_content()
