"""The files of a run with people under other numbers (community 4.7). Pure."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from app.core import draw
from app.modules.club_q.rules.instance import Instance, canonical_json, read
from app.modules.club_q.rules.outcome import Outcome
from app.modules.club_q.rules.stored import outcome as stored_outcome

RECORD_FORMAT = "club-q-record-1"


def pseudonyms(instance: Instance, seed: bytes) -> Mapping[int, int]:
    """Another number for each person, 1 to n: the seed draws the order, not when they came."""

    def rank(person: int) -> bytes:
        return hmac.digest(seed, f"pseudonym:{instance.season}:{person}".encode(), "sha256")

    ordered = sorted((one.id for one in instance.people), key=lambda one: (rank(one), one))
    return {person: number for number, person in enumerate(ordered, 1)}


def anonymous_input(instance: Instance, seed: bytes) -> Instance:
    """The input under pseudonyms, each wish with its key: it is solved as the first one was."""
    other, keys = pseudonyms(instance, seed), instance.keys(seed)
    return replace(
        instance,
        people=tuple(replace(one, id=other[one.id]) for one in instance.people),
        wishes=tuple(
            replace(one, person=other[one.person], key=f"{keys[one.person, one.show]:064x}")
            for one in instance.wishes
        ),
        grants=tuple(replace(one, person=other[one.person]) for one in instance.grants),
    )


def anonymous_outcome(outcome: Outcome, other: Mapping[int, int]) -> Outcome:
    """The answer under the *other* numbers."""
    return replace(
        outcome,
        grants={(other[person], show): n for (person, show), n in outcome.grants.items()},
        changes={other[person]: tenths for person, tenths in outcome.changes.items()},
        skipped={(other[person], show): why for (person, show), why in outcome.skipped.items()},
        log=(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Anonymous:
    """A run under pseudonyms: canonical JSON texts, the digests of two of them, who is who."""

    record: str
    input: str
    result: str
    input_hash: str
    result_hash: str
    #: The number in these texts of each person.
    pseudonyms: Mapping[int, int]


@lru_cache(maxsize=4)
def anonymous(input_text: str, result_text: str, seed: bytes) -> Anonymous:
    """What is published of a run, from what is stored of it: the last few are kept at hand."""
    instance, answer = read(input_text), stored_outcome(result_text)
    other = pseudonyms(instance, seed)
    told, found = anonymous_input(instance, seed), anonymous_outcome(answer, other)
    digests = {"input_hash": told.digest(), "result_hash": found.digest()}
    record = {
        "format": RECORD_FORMAT,
        "season": instance.season,
        "seed": seed.hex(),
        "commitment": draw.commitment(season=instance.season, seed=seed),
        "strategy": answer.strategy.value,
        **digests,
    }
    return Anonymous(
        record=canonical_json(record),
        input=told.canonical(),
        result=found.canonical(),
        pseudonyms=other,
        **digests,
    )
