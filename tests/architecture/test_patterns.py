"""No text that somebody writes keeps a pattern busy: the time it takes grows with the text."""

import importlib
import pkgutil
import re
import time

import pytest

import app

pytestmark = pytest.mark.once

#: What patterns stumble on, repeated, before an end that fits nothing.
ATOMS = (
    *("a", "0", " ", "\t", "\n", "-", "_", ".", "/", "(", "[", "<", '"', "'", "\\", "=", ":", ";"),
    *(",", "@", "#", "*", "~", "é", "a.", "a-", "0:", "-0", "[a", "](", "a=", "a b", "{", "}"),
    *("<a ", "&", "http://", "a@", "aA", "\u0301", "#a\n", "- [a](#b)\n"),
)
LENGTH = 20_000
#: What a pattern whose time is the square of the text's length cannot do, in seconds.
ENOUGH = 0.1
#: What only ever looks at whole texts; and, after it, at texts of ours alone.
WHOLE = frozenset(
    {
        "app.core.file_tokens.FILE_NAME",
        "app.integrations.mailer._ADDRESS",
        "app.modules.bar.service.pictures._MADE",
    }
)
OURS = frozenset(
    {"app.modules.help.rules._ELSEWHERE", "app.modules.operations.service.doctor.files._DEFAULT"}
)


def patterns() -> dict[str, re.Pattern[str]]:
    """The patterns of the site, by the name that each has."""
    found: dict[str, re.Pattern[str]] = {}
    known: set[str] = set()
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if module.name.endswith(".child") and module.name != "app.integrations.child":
            continue  # a program of its own, that takes the place of the package
        for name, value in vars(importlib.import_module(module.name)).items():
            if not isinstance(value, re.Pattern) or not isinstance(value.pattern, str):
                continue
            if value.pattern not in known:
                known.add(value.pattern)
                found[f"{module.name}.{name}"] = value
    return found


def test_no_text_keeps_a_pattern_busy() -> None:
    slow: dict[str, float] = {}
    found = patterns()

    for name, pattern in found.items():
        if name in OURS:
            continue
        ways = [pattern.fullmatch] if name in WHOLE else [pattern.fullmatch, pattern.search]
        for atom in ATOMS:
            text = atom * (LENGTH // len(atom)) + "\0!"
            for way in ways:
                began = time.process_time()
                way(text)
                slow[f"{name} {atom!r}"] = time.process_time() - began

    assert {name: took for name, took in slow.items() if took > ENOUGH} == {}
    assert len(found) > 80


def test_a_pattern_that_can_be_kept_busy_is_seen() -> None:
    began = time.process_time()
    re.compile(r"[0-9]*[a-f]").search("0" * (LENGTH // 2))

    assert time.process_time() - began > ENOUGH


def test_what_looks_at_whole_texts_does_so() -> None:
    for name in WHOLE:
        module, _, variable = name.rpartition(".")
        source = importlib.import_module(module).__file__
        assert source is not None
        with open(source) as file:  # noqa: PTH123  # one line of it
            text = file.read()
        assert not re.search(rf"\b{variable}\.(?:search|sub|match|finditer|findall|split)\(", text)
