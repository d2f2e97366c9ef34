"""People with second factors, and browsers that give them."""

from datetime import timedelta
from typing import Any

import pyotp
import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.core import clock
from app.enums import FactorKind, LoginMethod
from app.models import LoginSession, PCeen, RecoveryCode, SecondFactor
from app.modules.account import queries
from app.modules.account.service.second_step import recovery_digest
from tests.client import Client
from tests.factories.base import current
from tests.modules.account.authenticator import Authenticator
from tests.modules.account.people import new_browser, someone

KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
#: A recovery code of whoever is given one.
ON_PAPER = "abcd-efgh-jkmn-pqrs"


def code(*, steps: int = 0, key: str = KEY) -> str:
    """The code of now, or of so many times thirty seconds later."""
    return pyotp.TOTP(key).at(clock.now() + timedelta(seconds=30 * steps))


def sealed(app: Flask, key: str = KEY) -> str:
    return str(app.extensions["sealer"].seal(key))


def give_totp(app: Flask, pceen: PCeen, **values: Any) -> SecondFactor:
    """An application of codes, that was used a day ago."""
    factor = SecondFactor(
        **{
            "pceen": pceen,
            "kind": FactorKind.totp,
            "name": "Téléphone",
            "secret": sealed(app),
            "confirmed_at": clock.now() - timedelta(days=1),
            "last_used_at": clock.now() - timedelta(days=1),
            **values,
        }
    )
    session = current()
    session.add(factor)
    session.commit()
    return factor


def give_passkey(pceen: PCeen, device: Authenticator, **values: Any) -> SecondFactor:
    """The passkey of a device, as if it had been registered."""
    factor = SecondFactor(
        **{
            "pceen": pceen,
            "kind": FactorKind.passkey,
            "name": "Clé",
            "credential_id": device.credential_id,
            "credential_hash": queries.credential_digest(device.credential_id),
            "public_key": device._public_key(),
            "sign_count": device.count or 0,
            "confirmed_at": clock.now() - timedelta(days=1),
            "last_used_at": clock.now() - timedelta(days=1),
            **values,
        }
    )
    session = current()
    session.add(factor)
    session.commit()
    return factor


def give_recovery_code(pceen: PCeen, text: str = ON_PAPER) -> RecoveryCode:
    made = RecoveryCode(pceen=pceen, code_hash=recovery_digest(pceen, text))
    session = current()
    session.add(made)
    session.commit()
    return made


def protected(app: Flask, **values: Any) -> PCeen:
    """A PCéen with a password, an application of codes, and a recovery code."""
    pceen = someone(**values)
    give_totp(app, pceen)
    give_recovery_code(pceen)
    return pceen


def give(browser: Client, typed: str, path: str = "/login/second", **fields: Any) -> TestResponse:
    return browser.post(path, data={"code": typed, **fields})


def recover(browser: Client, typed: str, path: str = "/login/second/recovery") -> TestResponse:
    return browser.post(path, data={"recovery": typed})


def logged_in(app: Flask, pceen: PCeen, **values: Any) -> Client:
    """A browser where they are logged in, and have just proved who they are."""
    begun = LoginSession(
        **{
            "pceen": pceen,
            "method": LoginMethod.password,
            "proved_at": clock.now(),
            **values,
        }
    )
    session = current()
    session.add(begun)
    session.commit()
    browser = new_browser(app)
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = begun.secret
    return browser


def factors_of(session: Session, pceen: PCeen) -> list[SecondFactor]:
    session.expire_all()
    stmt = sa.select(SecondFactor).where(SecondFactor.pceen_id == pceen.id)
    return list(session.scalars(stmt.order_by(SecondFactor.id)))


def codes_left(session: Session, pceen: PCeen) -> int:
    session.expire_all()
    return queries.recovery_codes_left(session, pceen)


def sealer_of(app: Flask) -> Any:
    with app.app_context():
        return current_app.extensions["sealer"]
