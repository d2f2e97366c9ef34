"""Several at once, for real."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from app.extensions import db
from app.integrations import inbound
from app.models import ContactMessage, InboundMail, OutboxEntry, SolvedCaptcha
from app.modules.contact import cli
from app.settings import ChatSettings
from tests.integrations.test_inbound import mail
from tests.modules.contact.conftest import TEXT, solved


@pytest.fixture
def site(shared: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The site, with little work to do."""
    easy = shared.extensions["settings"].model_copy(update={"captcha_bits": 8})
    monkeypatch.setitem(shared.extensions, "settings", easy)
    return shared


def browser(site: Flask) -> FlaskClient:
    client = site.test_client()
    client.environ_base["REMOTE_ADDR"] = "192.0.2.1"
    return client


def post_at_once(site: Flask, forms: list[dict[str, str]]) -> Counter[int]:
    def post(form: dict[str, str]) -> int:
        return browser(site).post("/contact", data=TEXT | form).status_code

    with ThreadPoolExecutor(len(forms)) as threads:
        return Counter(threads.map(post, forms))


def kept(site: Flask) -> tuple[int, ...]:
    with site.app_context():
        models = (ContactMessage, OutboxEntry, SolvedCaptcha)
        return tuple(
            db.session.execute(sa.select(sa.func.count()).select_from(model)).scalar_one()
            for model in models
        )


def test_a_mail_delivered_eight_times_at_once_is_kept_and_told_once(
    site: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = ChatSettings(mail_webhook=SecretStr("https://chat.example/hook"))
    told = site.extensions["settings"].model_copy(update={"chat": webhook})
    monkeypatch.setitem(site.extensions, "settings", told)
    one = inbound.read(mail())

    def deliver(_: int) -> None:
        with site.app_context():
            cli.keep(one)
            db.session.remove()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(deliver, range(8)))

    with site.app_context():
        counts = [
            db.session.execute(sa.select(sa.func.count()).select_from(model)).scalar_one()
            for model in (InboundMail, OutboxEntry)
        ]
    assert counts == [1, 1]


def test_one_proof_sent_sixteen_times_at_once_is_accepted_once(site: Flask) -> None:
    proof = solved(browser(site))

    answers = post_at_once(site, [proof] * 16)

    assert answers == {303: 1, 422: 15}
    assert kept(site) == (1, 1, 1)


def test_one_form_sent_sixteen_times_at_once_is_one_message(site: Flask) -> None:
    form = solved(browser(site)) | {"idempotency_key": "the very same"}

    answers = post_at_once(site, [form] * 16)

    assert answers == {303: 16}
    assert kept(site) == (1, 1, 1)


def test_an_address_sends_no_more_at_once_than_one_after_the_other(site: Flask) -> None:
    forms = [solved(browser(site)) for _ in range(12)]

    answers = post_at_once(site, forms)

    assert answers == {303: 5, 429: 7}
    assert kept(site) == (5, 5, 5)
