"""Passwords that cost little, and browsers that log in with them."""

from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.models import AuditEvent, PCeen
from tests.client import Client
from tests.conftest import OUTSIDE
from tests.factories import PCeenFactory

HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "un cheval vert et bleu"
OTHER = "trois girafes sous la pluie"
HASH = HASHER.hash(PASSWORD)


def someone(**values: Any) -> PCeen:
    """A PCéen whose password is ``PASSWORD``."""
    made = PCeenFactory(**{"password_hash": HASH, **values})
    assert isinstance(made, PCeen)
    return made


def new_browser(app: Flask, address: str = OUTSIDE) -> Client:
    """Another browser than the test's."""
    browser = app.test_client()
    assert isinstance(browser, Client)
    browser.environ_base["REMOTE_ADDR"] = address
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fr"
    return browser


def try_log_in(browser: Client, name: str, password: str = PASSWORD, **fields: Any) -> TestResponse:
    data = {"identifier": name, "password": password, **fields}
    return browser.post(fields.pop("path", "/login"), data=data)


def log_in(browser: Client, name: str, password: str = PASSWORD, **fields: Any) -> Client:
    """Log in as a person does, with the form."""
    response = try_log_in(browser, name, password, **fields)
    assert response.status_code == 303, response.text
    return browser


def is_logged_in(browser: Client) -> bool:
    """Whether the site knows who this is."""
    status = browser.get("/profile/").status_code
    assert status in (200, 302)
    return status == 200


def copied(app: Flask, browser: Client) -> Client:
    """A thief's browser, with the same cookies."""
    thief = new_browser(app, "198.51.100.7")
    for cookie in browser._cookies.values() if browser._cookies else ():
        thief.set_cookie(cookie.key, cookie.decoded_value)
    return thief


def actions(session: Session) -> list[str]:
    """What was written down, in order."""
    session.expire_all()
    return list(session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)))
