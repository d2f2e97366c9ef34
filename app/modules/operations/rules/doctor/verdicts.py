"""What the doctor says of one thing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

#: ``off``: there is none, or it could not be looked at; ``wrong``: the site cannot work so.
State: TypeAlias = Literal["ok", "off", "warning", "wrong"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line of the doctor."""

    name: str
    state: State
    said: str
    #: The command to run, or the variable to set; empty where nothing is to be mended.
    remedy: str = ""


def ok(name: str, said: str) -> Verdict:
    """It is as it should be."""
    return Verdict(name, "ok", said)


def off(name: str, said: str) -> Verdict:
    """There is none here, or nobody can say."""
    return Verdict(name, "off", said)


def warning(name: str, said: str, remedy: str) -> Verdict:
    """The site works; yet this is to be mended."""
    return Verdict(name, "warning", said, remedy)


def wrong(name: str, said: str, remedy: str) -> Verdict:
    """The site cannot work until this is mended."""
    return Verdict(name, "wrong", said, remedy)


def exit_status(verdicts: Iterable[Verdict]) -> int:
    """0: nothing to mend; 1: something; 2: it cannot work."""
    states = {verdict.state for verdict in verdicts}
    if "wrong" in states:
        return 2
    return 1 if "warning" in states else 0
