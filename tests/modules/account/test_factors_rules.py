"""The rules of second factors."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from app.core import tokens
from app.enums import PermissionScope as S, PermissionType as T
from app.models import Permission
from app.modules.account import rules

pytestmark = pytest.mark.once

#: The key and the instants of RFC 6238.
RFC_KEY = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
NOW = datetime(2026, 3, 14, 12, 0, 10, tzinfo=UTC)
STEP = int(NOW.timestamp()) // 30
KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code(steps: int, key: str = KEY) -> str:
    """The code of *steps* after NOW."""
    return pyotp.TOTP(key).at(NOW + timedelta(seconds=30 * steps))


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        *((59, "287082"), (1111111109, "081804"), (1111111111, "050471")),
        *((1234567890, "005924"), (2000000000, "279037"), (20000000000, "353130")),
    ],
)
def test_the_codes_are_those_of_the_standard(seconds: int, shown: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)

    assert rules.step_of_code(RFC_KEY, shown, now=now, after=None) == seconds // 30


@pytest.mark.parametrize(
    ("steps", "is_good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False), (60, False)]
)
def test_a_clock_may_be_thirty_seconds_wrong_and_no_more(steps: int, is_good: bool) -> None:
    found = rules.step_of_code(KEY, code(steps), now=NOW, after=None)

    assert found == (STEP + steps if is_good else None)


def test_thirty_seconds_are_counted_from_the_second(  # the edges of a step
) -> None:
    start = datetime.fromtimestamp(30 * STEP, UTC)
    first, last = start, start + timedelta(seconds=29.999)

    for now in (first, last):
        for steps in (-1, 0, 1):
            assert rules.step_of_code(KEY, code(steps), now=now, after=None) == STEP + steps
        for steps in (-2, 2):
            assert rules.step_of_code(KEY, code(steps), now=now, after=None) is None


def test_a_code_is_good_once_and_none_is_older_than_the_last_one() -> None:
    used = rules.step_of_code(KEY, code(0), now=NOW, after=None)

    assert rules.step_of_code(KEY, code(0), now=NOW, after=used) is None
    assert rules.step_of_code(KEY, code(-1), now=NOW, after=used) is None
    assert rules.step_of_code(KEY, code(1), now=NOW, after=used) == STEP + 1


@pytest.mark.parametrize(
    "typed", ["", "0", "12345", "1234567", "000000", "é12345", "١٢٣٤٥٦", "a" * 500]
)
def test_what_is_no_code_is_refused(typed: str) -> None:
    assert code(0) != "000000"
    assert rules.step_of_code(KEY, typed, now=NOW, after=None) is None


@pytest.mark.parametrize(
    ("kept", "given", "copied"),
    [(0, 0, False), (0, 1, False), (1, 2, False), (1, 1, True), (5, 3, True), (5, 0, True)],
)
def test_a_counter_that_does_not_grow_tells_of_a_copy(kept: int, given: int, copied: bool) -> None:
    assert rules.is_copied(kept, given) is copied


def test_a_recovery_code_is_read_however_it_is_written() -> None:
    made = tokens.new_recovery_code()

    read = {rules.recovery_code(way) for way in (made, made.upper(), made.replace("-", " "))}
    assert len(read) == 1
    assert len(read.pop()) == 16
    assert len({tokens.new_recovery_code() for _ in range(50)}) == 50


@pytest.mark.parametrize(
    ("right", "needs"),
    [
        *(((T.all, S.gris), True), ((T.write, S.role), True), ((T.all, S.pceen), True)),
        *(((T.write, S.payments), True), ((T.read, S.payments), False), ((T.read, S.role), False)),
        *(((T.delete, S.role), False), ((T.all, S.intrarez), False), ((T.read, S.gris), False)),
    ],
)
def test_it_is_for_who_opens_what_is_others(right: tuple[T, S], needs: bool) -> None:
    assert rules.needs_factor([Permission(type=right[0], scope=right[1])]) is needs
    assert not rules.needs_factor([])
