"""What is written to people about their whole account."""

from dataclasses import fields

import html5lib
import pytest
from flask import Flask

from app.integrations.mailer import Mail, written
from app.modules.lives.mails import MAILS

pytestmark = pytest.mark.once

VALUES: dict[str, object] = {
    "to": "ada@example.org",
    "prenom": "Éloïse <b>",
    "secret": "s" * 43,
    "on": "2026-12-13",
    "by_gri": False,
    "username": "edartag",
    "former_username": "edartag1",
}


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize("kind", MAILS, ids=lambda kind: kind.__name__)
def test_a_mail_is_whole(app: Flask, kind: type[Mail], locale: str) -> None:
    values = {**VALUES, "locale": locale}
    mail = kind(**{field.name: values[field.name] for field in fields(kind)})  # type: ignore[arg-type]

    with app.test_request_context():
        message = written(mail, 1)

    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    html5lib.HTMLParser(strict=True).parse(html.get_content())
    assert "<b>" not in html.get_content()
    assert "http" in text.get_content()
    assert ("s" * 43 in text.get_content()) is ("secret" in {field.name for field in fields(kind)})
