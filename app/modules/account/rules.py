"""The rules of accounts: no session, no clock, no request."""

import string
import unicodedata

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from app.core.passwords import LONGEST, is_measured
from app.core.text import comparison_key, has_letter
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
_COMMON = frozenset(FREQUENCY_LISTS["passwords"])
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
    if password.lower() in _COMMON:
        raise PasswordTooCommon
    if _is_only_made_of(password, (*_known_words(about), *_SITE_WORDS)):
        raise PasswordTooPersonal


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


def are_same_promo(one: int | None, other: int | None) -> bool:
    """Whether two promos may be those of one person: equal, or one is unknown."""
    return one is None or other is None or one == other
