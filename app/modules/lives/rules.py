"""What an account takes from another, and the words that name someone. Pure."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

#: The task that merges two accounts.
MERGE = "accounts.merge"
#: What stands for a word that named someone.
GONE = "…"
_MAC = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}")
#: What the account that is kept takes from the other, where it has nothing.
FILLED = ("promo", "email", "espci_email", "sso_subject", "locale", "password_hash")
#: What goes with each of them.
_WITH = {"email": ("email_confirmed_at",), "sso_subject": ("sso_issuer", "espci_sso_enabled")}


@dataclass(frozen=True, slots=True)
class Choice:
    """Of two accounts, what is kept of one of their fields."""

    field: str
    kept: Any
    absorbed: Any

    @property
    def moves(self) -> bool:
        """Whether it comes from the account that is absorbed."""
        return self.kept is None and self.absorbed is not None

    @property
    def wins(self) -> Any:
        return self.absorbed if self.kept is None else self.kept


def choices(kept: Any, absorbed: Any) -> list[Choice]:
    """What becomes of the fields of two accounts."""
    return [Choice(name, getattr(kept, name), getattr(absorbed, name)) for name in FILLED]


def taken(kept: Any, absorbed: Any) -> dict[str, Any]:
    """The columns that the account that is kept takes from the other, and their values."""
    values: dict[str, Any] = {}
    for choice in choices(kept, absorbed):
        if choice.moves:
            for column in (choice.field, *_WITH.get(choice.field, ())):
                values[column] = getattr(absorbed, column)
    values["activated"] = kept.activated or absorbed.activated
    values["created_at"] = min(kept.created_at, absorbed.created_at)
    return values


def have_two_identities(kept: Any, absorbed: Any) -> bool:
    """Whether the school knows the two accounts as two people."""
    return kept.sso_subject is not None and absorbed.sso_subject is not None


class Words:
    """The words that name someone: their names together, username, addresses, devices."""

    def __init__(
        self, *, names: tuple[str, str], words: Collection[str], macs: Collection[str]
    ) -> None:
        prenom, nom = names
        whole = [f"{prenom} {nom}", f"{nom} {prenom}", *words]
        spelled = {spelling for mac in macs for spelling in spellings(mac)}
        self._seeds = [*whole, *sorted(spelled)]
        parts = sorted((_spaced(one) for one in self._seeds), key=len, reverse=True)
        # whole words: "li" is not in "client"
        self._pattern = re.compile(rf"(?<![^\W_])(?:{'|'.join(parts)})(?![^\W_])", re.IGNORECASE)

    @property
    def seeds(self) -> Iterator[str]:
        """What to look for, in any case, to find all that may hold one of them."""
        for seed in dict.fromkeys(self._seeds):
            for text in {seed, _folded(seed), _folded(seed.upper())}:
                yield from {text, json.dumps(text)[1:-1]}

    def are_in(self, value: Any) -> bool:
        """Whether a value, were it JSON, holds one of them."""
        return bool(self.without(value) != value)

    def without(self, value: Any) -> Any:
        """The same value, were it JSON, without them."""
        if isinstance(value, str):
            return self._pattern.sub(GONE, value)
        if isinstance(value, Mapping):
            return {key: self.without(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.without(one) for one in value]
        return value


def spellings(mac: str) -> list[str]:
    """The ways in which people and machines write a hardware address."""
    digits = mac.replace(":", "")
    if not _MAC.fullmatch(mac):
        return [mac]
    dotted = ".".join(digits[start : start + 4] for start in (0, 4, 8))
    return [mac, mac.replace(":", "-"), digits, dotted]


def _spaced(text: str) -> str:
    """A pattern of a text, whatever blanks there are between its words."""
    return r"\s+".join(re.escape(word) for word in text.split())


def _folded(text: str) -> str:
    """In small letters, as a database that only knows those of ASCII writes it."""
    return "".join(c.lower() if c.isascii() else c for c in text)
