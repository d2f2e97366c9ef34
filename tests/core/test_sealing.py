"""What is kept sealed."""

import pytest

from app.core.sealing import SealBroken, Sealer

pytestmark = pytest.mark.once


def sealer(*keys: str, purpose: str = "test") -> Sealer:
    return Sealer(keys, purpose=purpose)


def test_what_is_sealed_is_read_again_and_does_not_show() -> None:
    sealed = sealer("one").seal("ORSXG5A")

    assert "ORSXG5A" not in sealed
    assert sealer("one").open(sealed) == "ORSXG5A"
    assert sealer("one").seal("ORSXG5A") != sealed


def test_a_former_key_still_opens_and_the_present_one_seals() -> None:
    before = sealer("old").seal("secret")
    rotated = sealer("new", "old")

    assert rotated.open(before) == "secret"
    assert sealer("new").open(rotated.seal("secret")) == "secret"


@pytest.mark.parametrize(
    "other",
    [sealer("another"), sealer("one", purpose="something else")],
    ids=["another key", "another purpose"],
)
def test_nothing_else_opens_it(other: Sealer) -> None:
    with pytest.raises(SealBroken):
        other.open(sealer("one").seal("secret"))


@pytest.mark.parametrize("damaged", ["", "x", "gAAAA", "é"])
def test_what_is_damaged_is_not_opened(damaged: str) -> None:
    with pytest.raises(SealBroken):
        sealer("one").open(damaged)
    sealed = sealer("one").seal("secret")
    with pytest.raises(SealBroken):
        sealer("one").open(sealed[:-4] + "AAAA")
