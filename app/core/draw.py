"""The draw of Club Q: a seed that is committed to, and the key of each wish (community 4.7).

Whoever has the seed computes the same keys; until it is shown, its digest proves that it does not
change.
"""

import hashlib
import hmac
import secrets

#: How many bytes a seed has.
SEED_SIZE = 32
#: How many bits of a key weigh in what is left undecided.
_WEIGHT_BITS = 20


def new_seed() -> bytes:
    """Draw a seed that nobody can guess."""
    return secrets.token_bytes(SEED_SIZE)


def commitment(*, season: int, seed: bytes) -> str:
    """The digest that commits to the seed of a season, in 64 hexadecimal digits."""
    return hashlib.sha256(f"club-q-v1|{season}|{seed.hex()}".encode()).hexdigest()


def key(*, seed: bytes, season: int, person: int, show: int) -> int:
    """The key of a wish: 256 bits, drawn by whom it is of and for which show, and nothing else."""
    message = f"{season}:{person}:{show}".encode()
    return int.from_bytes(hmac.digest(seed, message, "sha256"), "big")


def weight(wish_key: int) -> int:
    """What a place of a wish with that key weighs in a tie: 1 to 2 ** 20."""
    return (wish_key >> (256 - _WEIGHT_BITS)) + 1
