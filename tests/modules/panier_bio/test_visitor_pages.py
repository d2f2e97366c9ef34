"""Ordering without an account: the form, the captcha, the link that confirms."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core import tokens
from app.enums import BasketStatus
from app.models import OrderPanierBio, PeriodPanierBio, SolvedCaptcha
from app.modules.panier_bio.choices import ACCESS, PRICE
from app.modules.panier_bio.mails import ConfirmOrder
from tests.client import Client, Page
from tests.conftest import Outbox
from tests.factories.community import BasketFactory, PeriodFactory, open_orders
from tests.modules.contact.conftest import solved

pytestmark = pytest.mark.once

#: A Monday, at ten.
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
FIRST, SECOND, THIRD = (date(2026, 11, 24) + timedelta(weeks=n) for n in range(3))


@pytest.fixture(autouse=True)
def _on_a_monday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def _easy(app: Flask, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work is little."""
    settings = app.extensions["settings"].model_copy(update={"captcha_bits": 8})
    monkeypatch.setitem(app.extensions, "settings", settings)
    monkeypatch.delitem(app.extensions, "captcha_pace", raising=False)
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fr"


@pytest.fixture
def period(session: Session) -> PeriodPanierBio:
    open_orders()
    period = PeriodFactory(start_date=date(2026, 11, 16), end_date=THIRD)
    session.commit()
    return period


def asked(*days: date, **fields: object) -> dict[str, object]:
    """What the form of a visitor says; ``None`` takes a field away."""
    typed = {
        "dates[]": [str(day) for day in days],
        "payment_method": "cash",
        "wait": "y",
        "consent": "y",
        "prenom": "Rosalind",
        "nom": "Franklin",
        "service": "LBC",
        "email": "Rosalind@Example.org",
        "phone": "01 40 79 44 00",
        **fields,
    }
    return {name: value for name, value in typed.items() if value is not None}


def order(client: Client, *days: date, status: int = 200, **fields: object) -> Page:
    """Order, with what proves that it is a person."""
    sent = {**asked(*days), **solved(client, "panier_bio"), **fields}
    typed = {name: value for name, value in sent.items() if value is not None}
    return client.submit("/panier_bio", status=status, **typed)


def made(session: Session) -> list[OrderPanierBio]:
    session.expire_all()
    return list(session.scalars(sa.select(OrderPanierBio).order_by(OrderPanierBio.date)))


def link(outbox: Outbox) -> str:
    """The page that the last mail leads to."""
    mail = [one for one in outbox() if isinstance(one, ConfirmOrder)][-1]
    return f"/panier_bio/visitor/{mail.secret}"


def test_a_visitor_orders_and_is_told_to_look_at_their_mails(
    client: Client, session: Session, period: PeriodPanierBio, outbox: Outbox
) -> None:
    page = order(client, FIRST, THIRD)

    first, third = made(session)
    assert (first.status, third.status) == (BasketStatus.pending, BasketStatus.pending)
    assert (first.name, first.email, first.service) == (
        "Rosalind Franklin",
        "rosalind@example.org",
        "LBC",
    )
    assert first.pceen_id is None
    assert "60 minutes" in page.text(".notice")
    assert "rosalind@example.org" in page.flashes[0]
    (mail,) = (one for one in outbox() if isinstance(one, ConfirmOrder))
    assert (mail.to, mail.locale) == ("rosalind@example.org", "fr")
    assert first.token_hash == tokens.digest(mail.secret)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"captcha_challenge": None, "captcha_nonce": None}, "n'est pas encore vérifié"),
        ({"captcha_nonce": "x"}, "La vérification ne convient pas"),
        ({"prenom": ""}, "Ce champ est obligatoire."),
        ({"nom": "x" * 131}, "65 caractères au plus."),
        ({"prenom": "x" * 131}, "64 caractères au plus."),
        ({"email": "nobody"}, "n'est pas valable"),
        ({"email": ""}, "Ce champ est obligatoire."),
        ({"phone": ""}, "Ce champ est obligatoire."),
        ({"phone": "0" * 21}, "20 caractères au plus."),
        ({"service": ""}, "Ce champ est obligatoire."),
        ({"service": "x" * 51}, "50 caractères au plus."),
        ({"consent": None}, "Sans votre accord"),
        ({"payment_method": "x"}, "Choisissez un moyen de paiement."),
        ({"dates[]": []}, "Choisissez une date au moins."),
        ({"dates[]": [str(FIRST - timedelta(weeks=1))]}, "Cette date est passée."),
    ],
)
def test_a_form_of_a_visitor_that_is_wrong_orders_nothing_and_is_kept(
    client: Client,
    session: Session,
    period: PeriodPanierBio,
    outbox: Outbox,
    fields: dict[str, object],
    said: str,
) -> None:
    page = order(client, FIRST, status=422, **({"comment": "Sans choux"} | fields))

    assert said in page.text(".error-summary")
    assert page.text("[name=comment]") == "Sans choux"
    assert made(session) == []
    assert outbox() == []
    assert session.scalars(sa.select(SolvedCaptcha)).all() == []


def test_a_proof_serves_once(client: Client, session: Session, period: PeriodPanierBio) -> None:
    proof = solved(client, "panier_bio")

    order(client, FIRST, **proof)
    page = order(client, SECOND, status=422, **proof)

    assert "La vérification a déjà servi" in page.text(".error-summary")
    assert len(made(session)) == 1


def test_a_proof_for_another_form_is_none(
    client: Client, session: Session, period: PeriodPanierBio
) -> None:
    page = order(client, FIRST, status=422, **solved(client, "contact"))

    assert "La vérification ne convient pas" in page.text(".error-summary")
    assert made(session) == []


def test_without_scripts_one_waits_instead(
    client: Client, session: Session, period: PeriodPanierBio
) -> None:
    page = client.submit("/panier_bio", status=422, **asked(FIRST))
    assert "Attendez 20 secondes" in page.text("[data-captcha-state]")
    again = {
        name: page.html.select_one(f"[name={name}]")["value"]
        for name in ("captcha_challenge", "captcha_nonce", "idempotency_key")
    }
    client.submit("/panier_bio", status=422, **asked(FIRST), **again)
    assert made(session) == []

    with time_machine.travel(NOW + timedelta(seconds=21), tick=False):
        client.submit("/panier_bio", **asked(FIRST), **again)

    assert len(made(session)) == 1


def test_closed_orders_take_nothing_from_visitors(
    client: Client, session: Session, period: PeriodPanierBio
) -> None:
    ACCESS.set(session, False)  # noqa: FBT003  # the signature is that of every choice
    session.commit()

    page = order(client, FIRST, status=409)

    assert "Les commandes sont fermées" in page.text(".notice")
    assert made(session) == []


def test_five_baskets_do_not_wait_for_one_address(
    client: Client, session: Session, period: PeriodPanierBio
) -> None:
    period.end_date = THIRD + timedelta(weeks=4)
    session.commit()
    days = [FIRST + timedelta(weeks=n) for n in range(5)]

    order(client, *days[:4])
    page = order(client, days[4], status=429)

    assert "Quatre paniers au plus" in page.text(".error-summary")
    assert len(made(session)) == 4


def test_the_link_shows_confirms_and_deletes(
    client: Client, session: Session, period: PeriodPanierBio, outbox: Outbox
) -> None:
    PRICE.set(session, 800)
    session.commit()
    order(client, FIRST, THIRD)
    where = link(outbox)

    page = client.open_page(where)
    assert page.texts(".basket-when") == ["mardi 24 novembre 2026", "mardi 8 décembre 2026"]
    assert page.texts(".state") == ["à confirmer", "à confirmer"]
    assert {one.status for one in made(session)} == {BasketStatus.pending}

    page = client.submit(where, confirm="1")
    assert page.flashes == ["2 paniers confirmés."]
    assert page.texts(".state") == ["confirmé", "confirmé"]
    assert "En tout : 16,00" in page.text("main")
    assert {one.status for one in made(session)} == {BasketStatus.confirmed}
    assert not page.html.select("[name=confirm]")

    page = client.submit(where, delete=str(made(session)[0].id))
    assert "est annulé" in page.flashes[0]
    assert page.texts(".state") == ["annulé", "confirmé"]
    assert [one.status for one in made(session)] == [
        BasketStatus.cancelled,
        BasketStatus.confirmed,
    ]


def test_opening_the_link_changes_nothing_and_is_told_to_nobody(
    client: Client, session: Session, period: PeriodPanierBio, outbox: Outbox
) -> None:
    order(client, FIRST)
    before = made(session)[0].version

    answer = client.get(link(outbox))

    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert (made(session)[0].version, made(session)[0].confirmed_at) == (before, None)


def test_a_link_that_opens_nothing_is_not_found(
    client: Client, session: Session, period: PeriodPanierBio, outbox: Outbox
) -> None:
    order(client, FIRST)
    where = link(outbox)

    for wrong in ("wrong", quote("é"), tokens.new_secret()):
        assert client.get(f"/panier_bio/visitor/{wrong}").status_code == 404
        answer = client.post(f"/panier_bio/visitor/{wrong}", data={"confirm": "1"})
        assert answer.status_code == 404
    with time_machine.travel(NOW + timedelta(minutes=60), tick=False):
        assert client.get(where).status_code == 404
        page = client.submit(where, confirm="1")
        assert "trop tard pour confirmer" in page.flashes[0]


def test_a_link_deletes_until_the_deadline_and_none_but_its_own(
    client: Client, session: Session, period: PeriodPanierBio, outbox: Outbox
) -> None:
    other = BasketFactory(period=period, date=FIRST)
    session.commit()
    order(client, FIRST)
    where = link(outbox)
    client.submit(where, confirm="1")
    (own,) = (one for one in made(session) if one.email)

    assert client.post(where, data={"delete": str(other.id)}).status_code == 404
    assert client.post(where, data={"delete": "x"}).status_code == 404
    assert client.post(where, data={}).status_code == 400
    with time_machine.travel(NOW + timedelta(hours=4), tick=False):
        assert "Il n'est plus temps" in client.open_page(where).text(".basket-order")
        page = client.submit(where, delete=str(own.id))
        assert "closes" in page.flashes[0]

    assert {one.status for one in made(session)} == {BasketStatus.confirmed}


def test_who_deletes_all_before_confirming_is_brought_back_to_the_form(
    client: Client, session: Session, period: PeriodPanierBio, outbox: Outbox
) -> None:
    order(client, FIRST)

    page = client.submit(link(outbox), delete=str(made(session)[0].id))

    assert "Commander" in page.text(".basket-ask h2")
    assert made(session)[0].status is BasketStatus.cancelled


def test_nothing_is_told_of_an_address_before_the_proof(
    client: Client, session: Session, period: PeriodPanierBio
) -> None:
    order(client, FIRST)

    page = order(client, FIRST, captcha_challenge=None, captcha_nonce=None, status=422)

    assert "déjà une commande" not in page.text("main")


def test_who_tries_addresses_is_stopped(
    client: Client, session: Session, period: PeriodPanierBio
) -> None:
    order(client, FIRST)
    for _attempt in range(20):
        order(client, FIRST, status=422)

    page = order(client, FIRST, status=429)

    assert "déjà une commande" not in page.text("main")
