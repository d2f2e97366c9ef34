"""Passkeys (WebAuthn): what a device is asked to sign, and whether it did."""

import hashlib
import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy.orm import Session
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from app.core import tokens
from app.enums import FactorKind, TokenPurpose
from app.models import Limit, PCeen, SecondFactor
from app.modules.account import queries
from app.modules.account.service import links
from app.modules.account.service.place import SITE_NAME, Site

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: What may be asked of passkeys for one thing.
CHALLENGES = Limit("passkey.challenge", 30, timedelta(minutes=10))
#: No device calls a key by a longer name, nor has a longer one.
_LONGEST_NAME, _LONGEST_KEY = 1023, 2048


def ask(session: Session, *, pceen: PCeen, what: str, site: Site) -> str:
    """Ask the devices of someone to sign, once, for *what*; in JSON, for the browser."""
    options = generate_authentication_options(
        rp_id=site.host,
        challenge=_challenge(session, pceen, what),
        allow_credentials=_known(session, pceen),
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return options_to_json(options)


def ask_new(session: Session, *, pceen: PCeen, what: str, site: Site) -> str:
    """Ask a device of someone for a new key, once, for *what*; in JSON, for the browser."""
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=SITE_NAME,
        user_id=hashlib.sha256(f"{site.host}:{pceen.id}".encode()).digest(),
        user_name=pceen.username,
        user_display_name=pceen.full_name,
        challenge=_challenge(session, pceen, what),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=_known(session, pceen),
    )
    return options_to_json(options)


def _challenge(session: Session, pceen: PCeen, what: str) -> bytes:
    CHALLENGES.check(session, what)
    CHALLENGES.count(session, what)
    secret = tokens.new_secret()
    purpose = TokenPurpose.passkey_challenge
    links.make(session, pceen=pceen, purpose=purpose, secret=secret, **{"for": what})
    return base64url_to_bytes(secret)


def _known(session: Session, pceen: PCeen) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(id=factor.credential_id)
        for factor in queries.factors_of(session, pceen)
        if factor.kind is FactorKind.passkey and factor.credential_id is not None
    ]


def read_new(
    session: Session, *, pceen: PCeen, body: Any, what: str, site: Site
) -> VerifiedRegistration | None:
    """The key that a device made, if it is what was asked of it for *what*."""
    secret = _use_challenge(session, pceen, body, what)
    if secret is None:
        return None
    made = _unless_refused(
        lambda: verify_registration_response(
            credential=body,
            expected_challenge=base64url_to_bytes(secret),
            expected_rp_id=site.host,
            expected_origin=site.origin,
        )
    )
    if made is None or len(made.credential_id) > _LONGEST_NAME:
        return None
    return made if len(made.credential_public_key) <= _LONGEST_KEY else None


def read(
    session: Session, *, pceen: PCeen, body: Any, what: str, site: Site
) -> tuple[SecondFactor, int] | None:
    """The passkey that signed what was asked for *what*, and how often it did since it is there.

    Whether that number is likely is for who calls to say.
    """
    secret = _use_challenge(session, pceen, body, what)
    factor = _named(session, pceen, body)
    if secret is None or factor is None or factor.public_key is None:
        return None
    public_key = factor.public_key

    def verify() -> VerifiedAuthentication:
        return verify_authentication_response(
            credential=body,
            expected_challenge=base64url_to_bytes(secret),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
        )

    signed = _unless_refused(verify)
    return (factor, signed.new_sign_count) if signed is not None else None


def _use_challenge(session: Session, pceen: PCeen, body: Any, what: str) -> str | None:
    """The challenge that was signed, if it was ours, for *what*; it is good no more."""
    try:
        said = json.loads(base64url_to_bytes(body["response"]["clientDataJSON"]))["challenge"]
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError):
        return None
    asked = queries.challenge(session, pceen, said, what) if isinstance(said, str) else None
    if asked is None:
        return None
    links.consume(session, token=asked)
    return str(said)


def _named(session: Session, pceen: PCeen, body: Any) -> SecondFactor | None:
    """The passkey of this person that an answer names, if it does."""
    try:
        credential_id = base64url_to_bytes(body["rawId"])
    except (AttributeError, LookupError, TypeError, ValueError):
        return None
    return queries.passkey(session, pceen, credential_id)


def _unless_refused(verify: Callable[[], T]) -> T | None:
    """What the library makes of an answer; nothing if anything at all is wrong with it."""
    try:
        return verify()
    except Exception as error:  # noqa: BLE001  # what strangers send may break any part of it
        logger.info("an answer of a passkey was refused: %s", type(error).__name__)
        return None
