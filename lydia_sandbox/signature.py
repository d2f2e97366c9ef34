"""The signature that Lydia puts on what it says."""

import hashlib
from collections.abc import Mapping


def sign(parameters: Mapping[str, str], private_token: str) -> str:
    """The signature of *parameters*, by who holds *private_token*. MD5 is Lydia's choice."""
    pairs = [f"{name}={parameters[name]}" for name in sorted(parameters)]
    text = "&".join([*pairs, private_token])
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
