"""What the form of the wishes takes and refuses, without a database."""

from collections.abc import Iterator

import pytest
from flask import Flask

from app.modules.club_q.rules.wishes import (
    ALL,
    Checked,
    Former,
    Known,
    Offered,
    Preferences,
    Typed,
    Wanted,
    Wish,
    check,
    most_billed,
    places_of,
)

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("in_french")]
SHOWS = [Offered(id=show, name=f"Spectacle {show}", capacity=40) for show in (1, 2, 3)]
NUMBERS = "Écrivez un nombre entier, en chiffres."


@pytest.fixture
def in_french(app: Flask) -> Iterator[None]:
    with app.test_request_context(headers={"Accept-Language": "fr"}):
        yield


def checked(
    *rows: tuple[int, str, str, str] | tuple[int, str, str],
    former: tuple[Former, ...] = (),
    shows: list[Offered] = SHOWS,
    max_places: int = 10,
) -> Checked:
    """What these rows make: a show, a rank, how many places, how few."""
    typed = tuple(
        Typed(show=show, priority=rank, places=places, minimum="".join(minimum))
        for show, rank, places, *minimum in rows
    )
    return check(Wanted(rows=typed), Known(shows=shows, former=former, max_places=max_places))


def kept(show: int, rank: int, places: int = 1, minimum: int = 1) -> Wish:
    return Wish(show=show, priority=rank, places=places, minimum=minimum)


# What is right


def test_wishes_come_by_rank() -> None:
    found = checked((1, "2", "4", "2"), (2, "1", "1", "1"), (3, "", "", "1"))

    assert found.wishes == (kept(2, 1), kept(1, 2, 4, 2))
    assert not found.faults


@pytest.mark.parametrize(
    ("minimum", "read"), [("", 1), ("1", 1), ("3", 3), (ALL, 4), ("4", 4), (" 2 ", 2), ("02", 2)]
)
def test_a_minimum_is_one_a_number_or_all(minimum: str, read: int) -> None:
    (wish,) = checked((1, "1", "4", minimum)).wishes

    assert wish.minimum == read


def test_a_show_that_is_not_said_keeps_its_wish() -> None:
    found = checked((1, "2", "1"), former=(Former(wish=kept(3, 1, 2)),))

    assert found.wishes == (kept(3, 1, 2), kept(1, 2))


def test_an_empty_row_takes_its_wish_away() -> None:
    former = (Former(wish=kept(1, 1)), Former(wish=kept(2, 2)))

    found = checked((1, "", ""), (2, "1", "1"), former=former)

    assert found.wishes == (kept(2, 1),)


def test_an_empty_form_is_right() -> None:
    assert checked() == Checked()


# What is wrong


def test_a_rank_that_three_wishes_have_is_said_next_to_each() -> None:
    found = checked((1, "0", "1"), (2, "0", "1"), (3, "0", "1"))

    assert set(found.faults) == {"priorite_1", "priorite_2", "priorite_3"}
    assert found.faults["priorite_1"] == ["Le premier rang est 1."]
    assert found.wishes == ()


@pytest.mark.parametrize(
    ("ranks", "wrong"),
    [
        (("-7", "10"), {"priorite_1": NUMBERS, "priorite_2": "Les rangs se suivent : de 1 à 2."}),
        (
            ("1", "1"),
            {
                "priorite_1": "« Spectacle 2 » a déjà ce rang.",
                "priorite_2": "« Spectacle 1 » a déjà ce rang.",
            },
        ),
        (("1", "3"), {"priorite_2": "Les rangs se suivent : de 1 à 2."}),
        (("²", "1"), {"priorite_1": NUMBERS}),
        (("1.0", "2"), {"priorite_1": NUMBERS}),
        (("1", "１"), {"priorite_2": NUMBERS}),
        (("+1", "2"), {"priorite_1": NUMBERS}),
        (("1_0", "1"), {"priorite_1": NUMBERS}),
        (("1", "2147483648"), {"priorite_2": "Les rangs se suivent : de 1 à 2."}),
        (("9" * 40, "1"), {"priorite_1": NUMBERS}),
        (("٣", "1"), {"priorite_1": NUMBERS}),
    ],
)
def test_ranks_are_one_to_n(ranks: tuple[str, str], wrong: dict[str, str]) -> None:
    found = checked((1, ranks[0], "1"), (2, ranks[1], "1"))

    assert found.faults == {name: [said] for name, said in wrong.items()}


@pytest.mark.parametrize(
    ("places", "said"),
    [
        ("-5", NUMBERS),
        ("0", "Demandez de 1 à 10 places."),
        ("11", "Demandez de 1 à 10 places."),
        ("500", "Demandez de 1 à 10 places."),
        ("2147483648", "Demandez de 1 à 10 places."),
        ("1e3", NUMBERS),
        ("²", NUMBERS),
        ("two", NUMBERS),
        ("", "Combien de places ? Sinon, videz son rang."),
    ],
)
def test_places_are_within_their_bounds(places: str, said: str) -> None:
    assert checked((1, "1", places)).faults == {"places_1": [said]}


@pytest.mark.parametrize(
    ("minimum", "said"),
    [
        ("0", "Le minimum est 1 place."),
        ("5", "C'est plus que les places demandées."),
        ("-1", NUMBERS),
        ("tout", NUMBERS),
        ("2147483648", "C'est plus que les places demandées."),
    ],
)
def test_a_minimum_is_from_one_to_the_places(minimum: str, said: str) -> None:
    assert checked((1, "1", "4", minimum)).faults == {"minimum_1": [said]}


def test_places_without_a_rank_are_refused() -> None:
    said = "Donnez-lui un rang, ou videz ses places."

    assert checked((1, "", "2")).faults == {"priorite_1": [said]}


@pytest.mark.parametrize(
    ("capacity", "said"),
    [
        (0, "Ce spectacle n'a pas de place à demander."),
        (1, "Ce spectacle n'a que 1 place."),
        (3, "Ce spectacle n'a que 3 places."),
    ],
)
def test_nobody_asks_for_more_than_there_is(capacity: int, said: str) -> None:
    small = Offered(id=1, name="Petite salle", capacity=capacity)

    assert checked((1, "1", "4"), shows=[small]).faults == {"places_1": [said]}


def test_everything_wrong_is_said_at_once() -> None:
    found = checked((1, "x", "0", "0"), (2, "4", "", "9"), (3, "", "99"))

    assert set(found.faults) == {
        *("priorite_1", "places_1", "minimum_1"),
        *("priorite_2", "places_2"),
        *("priorite_3", "places_3"),
    }


def test_a_show_of_another_season_is_refused() -> None:
    found = checked((1, "1", "1"), (99, "2", "1"))

    assert list(found.faults) == [""]
    assert "n'est plus proposé" in found.faults[""][0]


def test_a_rank_of_a_wish_that_is_not_said_is_taken() -> None:
    found = checked((1, "1", "1"), former=(Former(wish=kept(2, 1)),))

    assert found.faults == {"priorite_1": ["« Spectacle 2 » a déjà ce rang."]}


def test_a_hole_before_a_wish_that_is_not_said_is_refused() -> None:
    former = (Former(wish=kept(1, 1)), Former(wish=kept(2, 2)))

    assert checked((1, "", ""), former=former).faults == {"": ["Les rangs se suivent : de 1 à 1."]}


# What is settled


@pytest.mark.parametrize("row", [(1, "", ""), (1, "1", "1"), (1, "1", "3", "2")])
def test_places_that_are_settled_stay(row: tuple[int, str, str]) -> None:
    settled = Former(wish=kept(1, 1, 3), is_settled=True)

    (name,) = checked(row, former=(settled,)).faults

    assert name == "places_1"


def test_what_is_settled_may_have_another_rank() -> None:
    settled = Former(wish=kept(1, 1, 3), is_settled=True)

    found = checked((1, "2", "3"), (2, "1", "1"), former=(settled,))

    assert found.wishes == (kept(2, 1), kept(1, 2, 3))


# The most that is billed


def test_the_most_that_is_billed_is_bounded_by_the_budget_and_the_number_of_shows() -> None:
    wishes = [kept(1, 1, 4), kept(2, 2, 1), kept(3, 3, 2)]
    prices = {1: 1000, 2: 2500, 3: 500}

    assert places_of(wishes) == 7
    assert most_billed(wishes, prices, Preferences()) == 7500
    assert most_billed(wishes, prices, Preferences(max_shows=1)) == 4000
    assert most_billed(wishes, prices, Preferences(max_shows=2)) == 6500
    assert most_billed(wishes, prices, Preferences(budget=0)) == 0
    assert most_billed(wishes, prices, Preferences(budget=7000, max_shows=1)) == 4000
    assert most_billed([], prices, Preferences(budget=100)) == 0
