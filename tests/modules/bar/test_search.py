"""Looking for a customer: who is found, who is not, and where one is led."""

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from sqlalchemy.orm import Session

from app.enums import PermissionScope as S, PermissionType as T
from app.models import BarAccount, PCeen
from tests.client import Client
from tests.conftest import Login
from tests.factories import PCeenFactory, barman, customer, manager
from tests.factories.people import role_with


@pytest.fixture
def counter(login: Login, session: Session) -> Client:
    """The counter, with someone who serves behind it, whom no test looks for."""
    return login(barman(prenom="Zoé", nom="Zola", promo=None))


@pytest.fixture
def names(counter: Client) -> Callable[..., list[str]]:
    """Who is found: ``names("marie", sort="promo")``."""

    def _names(text: str, **asked: str) -> list[str]:
        page = counter.open_page(f"/bar/search?{urlencode({'q': text, **asked})}")
        return page.texts(".customers-name")

    return _names


def called(prenom: str, nom: str, **columns: object) -> PCeen:
    return customer(prenom=prenom, nom=nom, **columns)


def nickname(session: Session, pceen: PCeen, name: str) -> None:
    session.get_one(BarAccount, pceen.id).call(name)
    session.commit()


def led_to(counter: Client, text: str) -> str:
    answer = counter.get(f"/bar/search?{urlencode({'q': text})}")
    assert answer.status_code == 302
    return answer.location


def test_nothing_asked_leads_to_ones_own_page(login: Login, session: Session) -> None:
    me = barman()

    assert led_to(login(me), " ") == f"/bar/user/{me.username}"


def test_all_the_customers_are_listed_with_what_they_have(login: Login, session: Session) -> None:
    boss = login(manager(prenom="Zoé", nom="Zola"))
    customer(1250, prenom="Ada", nom="A")
    customer(50, prenom="Bob", nom="B")
    customer(400, prenom="Cyd", nom="C", deposit=False)
    PCeenFactory(prenom="Dan", nom="D")

    page = boss.open_page("/bar/search?all=1")

    assert page.texts(".customers-name") == ["Ada A", "Bob B", "Cyd C", "Zoé Zola"]
    assert page.texts(".customers-balance")[:3] == ["12,50 €", "0,50 €", "4,00 €"]
    tones = [one["class"][1] for one in page.html.select(".customers-balance")]
    assert tones[:3] == ["is-normal", "is-red", "is-grey"]
    assert "sans caution" in page.texts(".customers-one")[2]
    assert "all=1" in page.html.select(".customers-sort a")[1]["href"]
    assert page.html.select(".counter-everybody[href='/bar/search?all=1']")


def test_all_the_customers_are_listed_however_few(counter: Client, session: Session) -> None:
    page = counter.open_page("/bar/search?all=1")

    assert page.texts(".customers-name") == ["Zoé Zola"]


def test_a_username_leads_to_its_page_whoever_else_is_found(
    counter: Client, session: Session
) -> None:
    called("Ada", "Lovelace", username="ada")
    called("Ada", "Byron", username="adabyron")

    assert led_to(counter, "ada") == "/bar/user/ada"


def test_the_username_of_who_does_not_come_leads_nowhere(counter: Client, session: Session) -> None:
    PCeenFactory(username="stranger")

    page = counter.open_page("/bar/search?q=stranger")

    assert page.texts(".customers-name") == []


def test_the_only_one_who_is_found_is_opened(counter: Client, session: Session) -> None:
    found = called("Émilie", "du Châtelet")

    assert led_to(counter, "emilie du cha") == f"/bar/user/{found.username}"


@pytest.mark.parametrize("text", ["éloïse", "ELOISE", "oise d", "eloise dupre", "Dupré-"])
def test_case_and_accents_do_not_matter(
    names: Callable[..., list[str]], session: Session, text: str
) -> None:
    for nom in ("Dupré-Martin", "Dupré-Petit"):
        called("Éloïse", nom)
    called("Marc", "Autre")

    assert names(text) == ["Éloïse Dupré-Martin", "Éloïse Dupré-Petit"]


def test_a_nickname_is_looked_for(counter: Client, session: Session) -> None:
    found = called("Jean", "Perrin")
    nickname(session, found, "Le Téméraire")

    assert led_to(counter, "temeraire") == f"/bar/user/{found.username}"


def test_a_promo_is_looked_for(names: Callable[..., list[str]], session: Session) -> None:
    called("Ada", "A", promo=139, username="ada")
    called("Bob", "B", promo=139, username="bob")
    called("Cyd", "C", promo=138, username="cyd")

    assert names("139") == ["Ada A", "Bob B"]


def test_signs_of_patterns_are_what_they_are(
    names: Callable[..., list[str]], session: Session
) -> None:
    called("Ada", "100% Lovelace")
    called("Bob", "50% Byron")
    called("Cyd", "Under_Score")

    assert names("%") == ["Ada 100% Lovelace", "Bob 50% Byron"]
    assert names("0%") == ["Ada 100% Lovelace", "Bob 50% Byron"]
    assert names("n%") == []
    assert names("\\") == []


def test_whoever_may_come_is_found_once(names: Callable[..., list[str]], session: Session) -> None:
    called("Nom", "A", roles=[role_with((T.all, S.bar))])
    called("Nom", "B", roles=[role_with((T.read, S.bar)), role_with((T.write, S.bar))])
    called("Nom", "C", roles=[role_with((T.read, S.photos))])
    PCeenFactory(prenom="Nom", nom="D")

    assert names("nom ") == ["Nom A", "Nom B"]


def test_the_list_is_sorted_as_asked(names: Callable[..., list[str]], session: Session) -> None:
    called("X", "Aa", promo=141)
    called("X", "Bb", promo=140)
    called("X", "Cc", promo=141)

    assert names("x ") == ["X Aa", "X Bb", "X Cc"]
    assert names("x ", way="desc") == ["X Cc", "X Bb", "X Aa"]
    assert names("x ", sort="promo") == ["X Bb", "X Aa", "X Cc"]
    assert names("x ", sort="promo", way="desc") == ["X Aa", "X Cc", "X Bb"]
    assert names("x ", sort="balance", way="sideways") == ["X Aa", "X Bb", "X Cc"]


def test_a_page_holds_so_many_cards(counter: Client, session: Session) -> None:
    for number in range(14):
        called("Foule", f"N{number:02}")

    first = counter.open_page("/bar/search?q=foule")
    second = counter.open_page("/bar/search?q=foule&page=2")
    beyond = counter.open_page("/bar/search?q=foule&page=99")

    assert len(first.texts(".customers-name")) == 12
    assert second.texts(".customers-name") == ["Foule N12", "Foule N13"]
    assert beyond.texts(".customers-name") == second.texts(".customers-name")


def test_a_search_costs_the_same_for_few_and_for_many(
    counter: Client, session: Session, queries: list[str]
) -> None:
    counts = []
    for number in range(12):
        called("Foule", f"N{number:02}")
        if number in (1, 11):
            queries.clear()
            counter.get("/bar/search?q=foule")
            counts.append(len(queries))

    assert counts[0] == counts[1] <= 10


def test_who_types_is_offered_the_first(counter: Client, session: Session) -> None:
    first = called("Marie", "Curie", promo=None)
    called("Anne-Marie", "Zed", promo=141)
    nickname(session, first, "Manya")

    found = counter.get("/api/bar/search?q=marie").json["customers"]

    assert [one["name"] for one in found] == ["Marie Curie", "Anne-Marie Zed"]
    assert found[0] == {
        "username": first.username,
        "name": "Marie Curie",
        "nickname": "Manya",
        "promo": "extérieur",
        "avatar": None,
        "initials": "MC",
        "color": first.id % 6,
        "url": f"/bar/user/{first.username}",
    }


def test_who_types_is_offered_few(counter: Client, session: Session) -> None:
    for number in range(10):
        called("Foule", f"N{number:02}")

    assert len(counter.get("/api/bar/search?q=foule").json["customers"]) == 8
    assert counter.get("/api/bar/search?q=").json == {"customers": []}


@pytest.mark.once
@pytest.mark.parametrize("address", ["/api/bar/search?q=a", "/bar/search?q=a"])
def test_only_who_serves_looks_for_people(login: Login, session: Session, address: str) -> None:
    assert login(customer()).get(address).status_code == 403
