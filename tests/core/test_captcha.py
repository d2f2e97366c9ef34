"""The proof of work: what is asked, what an answer is worth; and how often one may ask."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.captcha import LASTS, PATIENCE, Answer, Challenge, Office, solves
from app.core.pace import Pace

pytestmark = pytest.mark.once

#: The vector of the specification: its smallest nonces for 12 and for 18 bits.
PAYLOAD = "contact.1800000000.18.0123456789abcdef0123456789abcdef"
FOR_12, FOR_18 = 6183, 119318
NOW = 1_800_000_000 - LASTS
HERE, ELSEWHERE = Office(("a key",), "192.0.2.1"), Office(("a key",), "192.0.2.2")
CHALLENGE = Challenge("contact", NOW + LASTS, 18, "0123456789abcdef0123456789abcdef")
PATIENT = Challenge("contact", NOW + LASTS, 0, "0123456789abcdef0123456789abcdef")


def judged(
    nonce: object = FOR_18,
    *,
    text: str | None = None,
    by: Office = HERE,
    form: str = "contact",
    now: float = NOW,
) -> Answer:
    return by.judge(
        HERE.sealed(CHALLENGE) if text is None else text, str(nonce), form=form, now=now
    )


@pytest.mark.parametrize(("bits", "smallest"), [(12, FOR_12), (18, FOR_18)])
def test_the_smallest_number_that_solves_is_that_of_the_vector(bits: int, smallest: int) -> None:
    found = next(n for n in range(200_000) if solves(str(n), PAYLOAD, bits))

    assert found == smallest


def test_a_challenge_is_written_and_read_the_same() -> None:
    assert CHALLENGE.payload == PAYLOAD
    assert Challenge.read(PAYLOAD) == CHALLENGE


@pytest.mark.parametrize(
    "text",
    ["", "contact", PAYLOAD + ".", PAYLOAD[:-1], PAYLOAD + "0", PAYLOAD.upper(), PAYLOAD + "\n",
     PAYLOAD.replace("18.", "+1."), PAYLOAD.replace("1800000000", "١٨"), "9" * 400],
)  # fmt: skip
def test_what_is_no_challenge_is_none(text: str) -> None:
    assert Challenge.read(text) is None


def test_the_right_answer_is_good_for_a_quarter_of_an_hour() -> None:
    assert judged() is Answer.good
    assert judged(now=NOW + LASTS) is Answer.good
    assert judged(now=NOW + LASTS + 1) is Answer.expired


@pytest.mark.parametrize(
    "nonce", [FOR_18 + 1, FOR_12, "", "0119318 ", "+119318", "119318.0", "١١٩٣١٨", "1" * 13]
)
def test_another_answer_is_wrong(nonce: object) -> None:
    assert judged(nonce) is Answer.wrong


def test_it_is_for_one_address_and_for_one_form() -> None:
    assert judged(by=ELSEWHERE) is Answer.wrong
    assert judged(form="panier_bio") is Answer.wrong


def test_nobody_writes_a_challenge_but_the_site() -> None:
    sealed = HERE.sealed(CHALLENGE)
    easier = sealed.replace(".18.", ".0.")
    later = sealed.replace("1800000000", "1900000000")
    stranger = Office(("another key",), "192.0.2.1").sealed(CHALLENGE)

    for text in (easier, later, stranger, PAYLOAD, PAYLOAD + ".", sealed + "x", sealed + "é", "."):
        assert judged(text=text) is Answer.wrong
    assert judged(text="") is Answer.missing


def test_a_former_key_is_still_believed_and_no_longer_used() -> None:
    renewed = Office(("a key", "a new key"), "192.0.2.1")

    assert judged(by=renewed) is Answer.good
    assert judged(text=renewed.sealed(CHALLENGE)) is Answer.wrong
    assert judged(by=Office(("a new key",), "192.0.2.1")) is Answer.wrong


def test_patience_is_good_after_twenty_seconds_without_any_number() -> None:
    text = HERE.sealed(PATIENT)

    assert judged("", text=text, now=NOW) is Answer.early
    assert judged("", text=text, now=NOW + PATIENCE - 1) is Answer.early
    assert judged("", text=text, now=NOW + PATIENCE) is Answer.good
    assert judged("", text=text, now=NOW + LASTS + 1) is Answer.expired
    assert PATIENT.patience_left(NOW + 5) == 15
    assert CHALLENGE.patience_left(NOW) == 0


def test_no_two_challenges_are_alike() -> None:
    made = {Challenge.new("contact", bits=18, now=NOW).random for _ in range(50)}

    assert len(made) == 50


def test_a_pace_lets_so_many_through_in_so_long() -> None:
    pace, start = Pace(3, timedelta(minutes=1)), datetime(2026, 3, 14, tzinfo=UTC)

    waits = [pace.take("a", now=start + timedelta(seconds=s)) for s in (0, 10, 20, 30, 59, 60, 61)]

    assert waits == [0, 0, 0, 30, 1, 0, 9]
    assert pace.take("b", now=start) == 0


def test_a_pace_remembers_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.core.pace._LARGEST", 2)
    pace, now = Pace(1, timedelta(minutes=1)), datetime(2026, 3, 14, tzinfo=UTC)

    for key in ("a", "b", "c"):
        assert pace.take(key, now=now) == 0

    assert [pace.take(key, now=now) for key in ("c", "b", "a")] == [60, 60, 0]
