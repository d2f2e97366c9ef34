"""Links and codes that are good for one thing, once."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock, tokens
from app.enums import TokenPurpose
from app.models import OneTimeToken, PCeen
from app.modules.account.errors import LinkNoLongerGood

#: How long each lives (network-a 3.7).
LASTS = {
    TokenPurpose.reset_password: timedelta(minutes=30),
    TokenPurpose.invitation: timedelta(days=14),
    TokenPurpose.confirm_email: timedelta(hours=24),
    TokenPurpose.proof_code: timedelta(minutes=10),
    TokenPurpose.pending_rezident: timedelta(minutes=30),
    TokenPurpose.contest_room: timedelta(days=30),
    TokenPurpose.sso_link: timedelta(minutes=30),
    TokenPurpose.second_step: timedelta(minutes=10),
    TokenPurpose.passkey_challenge: timedelta(minutes=10),
}
#: Those that add up: one for each thing that happened, whoever caused it.
_ADDED = (
    TokenPurpose.pending_rezident,
    TokenPurpose.contest_room,
    TokenPurpose.second_step,
    TokenPurpose.passkey_challenge,
)
#: Those that open the account, or change it.
_KEYS = tuple(purpose for purpose in TokenPurpose if purpose is not TokenPurpose.contest_room)


def make(
    session: Session, *, pceen: PCeen, purpose: TokenPurpose, secret: str, **data: Any
) -> OneTimeToken:
    """Make a token that *secret* opens; the former ones for this *purpose* are dropped.

    A pending role drops none: anybody may have it kept for anybody. Nor does the link of a
    room: several may have been taken. Nor what is asked after a password: it is of one browser.
    """
    if purpose not in _ADDED:
        drop(session, pceen=pceen, purposes=(purpose,))
    token = OneTimeToken(
        purpose=purpose,
        pceen=pceen,
        secret_hash=tokens.digest(secret),
        data=data,
        expires_at=clock.now() + LASTS[purpose],
    )
    session.add(token)
    return token


def consume(session: Session, *, token: OneTimeToken) -> None:
    """Use a token up: of two who come at once, one only does.

    Raises:
        LinkNoLongerGood: If it was used meanwhile.
    """
    still_good = sa.update(OneTimeToken).where(
        OneTimeToken.id == token.id, OneTimeToken.used_at.is_(None)
    )
    result = session.execute(still_good.values(used_at=clock.now()))
    if result.rowcount != 1:  # type: ignore[attr-defined]  # an update's result has it
        raise LinkNoLongerGood
    session.refresh(token)


def drop(session: Session, *, pceen: PCeen, purposes: tuple[TokenPurpose, ...] = _KEYS) -> None:
    """Use up, unused, the tokens of someone: by default, all that open their account."""
    waiting = sa.update(OneTimeToken).where(
        OneTimeToken.pceen_id == pceen.id,
        OneTimeToken.purpose.in_(purposes),
        OneTimeToken.used_at.is_(None),
    )
    session.execute(waiting.values(used_at=clock.now()))
