"""The links to protected files (community 1.6)."""

import random
import string

import pytest

from app.core.file_tokens import Token, expiry, is_good, sign

pytestmark = pytest.mark.once

SECRET, E = "0123456789abcdef0123456789abcdef", 1_800_000_000
VECTORS = [
    ("/photo/2026/gala", "192.0.2.10", "NDUfD4tpnzWadoYjCvZnfw"),
    ("/photo/2026/gala1", "2.0.2.10", "bKSg-bO0YkwlMRc0isC7jA"),
    ("/photo/2026/gala", "2001:db8::10", "xkFkJm7ijEoeejE5ZB7TMw"),
    ("/bar_avatars", "192.0.2.10", "rlYLPO8iD7YxzE_De127lA"),
    ("/bekks/12", "192.0.2.10", "ExdSc1qjVgWyx0gFdnWOmg"),
]


def good(token: Token, directory: str, address: str, *, now: float = E - 60) -> bool:
    return is_good(token, directory, address, now=now, secret=SECRET)


@pytest.mark.parametrize(("directory", "address", "md5"), VECTORS)
def test_the_vectors_of_the_specification(directory: str, address: str, md5: str) -> None:
    token = sign(directory, address, E, SECRET)

    assert token == Token(md5, str(E))
    assert good(token, directory, address)
    assert good(token, directory, address, now=E)
    assert not good(token, directory, address, now=E + 1)
    assert not good(token, directory, f"{address}0")
    assert not good(token, f"{directory}1", address)
    assert not good(Token(md5, "978307200"), directory, address)
    assert not is_good(token, directory, address, now=E - 60, secret=SECRET[:-1] + "e")


def test_a_link_lasts_as_long_as_is_wanted_and_is_the_same_for_a_while() -> None:
    assert expiry(1_000, 3600) == 4_800
    assert expiry(1_200.9, 3600) == 4_800
    assert expiry(1_201, 3600) == 5_100


@pytest.mark.parametrize(
    "expires", ["", "-1", "1e12", " 1800000000", "１８００００００００", "1" * 13, "x"]
)
def test_an_end_that_is_no_instant_opens_nothing(expires: str) -> None:
    signed = sign("/bekks/12", "192.0.2.10", E, SECRET)

    assert not good(Token(signed.md5, expires), "/bekks/12", "192.0.2.10")


def test_10_000_mutated_links_of_10_000_are_refused() -> None:
    chance = random.Random(7)
    letters = string.ascii_letters + string.digits + "-_=é|"
    directory, address, md5 = VECTORS[0]
    token = Token(md5, str(E))
    refused = 0
    for _ in range(10_000):
        md5, expires = _mutated(token, chance, letters)
        refused += not good(Token(md5, expires), directory, address)

    assert refused == 10_000


def _mutated(token: Token, chance: random.Random, letters: str) -> Token:
    """The same with one letter changed, taken away or added."""
    md5, expires = token
    if chance.random() < 0.3:
        at = chance.randrange(len(expires))
        return Token(
            md5,
            expires[:at] + chance.choice("0123456789".replace(expires[at], "")) + expires[at + 1 :],
        )
    at, how = chance.randrange(len(md5)), chance.randrange(3)
    if how == 0:
        return Token(md5[:at] + md5[at + 1 :], expires)
    added = chance.choice(letters.replace(md5[at], ""))
    return Token(md5[:at] + added + md5[at + (how == 1) :], expires)
