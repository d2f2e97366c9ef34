"""What a guide is made of."""

import pytest

from app.modules.help.rules import anchor, parse

pytestmark = pytest.mark.once

TEXT = """# Un guide

Pour qui ?

- [Un](#un)
- [Deux](#deux)

## Un

Ce qu'il faut [savoir](autre.md), et [lire](/legal).

### D'abord

Ceci.

## Deux

Cela.
"""


def test_a_guide_has_a_title_an_opening_sections_and_parts() -> None:
    guide = parse(TEXT)

    assert (guide.title, guide.opening) == ("Un guide", "Pour qui\N{NO-BREAK SPACE}?")
    assert [section.title for section in guide.sections] == ["Un", "Deux"]
    assert [part.title for part in guide.sections[0].parts] == ["", "D'abord"]
    assert guide.sections[1].parts[0].text == "Cela."


def test_a_link_to_what_is_not_on_the_site_leaves_its_words() -> None:
    assert parse(TEXT).sections[0].parts[0].text == "Ce qu'il faut savoir, et [lire](/legal)."


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("2. L'année", "2-lannée"),
        ("Avoir Internet", "avoir-internet"),
        ("Argent et données personnelles", "argent-et-données-personnelles"),
        ("« Messages » : lire", "-messages---lire"),
    ],
)
def test_a_section_has_the_address_that_forges_give_it(title: str, expected: str) -> None:
    assert anchor(title).strip("-") == expected.strip("-")


def test_a_text_without_a_title_is_no_guide() -> None:
    with pytest.raises(ValueError, match="title"):
        parse("Bonjour.\n")
