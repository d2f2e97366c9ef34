"""What was done is said in words, whatever it is."""

import re
from pathlib import Path

import pytest

from app.models import Base
from app.settings import ROOT
from app.web.actions import ACTIONS, KINDS, said

pytestmark = pytest.mark.once

_WRITTEN = re.compile(r'audit\(\s*session_?,\s*f?"([a-z_]+\.[a-z_]+\.[a-z_{}]+)"')


def written() -> set[str]:
    """The actions that the code writes down."""
    files = Path(ROOT / "app").rglob("*.py")
    return {found for file in files for found in _WRITTEN.findall(file.read_text())}


def test_every_action_that_is_written_down_has_its_words() -> None:
    assert {action for action in written() if "{" not in action} <= set(ACTIONS)


def test_no_words_are_left_for_what_is_never_done() -> None:
    code = "".join(file.read_text() for file in Path(ROOT / "app/modules").rglob("*.py"))

    assert [action for action in ACTIONS if action.rpartition(".")[0] not in code] == []


def test_every_kind_of_thing_exists() -> None:
    assert set(KINDS) <= {mapper.class_.__name__ for mapper in Base.registry.mappers}


def test_what_has_no_words_is_told_as_it_is_written() -> None:
    assert said("test.thing.do") == "test.thing.do"
