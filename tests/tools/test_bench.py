"""The arithmetic of the bench, and what it writes: no timing decides anything here."""

import json
from pathlib import Path

import pytest

from tools.bench import __main__ as bench, load
from tools.bench.figures import (
    Figure,
    as_json,
    compared,
    explained,
    from_json,
    plain,
    quantile,
    summary,
    table,
    to_accept,
)
from tools.bench.reasons import REASONS

pytestmark = pytest.mark.once


def figure(value: float, limit: float | None = None, **more: object) -> Figure:
    return Figure(**{"name": "home", "value": value, "unit": "x floor", "limit": limit, **more})


@pytest.mark.parametrize(
    ("values", "part", "wanted"),
    [
        ([3], 0.5, 3),
        ([1, 2], 0.5, 1.5),
        ([5, 1, 3], 0.5, 3),
        (list(range(101)), 0.95, 95),
        ([1, 2, 3, 4], 0, 1),
        ([1, 2, 3, 4], 1, 4),
    ],
)
def test_a_quantile_is_between_two_values(values: list[float], part: float, wanted: float) -> None:
    assert quantile(values, part) == pytest.approx(wanted)


def test_there_is_no_quantile_of_nothing() -> None:
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)


@pytest.mark.parametrize(
    ("value", "limit", "at_least", "verdict"),
    [
        (4, 4, False, "yes"),
        (4.01, 4, False, "**no**"),
        (60, 60, True, "yes"),
        (59.9, 60, True, "**no**"),
        (9, None, False, ""),
    ],
)
def test_a_verdict_is_what_the_limit_says(
    value: float, limit: float | None, *, at_least: bool, verdict: str
) -> None:
    assert figure(value, limit, at_least=at_least).verdict == verdict


@pytest.mark.parametrize(
    ("now", "before", "more", "worse"),
    [
        (3.59, 3.0, {}, False),
        (3.61, 3.0, {}, True),
        (50.1, 60, {"at_least": True}, False),
        (49.9, 60, {"at_least": True}, True),
        (9, 3, {"unit": "s"}, False),  # of another machine, perhaps
        (9, None, {}, False),
    ],
)
def test_what_is_a_fifth_worse_is_a_regression(
    now: float, before: float | None, more: dict[str, object], *, worse: bool
) -> None:
    accepted = {} if before is None else {"home": before}

    (one,) = compared([figure(now, **more)], accepted)

    assert one.is_regression is worse


def test_a_reason_is_told_of_what_is_missed_alone() -> None:
    found = [figure(9, 4), figure(3, 4, name="met"), figure(9, 4, name="unexplained")]

    told = explained(found, {"home": "why", "met": "no need"})

    assert [one.reason for one in told] == ["why", "", ""]
    assert summary(told) == (
        "1 targets of 3 are met, 1 are missed for a reason that is told, 1 without; 0 regressions."
    )


def test_what_is_written_is_read_again() -> None:
    found = [figure(3.456, 4, detail="p50 12 ms"), figure(2, 5, name="day", unit="s")]

    again = from_json(json.loads(json.dumps(as_json(found, {"cores": 2}))))

    assert again == found
    assert to_accept(found) == {"home": 3.456}


def test_the_table_has_a_line_for_each_figure() -> None:
    (one,) = compared([figure(9, 4, reason="why")], {"home": 3})

    lines = table([one], {"cores": 2}).splitlines()

    assert "- cores: 2" in lines
    assert lines[-1] == "| home | 9 | x floor | ≤ 4 | **no** | 3 | **worse** |  | why |"


@pytest.mark.parametrize(
    ("value", "said"), [(0, "0"), (3.456, "3.46"), (3, "3"), (12.34, "12.3"), (12345.6, "12 346")]
)
def test_a_number_has_the_digits_that_matter(value: float, said: str) -> None:
    assert plain(value) == said


def test_a_run_becomes_what_the_next_are_compared_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "ROOT", tmp_path)
    monkeypatch.setattr(bench, "BENCH", tmp_path)
    monkeypatch.setattr(bench, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(bench, "ACCEPTED", tmp_path / "accepted.json")
    bench.ACCEPTED.write_text('{"of another part": 1}')
    bench.write([figure(3, 4)], {})

    bench.accept()
    bench.write([figure(4, 4)], {})

    assert json.loads(bench.ACCEPTED.read_text()) == {"of another part": 1, "home": 3}
    assert "**worse**" in (tmp_path / "results" / "bench.md").read_text()
    assert json.loads((tmp_path / "results" / "bench.json").read_text())["figures"][0]["regression"]
    assert "1 regressions" in capsys.readouterr().out


def test_a_part_that_fails_is_told_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_run: object) -> list[Figure]:
        raise ValueError("no page")

    monkeypatch.setitem(bench.PARTS, "pages", fail)

    (one,) = bench.part("pages", None)  # type: ignore[arg-type]  # it is not looked at

    assert (one.name, one.is_met, one.detail) == ("pages: failed", False, "no page")


def test_a_length_is_read_in_the_head_of_an_answer() -> None:
    assert load._length(b"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\nX: 1") == 1234
    assert load._length(b"HTTP/1.1 200 OK\r\nX: 1") == 0


def test_every_reason_is_told_in_the_decision() -> None:
    decision = Path(bench.ROOT, "docs/adr/0031-what-the-bench-misses-and-why.md").read_text()

    assert all(name in decision for name in REASONS)
