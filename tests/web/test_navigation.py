"""What a phone has at its foot."""

from app.web.module import NavEntry
from app.web.navigation import dock


def entries(*names: str, at_hand: str = "") -> list[NavEntry]:
    """Entries in their order; those of *at_hand* are used most."""
    return [
        NavEntry(label=name, endpoint=name, icon="x", rank=rank, at_hand=name in at_hand)
        for rank, name in enumerate(names)
    ]


def labels(found: object) -> tuple[str, str]:
    shown, rest = found  # type: ignore[misc]
    return "".join(e.label for e in shown), "".join(e.label for e in rest)


def test_five_entries_stand_side_by_side() -> None:
    assert labels(dock(entries(*"abcde", at_hand="e"))) == ("abcde", "")


def test_of_more_those_used_most_come_first_in_their_order() -> None:
    assert labels(dock(entries(*"abcdefg", at_hand="aceg"))) == ("aceg", "bdf")


def test_others_fill_what_is_left() -> None:
    assert labels(dock(entries(*"abcdefg", at_hand="ag"))) == ("abcg", "def")
