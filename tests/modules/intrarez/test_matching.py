"""Which payment a credit of the bank is."""

import random
import string
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings, strategies as st

from app.modules.intrarez.rules.matching import (
    Kind,
    Line,
    Person,
    Price,
    Proposal,
    propose,
    reference,
)
from tests.timing import fastest

pytestmark = pytest.mark.once

DARTAGNAN = Person(1, "edartag", "Éric", "d'Artagnan")
YEAR, TERM = Price("12months", 1500), Price("3months", 400)
PRICES = (YEAR, TERM, Price("_first", 0))


def one(
    label: str,
    cents: int = 1500,
    *,
    people: Sequence[Person] = (DARTAGNAN,),
    prices: Sequence[Price] = PRICES,
) -> Proposal:
    (proposal,) = propose([Line(7, label, cents)], people, prices)
    assert proposal.line_key == 7
    return proposal


def named(person_id: int, username: str) -> Person:
    """Someone whose names are in no label."""
    return Person(person_id, username, "Zzyzx", "Qwghlm")


def test_a_reference_is_in_capitals() -> None:
    assert reference("edartag", "12months") == "INTERNET EDARTAG 12MONTHS"


@pytest.mark.parametrize(
    "label",
    [
        "INTERNET EDARTAG 12MONTHS",
        "internet edartag 12months",
        "InterNet-EDartag/12_Months.",
        "VIR SEPA RECU /DE M DARTAGNAN /MOTIF INTERNET EDARTAG 12MONTHS /REF NOTPROVIDED",
        "INTERNET EDAR TAG 12 MONTHS",
        "INTE RNET EDARTAG 12MON THS",
        "I N T E R N E T E D A R T A G 1 2 M O N T H S",
        "INTERNETEDARTAG12MONTHS",
        "MOTIF:INTERNETEDARTAG12MONTHS,REF:X",
        "VIR INTERNET /MOTIF INTERNET EDARTAG 12MONTHS",
        "INTERNET EDARTAG 12MONTHS INTERNET EDARTAG 12MONTHS",
        "internet édartag 12months",  # e and an accent: the same letter
        "ＩＮＴＥＲＮＥＴ ＥＤＡＲＴＡＧ １２ＭＯＮＴＨＳ",
    ],
)
def test_a_reference_is_found_however_it_is_written(label: str) -> None:
    assert one(label) == Proposal(7, Kind.sure, 1, "12months")
    assert one(label, 1499) == Proposal(7, Kind.other_amount, 1, "12months")


@pytest.mark.parametrize("username", ["j.d_art-2", "x", "42", "internet", "months"])
@pytest.mark.parametrize("slug", ["12months", "_first", "a_b_c", "3"])
def test_usernames_and_slugs_may_hold_punctuation_and_digits(username: str, slug: str) -> None:
    proposal = one(
        f"VIR {reference(username, slug)} X",
        people=[named(1, username)],
        prices=[Price(slug, 1500)],
    )

    assert proposal == Proposal(7, Kind.sure, 1, slug)


def test_nobody_is_found_without_a_username() -> None:
    assert one("INTERNET 12MONTHS", people=[named(1, ""), named(2, "...")]).kind is Kind.none


def test_usernames_that_begin_alike_are_told_apart() -> None:
    people = [named(1, "edartag"), named(2, "edartag2"), named(3, "edartag21")]

    for person in people:
        label = f"VIR {reference(person.username, '3months')}"
        assert one(label, 400, people=people) == Proposal(7, Kind.sure, person.id, "3months")


def test_slugs_that_end_alike_are_told_apart() -> None:
    prices = [Price("3months", 1500), Price("13months", 1500), Price("months", 1500)]
    people = [named(1, "edartag"), named(2, "edartag1")]

    for person in people:
        for price in prices:
            proposal = one(reference(person.username, price.slug), people=people, prices=prices)
            assert proposal == Proposal(7, Kind.sure, person.id, price.slug)


TWINS = [named(1, "edartag"), named(2, "edartag1")]
TWIN_PRICES = [Price("12months", 1500), Price("2months", 1500)]


@pytest.mark.parametrize(
    ("label", "read"),
    [
        ("INTERNET EDARTAG 12MONTHS", (1, "12months")),
        ("INTERNET EDARTAG1 2MONTHS", (2, "2months")),
        ("INTERNET EDAR TAG 12 MONTHS", (1, "12months")),
        ("INTERNET EDARTAG-1/2MONTHS", None),
        ("INTERNET EDARTAG 1 2MONTHS", None),
        ("INTERNET EDARTAG12MONTHS", None),
        ("INTERNET EDAR TAG12 MONTHS", None),
        ("INTERNETEDARTAG12MONTHS", None),
    ],
)
def test_only_blanks_choose_between_two_readings(label: str, read: tuple[int, str] | None) -> None:
    proposal = one(label, people=TWINS, prices=TWIN_PRICES)

    if read:
        assert proposal == Proposal(7, Kind.sure, *read)
    else:
        assert (proposal.kind, proposal.person_id, proposal.slug) == (Kind.possible, None, None)
        assert sorted(proposal.candidates) == [(1, "12months"), (2, "2months")]


def test_of_two_readings_only_those_at_the_right_price_are_possible() -> None:
    prices = [Price("12months", 1500), Price("2months", 300)]

    proposal = one("INTERNET EDARTAG12MONTHS", 300, people=TWINS, prices=prices)

    assert proposal == Proposal(7, Kind.possible, 2, "2months", ((2, "2months"),))
    assert one("INTERNET EDARTAG12MONTHS", 1, people=TWINS, prices=prices).kind is Kind.none


def test_a_slug_that_begins_another_is_not_chosen_over_it() -> None:
    prices = [Price("12", 1500), Price("12months", 1500), Price("12months_rez", 1500)]

    def slug(label: str) -> str | None:
        return one(label, prices=prices).slug

    assert slug("INTERNET EDARTAG 12") == "12"
    assert slug("INTERNET EDARTAG 12MONTHS") == "12months"
    assert slug("INTERNET EDARTAG 12MONTHS /DE X") == "12months"
    assert slug("INTERNET EDARTAG 12 MONTHS") is None
    assert slug("INTERNET EDARTAG 12MONTHS_REZ") is None
    assert one("INTERNET EDARTAG 12MONTHSREZ", prices=prices).slug == "12months_rez"


def test_usernames_that_differ_by_their_punctuation_are_not_told_apart() -> None:
    people = [named(1, "a.b"), named(2, "ab")]

    proposal = one("INTERNET A.B 12MONTHS", people=people)

    assert proposal.kind is Kind.possible
    assert proposal.candidates == ((1, "12months"), (2, "12months"))


def test_two_references_on_one_line_are_not_sure() -> None:
    people = [DARTAGNAN, named(2, "bob")]

    for label in (
        "INTERNET EDARTAG 12MONTHS INTERNET BOB 12MONTHS",
        "INTERNETBOB12MONTHS INTERNET EDARTAG 12MONTHS",
    ):
        proposal = one(label, people=people)
        assert proposal.kind is Kind.possible
        assert sorted(proposal.candidates) == [(1, "12months"), (2, "12months")]


@pytest.mark.parametrize(
    "label",
    [
        "INTERNET EDARTAB 12MONTHS",
        "INTERNET EDARTG 12MONTHS",
        "INTERNET EDARTAGG 12MONTHS",
        "INTERNET DEARTAG 12MONTHS",
        "INTERNET EDARTAG 12MONTHZ",
        "INTERNET EDARTAG 12MONTH",
        "INTERNET EDARTAG 1MONTHS",
        "INTERNET EDARTAG X12MONTHS",
        "INTERNET X EDARTAG 12MONTHS",
        "INTERNAT EDARTAG 12MONTHS",
        "EDARTAG 12MONTHS",
        "INTERNET 12MONTHS EDARTAG",
        "INTERNET EDАRTAG 12MONTHS",  # a Cyrillic letter
    ],
)
def test_a_misspelt_reference_is_nothing_without_names(label: str) -> None:
    assert one(label, people=[named(1, "edartag")]).kind is Kind.none
    proposal = one(f"VIR M ERIC D'ARTAGNAN {label}")
    assert proposal == Proposal(7, Kind.possible, 1, "12months", ((1, "12months"),))


@pytest.mark.parametrize(
    ("label", "slugs"),
    [
        ("INTERNET EDARTAG 12MONTHSX", ["12months"]),
        ("INTERNET EDARTAG 12MONTHS_PLUX", ["12months", "12months_plus"]),
        ("INTERNET EDARTAG 12MONTHS_PLS /X", ["12months", "12months_plus"]),
        ("INTERNET EDARTAG 12MONTHS_PULS", ["12months", "12months_plus"]),
        ("INTERNET EDARTAG 12MONTHS_PPLUS", ["12months", "12months_plus"]),
        ("INTERNET EDARTAG 12MONTHS PLU", ["12months", "12months_plus"]),
        ("INTERNET EDARTAG1 2MONTHS", ["12months", "2months"]),  # the digit is one too many
    ],
)
def test_what_a_misspelt_reference_begins_like_is_not_sure(label: str, slugs: list[str]) -> None:
    proposal = one(label, prices=[Price(slug, 1500) for slug in slugs])

    assert proposal.kind is Kind.possible


@pytest.mark.parametrize(
    ("prenom", "nom", "label", "found"),
    [
        ("Éric", "d'Artagnan", "VIR M ERIC DARTAGNAN", True),
        ("Éric", "d'Artagnan", "vir d artagnan, éric", True),
        ("Éric", "d'Artagnan", "VIR M E DARTAGNAN", False),
        ("Éric", "d'Artagnan", "VIR M ERIC ARTAGNAN", False),
        ("Éric", "d'Artagnan", "VIR M ERICA DARTAGNANT", False),
        ("Jean-Pierre", "Le Goff", "VIR LE GOFF JEAN PIERRE", True),
        ("Jean-Pierre", "Le Goff", "VIR LEGOFF JEANPIERRE", True),
        ("Jean-Pierre", "Le Goff", "VIR LE GOFF PIERRE", False),
        ("Jean", "Artin", "M ARTIN JEAN", True),
        ("Jean", "Martin", "M ARTIN JEAN", False),  # never cut inside a word
        ("Martin", "Martin", "VIR MARTIN", False),
        ("Martin", "Martin", "VIR MARTIN MARTIN", True),
        ("Pierre", "Jean Pierre", "VIR JEAN PIERRE", False),
        ("", "Martin", "VIR MARTIN", False),
        ("Jean", "", "VIR JEAN", False),
        ("?", "!", "VIR ? !", False),
        ("Юрий", "Ωmega", "YURIY OMEGA", True),
    ],
)
def test_names_are_whole_words(prenom: str, nom: str, label: str, *, found: bool) -> None:
    proposal = one(label, people=[Person(1, "x", prenom, nom)])

    assert proposal.kind is (Kind.possible if found else Kind.none)
    assert proposal.slug == ("12months" if found else None)


def test_names_at_no_price_are_nothing() -> None:
    assert one("VIR ERIC DARTAGNAN", 1234) == Proposal(7, Kind.none)


def test_several_people_or_offers_are_a_list_and_no_choice() -> None:
    people = [
        Person(1, "a", "Jean", "Martin"),
        Person(2, "b", "Jean", "Martin Dupont"),
        Person(3, "c", "Paul", "Martin"),
    ]
    prices = [Price("3months", 400), Price("spring", 400), Price("12months", 1500)]

    assert one("VIR JEAN MARTIN DUPONT", 400, people=people, prices=prices) == Proposal(
        7,
        Kind.possible,
        candidates=((2, "3months"), (2, "spring"), (1, "3months"), (1, "spring")),
    )
    assert one("VIR PAUL MARTIN", 400, people=people, prices=prices).person_id is None


def test_offers_of_one_price_are_told_apart_by_the_reference() -> None:
    prices = [Price("3months", 400), Price("spring", 400)]

    for price in prices:
        assert one(reference("edartag", price.slug), 400, prices=prices).slug == price.slug


def test_nothing_gives_nothing() -> None:
    assert propose([], [DARTAGNAN], PRICES) == []
    assert propose([Line(1, "INTERNET EDARTAG 12MONTHS", 1500)], [], []) == [Proposal(1, Kind.none)]


def misspelt(chance: random.Random, text: str) -> str:
    """A reference with one letter wrong: no username nor slug has a Q."""
    place = chance.choice([i for i, letter in enumerate(text) if letter.isalpha()])
    return text[:place] + "Q" + text[place + 1 :]


def test_a_statement_of_five_hundred_lines() -> None:
    chance = random.Random(20261124)
    letters = string.ascii_lowercase.replace("q", "")
    people = [
        Person(
            number,
            "".join(chance.choices(letters, k=7)) + chance.choice(["", "2", "13", ".x", "-y"]),
            f"Prenom{number}",
            f"Nom{number}",
        )
        for number in range(1, 401)
    ]
    prices = [YEAR, TERM, Price("spring", 400), Price("13months", 1600)]
    chosen = chance.sample(people, 60)
    lines: list[Line] = []
    due: list[Proposal] = []

    def add(text: str, cents: int, kind: Kind, person: Person | None, slug: str | None) -> None:
        key = len(lines)
        label = f"VIR SEPA RECU /DE M {key} /MOTIF {text} /REF NOTPROVIDED"
        lines.append(Line(key, chance.choice([str.upper, str.lower])(label), cents))
        due.append(Proposal(key, kind, person.id if person else None, slug))

    for number, person in enumerate(chosen):
        price = chance.choice(prices)
        text = reference(person.username, price.slug)
        if number < 10:
            add(misspelt(chance, text), price.amount_cents, Kind.none, None, None)
        elif number < 15:
            add(text, price.amount_cents + 100_000, Kind.other_amount, person, price.slug)
        else:
            for _ in range(2 if number < 18 else 1):  # paid twice: two payments
                add(text, price.amount_cents, Kind.sure, person, price.slug)
    while len(lines) < 500:
        word = chance.choice(["INTERNET", "FREE INTERNET", "LOYER", chance.choice(people).username])
        noise = "".join(chance.choices(string.ascii_uppercase + "  ", k=30))
        add(f"{word} {noise}", chance.choice(prices).amount_cents, Kind.none, None, None)
    order = list(range(500))
    chance.shuffle(order)

    proposals = propose([lines[i] for i in order], people, prices)

    assert proposals == [due[i] for i in order]


def test_names_help_misspelt_references_but_are_never_sure() -> None:
    chance = random.Random(3)
    person = Person(5, "lmartin", "Léa", "Martin")

    for _ in range(200):
        text = misspelt(chance, reference("lmartin", "12months"))
        proposal = one(f"VIR LEA MARTIN {text}", people=[DARTAGNAN, person])
        assert proposal == Proposal(7, Kind.possible, 5, "12months", ((5, "12months"),))


def test_five_hundred_lines_and_four_thousand_people_are_soon_compared() -> None:
    chance = random.Random(1)
    noms = ["".join(chance.choices(string.ascii_lowercase, k=6)) for _ in range(800)]
    people = [
        Person(i, f"{chance.choice(noms)}{i}", chance.choice(noms[:90]), chance.choice(noms))
        for i in range(4000)
    ]
    lines = [
        Line(
            i,
            f"VIR SEPA RECU /DE M {people[i].prenom} {people[i].nom} {' X' * 90} /MOTIF "
            + (reference(people[i].username, "12months") if i % 2 else "INTERNET"),
            1500,
        )
        for i in range(500)
    ]

    proposals = propose(lines, people, PRICES)

    assert fastest(lambda: propose(lines, people, PRICES), within=2) < 2
    assert {proposal.kind for proposal in proposals} == {Kind.sure, Kind.possible}


#: Few letters, so that usernames and slugs often begin or end alike.
usernames = st.text("ab1._-", max_size=6)
slugs = st.text("ab1_", min_size=1, max_size=5)


@settings(database=None, deadline=None, max_examples=500)
@given(
    names=st.lists(usernames, min_size=1, max_size=8, unique=True),
    offers=st.lists(slugs, min_size=1, max_size=5, unique=True),
    data=st.data(),
)
def test_a_reference_is_never_surely_that_of_another(
    names: list[str], offers: list[str], data: st.DataObject
) -> None:
    people = [named(number, name) for number, name in enumerate(names)]
    prices = [Price(slug, 1500) for slug in offers]
    person = data.draw(st.sampled_from(people))
    slug = data.draw(st.sampled_from(offers))
    cut = data.draw(st.randoms(use_true_random=False))
    marks = st.text(" .,;:/_-\t", min_size=1, max_size=3)

    def written(word: str) -> str:
        cases: list[Callable[[str], str]] = [str.upper, str.lower]
        return "".join(cut.choice(cases)(c) + cut.choice(["", "", "", " ", "-"]) for c in word)

    words = ["internet", person.username, slug]
    label = data.draw(marks).join(["vir", *map(written, words), "ref"])

    proposal = one(label, people=people, prices=prices)

    has_name = any(letter.isalnum() for letter in person.username)
    if proposal.kind is Kind.sure and has_name and any(c.isalnum() for c in slug):
        assert (proposal.person_id, proposal.slug) == (person.id, slug)
