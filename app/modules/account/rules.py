"""The rules of accounts: no session, no clock, no request."""

import hmac
import string
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Protocol

import pyotp

from app.core.passwords import LONGEST, is_measured
from app.core.text import comparison_key, has_letter
from app.enums import PermissionScope as S, PermissionType as T
from app.modules.account.errors import (
    NomWithoutLetter,
    PasswordForbidden,
    PasswordTooCommon,
    PasswordTooLong,
    PasswordTooPersonal,
    PasswordTooShort,
    PrenomWithoutLetter,
)

SHORTEST = 10
#: How long each code of an application lasts.
CODE_SECONDS = 30
_SITE_WORDS = (
    "espci",
    "pcestmagique",
    "pceen",
    "pceens",
    "pc",
    "pem",
    "est",
    "magique",
    "intrarez",
    "rezident",
    "residence",
    "rez",
    "password",
    "motdepasse",
    "passe",
)


class Held(Protocol):
    """What one may do, and where."""

    @property
    def type(self) -> T: ...
    @property
    def scope(self) -> S: ...


def check_password(password: str, *, about: tuple[str, ...] = ()) -> None:
    """Refuse a password that is too easy to guess (network-a 3.7).

    Args:
        password: As it was typed.
        about: What others know of the person: names, username, address, promo.

    Raises:
        AccountError: The first rule broken.
    """
    if not is_measured(password):
        raise PasswordTooLong(maximum=LONGEST)
    password = unicodedata.normalize("NFC", password)
    if len(password) < SHORTEST:
        raise PasswordTooShort(minimum=SHORTEST)
    if not password.strip() or any(unicodedata.category(c) == "Cc" for c in password):
        raise PasswordForbidden
    if password.lower() in _common():
        raise PasswordTooCommon
    if _is_only_made_of(password, (*_known_words(about), *_SITE_WORDS)):
        raise PasswordTooPersonal


@cache
def _common() -> frozenset[str]:
    """The passwords that many have."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415  # large, few need it

    return frozenset(FREQUENCY_LISTS["passwords"])


def _known_words(about: tuple[str, ...]) -> list[str]:
    """The words of what is known of someone, as they are compared."""
    words = [word for text in about for word in comparison_key(text).split()]
    return [*words, *(comparison_key(text).replace(" ", "") for text in about)]


def _is_only_made_of(password: str, words: tuple[str, ...]) -> bool:
    """Whether it is these *words* end to end, with digits and punctuation."""
    text = comparison_key(password).replace(" ", "")
    parts = {*string.digits, *(word for word in words if len(word) > 1)}
    reached = {0}
    for start in range(len(text)):
        if start in reached:
            reached.update(start + len(part) for part in parts if text.startswith(part, start))
    return len(text) in reached


def check_names(prenom: str, nom: str) -> None:
    """Refuse a name that holds no letter.

    Raises:
        AccountError: If one of them does not.
    """
    if not has_letter(prenom) or not comparison_key(prenom):
        raise PrenomWithoutLetter
    if not has_letter(nom) or not comparison_key(nom):
        raise NomWithoutLetter


def step_of_code(secret: str, code: str, *, now: datetime, after: int | None) -> int | None:
    """Of which 30 seconds *code* is, counted since 1970; ``None`` for a code that is not good.

    Those just before and just after *now* are good too, for clocks that are not quite right;
    none is that is not *after* the last one used.
    """
    codes, current = pyotp.TOTP(secret), int(now.timestamp()) // CODE_SECONDS
    for step in (current - 1, current, current + 1):
        is_right = hmac.compare_digest(codes.generate_otp(step).encode(), code.encode())
        if is_right and (after is None or step > after):
            return step
    return None


def is_copied(kept: int, given: int) -> bool:
    """Whether a passkey that signed *kept* times has a copy, as it says that it signed *given*.

    Those that do not count always say 0.
    """
    return (kept, given) != (0, 0) and given <= kept


def recovery_code(typed: str) -> str:
    """A recovery code, as it is compared: small letters and digits alone."""
    return "".join(c for c in typed.lower() if c.isascii() and c.isalnum())


def needs_factor(held: Iterable[Held]) -> bool:
    """Whether whoever holds this is offered a second factor: it opens what is others'."""
    return any(
        (one.scope is S.gris and one.type is T.all)
        or (one.scope in (S.role, S.pceen, S.payments) and one.type.covers(T.write))
        for one in held
    )


def are_same_promo(one: int | None, other: int | None) -> bool:
    """Whether two promos may be those of one person: equal, or one is unknown."""
    return one is None or other is None or one == other
