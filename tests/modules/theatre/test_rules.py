"""What is played in a season, and in which order."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.markdown import plain
from app.models import Representation, Saison, Spectacle
from app.modules.theatre.routes.shared import summary
from app.modules.theatre.rules.programme import programme

pytestmark = pytest.mark.once

NOW = datetime(2026, 6, 12, 18, 0, tzinfo=UTC)
SAISON = Saison(id=1, name="Saison")


def play(key: int) -> Spectacle:
    return Spectacle(id=key, saison_id=1, name=f"Pièce {key}")


def night(key: int, of: int, days: int) -> Representation:
    return Representation(id=key, spectacle_id=of, date=NOW + timedelta(days=days))


def test_plays_come_in_order_of_their_first_night_then_those_without_any() -> None:
    nights = [night(1, 3, 9), night(2, 2, 5), night(3, 2, 1), night(4, 3, 2)]

    found = programme(SAISON, [play(1), play(2), play(3), play(4)], nights)

    assert [one.play.id for one in found.plays] == [2, 3, 1, 4]
    assert [one.id for one in found.performances] == [3, 4, 2, 1]
    assert [one.id for one in found.plays[0].performances] == [3, 2]


def test_the_next_night_is_the_first_that_has_not_begun() -> None:
    found = programme(SAISON, [play(1), play(2)], [night(1, 1, -1), night(2, 1, 0), night(3, 2, 3)])

    assert found.next(NOW) == (found.plays[1], found.plays[1].performances[0])
    assert found.next(NOW - timedelta(seconds=1)) == (
        found.plays[0],
        found.plays[0].performances[1],
    )
    assert found.next(NOW + timedelta(days=3)) is None


def test_a_play_is_over_once_its_last_night_has_begun() -> None:
    played, unplayed = programme(SAISON, [play(1), play(2)], [night(1, 1, 0)]).plays

    assert played.is_over(NOW)
    assert not played.is_over(NOW - timedelta(seconds=1))
    assert not unplayed.is_over(NOW)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ""),
        ("# Ti*t*re\n\nUn **mot**, [là](https://x.org)\nfin", "Titre Un mot, là fin"),
        ("- a\n- `b`\n\n> c", "a b c"),
        ("![image](https://evil.org/x.png) <b>x</b>", "image <b>x</b>"),
        ("|a|b|\n|-|-|\n|1|2|", "a b 1 2"),
    ],
)
def test_a_text_is_told_without_its_marks(text: str, said: str) -> None:
    assert plain(text) == said


def test_a_preview_is_cut_between_two_words() -> None:
    assert summary("mot " * 100) == "mot " * 49 + "mot…"
    assert summary("**court**") == "court"
