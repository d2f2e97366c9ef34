"""The list of the PCéens."""

import csv
from datetime import timedelta
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from app.core import clock
from app.core.addresses import AddressPlan
from app.enums import BanKind, PermissionScope as S, PermissionType as T
from app.models import (
    Allocation,
    Ban,
    BanAddress,
    Device,
    PCeen,
    Role,
    Room,
    Subscription,
    pceen_role,
)
from app.modules.gris.errors import NoSuchView
from app.modules.gris.queries import people as gris
from app.modules.gris.queries.search import Search, View
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories import (
    DeviceFactory,
    PaymentFactory,
    PCeenFactory,
    RentalFactory,
    permission,
    system_role,
)


@pytest.fixture
def gri(session: Session, login: Login) -> Client:
    """The browser of someone who may see the list, and whom it does not show."""
    return login(PCeenFactory(can=[(T.write, S.pceen)], prenom="Zoé", nom="Zola", activated=False))


def shown(page: Page) -> list[str]:
    """The names on the page, in order."""
    return page.texts("tbody td.headline")


def found(session: Session, view: View = View.all, **asked: str) -> list[str]:
    """The last names that a search finds, in order."""
    page = gris.pceens_page(session, Search.read(view, asked))
    return [line.pceen.nom for line in page.people.items]


# Who sees it


@pytest.mark.parametrize(
    ("can", "status"),
    [
        ([], 403),
        ([(T.read, S.pceen)], 403),
        ([(T.write, S.role)], 403),
        ([(T.all, S.intrarez)], 403),
        ([(T.write, S.pceen)], 200),
        ([(T.all, S.pceen)], 200),
        ([(T.all, S.gris)], 200),
    ],
)
def test_the_list_is_for_who_may_change_people(
    session: Session, login: Login, can: list[tuple[T, S]], status: int
) -> None:
    browser = login(PCeenFactory(can=can))

    assert browser.get("/gris/pceens").status_code == status


def test_who_is_not_logged_in_is_sent_to_log_in(client: Client) -> None:
    answer = client.get("/gris/pceens?q=ada")

    assert answer.status_code == 302
    assert answer.location.startswith("/login?next=/gris/pceens")


@pytest.mark.parametrize("view", ["none", "__class__", "label", "ACTIVE", "%00", "all/"])
def test_a_view_that_is_none_is_not_found(gri: Client, view: str) -> None:
    assert gri.get(f"/gris/pceens/{view}").status_code == 404


@pytest.mark.once
def test_a_view_is_known_by_its_exact_name() -> None:
    with pytest.raises(NoSuchView):
        Search.read("Active", {})


@pytest.mark.parametrize("view", list(View))
def test_each_view_opens_even_empty(gri: Client, view: View) -> None:
    answer = gri.get(f"/gris/pceens/{view}?q=nemo", follow_redirects=True)

    assert answer.status_code == 200
    assert "nemo" in answer.text


# Whom each view shows


def test_the_active_ones_logged_in_once_and_are_not_disabled(session: Session) -> None:
    PCeenFactory(nom="Active")
    PCeenFactory(nom="Never", activated=False)
    PCeenFactory(nom="Disabled", disabled_at=clock.now())

    assert found(session, View.active) == ["Active"]
    assert found(session, View.disabled) == ["Disabled"]
    assert sorted(found(session, View.all)) == ["Active", "Disabled", "Never"]


@pytest.mark.parametrize(
    ("right", "view", "is_shown"),
    [
        ((T.read, S.intrarez), View.rez, True),
        ((T.write, S.intrarez), View.rez, True),
        ((T.all, S.intrarez), View.rez, True),
        ((T.read, S.bar), View.rez, False),
        ((T.read, S.bar), View.bar, True),
        ((T.read, S.bar_stats), View.bar, True),
        ((T.all, S.bar), View.bar, True),
        ((T.read, S.intrarez), View.bar, False),
    ],
)
def test_a_view_of_a_right_shows_who_holds_it_in_any_way(
    session: Session, right: tuple[T, S], view: View, is_shown: bool
) -> None:
    PCeenFactory(nom="Curie", can=[right])

    assert found(session, view) == (["Curie"] if is_shown else [])


def test_two_roles_that_give_the_same_right_show_someone_once(session: Session) -> None:
    PCeenFactory(nom="Curie", can=[(T.all, S.intrarez)], slugs=["rezident", "gri"])

    page = gris.pceens_page(session, Search(view=View.rez))

    assert (page.people.total, len(page.people.items)) == (1, 1)


def test_a_right_that_everybody_has_shows_everybody(session: Session) -> None:
    public = system_role("public")
    public.permissions = [permission(T.read, S.bar)]
    session.commit()
    PCeenFactory(nom="Curie")

    assert found(session, View.bar) == ["Curie"]


@pytest.mark.parametrize(
    ("starts", "ends", "ended", "is_shown"),
    [
        (0, None, None, True),
        (1, None, None, False),
        (-2, -1, None, False),
        (-2, 1, None, True),
        (-2, None, -1, False),
    ],
)
def test_the_banned_ones_are_those_whose_ban_weighs_now(
    session: Session, starts: int, ends: int | None, ended: int | None, is_shown: bool
) -> None:
    def day(offset: int | None) -> object:
        return None if offset is None else clock.now() + timedelta(days=offset)

    session.add(
        Ban(
            pceen=PCeenFactory(nom="Curie"),
            kind=BanKind.disciplinary,
            reason="test",
            starts_at=day(starts),
            ends_at=day(ends),
            ended_at=day(ended),
        )
    )
    session.commit()

    assert found(session, View.banned) == (["Curie"] if is_shown else [])


# Searching


@pytest.mark.parametrize(
    "typed",
    [
        "éloïse",
        "Éloïse",
        "eloise",
        "ELOISE",
        "loïs",
        "d'arc",
        "d arc",
        "darc-là",
        "Éloïse d'Arc",
        "arc-là éloïse",
        "d'arc-là éloïse",
        " eloise ",
        "E\u0301loi\u0308se",
    ],
)
def test_someone_is_found_whatever_the_accents_and_the_order(session: Session, typed: str) -> None:
    PCeenFactory(prenom="Éloïse", nom="D'Arc-Là", username="x", email="x@example.org")
    PCeenFactory(prenom="Marie", nom="Curie")

    expected = [] if typed == "darc-là" else ["D'Arc-Là"]
    assert found(session, q=typed) == expected


@pytest.mark.parametrize("typed", ["eloise", "ELOISE", "Éloïse", "éloïse"])
def test_a_username_and_an_address_are_found_whatever_the_accents(
    session: Session, typed: str
) -> None:
    PCeenFactory(nom="Curie", username="eloise7", email="x@example.org")
    PCeenFactory(nom="Joliot", username="y", email="eloise@example.org")

    assert sorted(found(session, q=typed)) == ["Curie", "Joliot"]


@pytest.mark.parametrize("sign", ["%", "_", "/", "\\", "%%", "_%", "*", "?"])
def test_signs_that_mean_something_to_databases_are_only_signs(session: Session, sign: str) -> None:
    PCeenFactory(nom="Without", username="plain", email="plain@example.org")
    PCeenFactory(nom="With", username=f"a{sign}b", email="with@example.org")

    assert found(session, q=sign) == ["With"]


@pytest.mark.parametrize("typed", ["\x00", "a\x00b", "\n", "'", '"', "' OR 1=1 --", "ﷺ" * 100])
def test_whatever_is_typed_is_an_answer(gri: Client, typed: str) -> None:
    assert gri.get("/gris/pceens/all", query_string={"q": typed}).status_code == 200


def test_a_long_search_is_cut_at_a_hundred_characters() -> None:
    assert Search.read("all", {"q": "x" * 300}).text == "x" * 100


def test_a_room_number_finds_who_lives_there_today(session: Session) -> None:
    curie, joliot, langevin = (
        PCeenFactory(nom=nom, username=nom[0], email=f"{nom[0]}@example.org")
        for nom in ("Curie", "Joliot", "Langevin")
    )
    RentalFactory(room_num=312, pceen=curie)
    RentalFactory(room_num=313, pceen=joliot)
    over = {"ends_on": clock.today(), "open_room": None, "closed_at": clock.now()}
    RentalFactory(room_num=312, pceen=langevin, **over)

    assert found(session, q="312") == ["Curie"]


def test_a_number_finds_the_account_that_has_it(session: Session) -> None:
    curie = PCeenFactory(nom="Curie", id=987_654, username="mc", email="mc@example.org")

    assert found(session, q=str(curie.id)) == ["Curie"]
    assert found(session, q="98765") == []


@pytest.mark.parametrize("typed", ["9" * 9, "9" * 10, "9" * 19, "9" * 100, "٣١٢", "²"])
def test_a_number_that_no_row_has_finds_nobody(session: Session, typed: str) -> None:
    ada = PCeenFactory(nom="Curie", username="mc", email="mc@example.org")
    RentalFactory(room_num=312, pceen=ada)

    assert found(session, q=typed) == []


@pytest.mark.parametrize(
    "typed",
    ["3c:22:fb:0a:1b:2c", "3C-22-FB-0A-1B-2C", "3c22.fb0a.1b2c", "3c22fb0a1b2c", " 3C22FB0A1B2C "],
)
def test_a_device_finds_its_owner_however_its_address_is_written(
    session: Session, typed: str
) -> None:
    DeviceFactory(mac_address="3c:22:fb:0a:1b:2c", pceen__nom="Curie")
    DeviceFactory(mac_address="3c:22:fb:0a:1b:2d", pceen__nom="Joliot")

    assert found(session, q=typed) == ["Curie"]


def test_a_part_of_a_hardware_address_finds_nobody(session: Session) -> None:
    DeviceFactory(mac_address="3c:22:fb:0a:1b:2c")

    assert found(session, q="3c:22:fb") == []


def test_a_search_stays_in_its_view(session: Session) -> None:
    PCeenFactory(nom="Curie", disabled_at=clock.now())

    assert found(session, View.active, q="curie") == []
    assert found(session, View.disabled, q="curie") == ["Curie"]


# Order


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("nom", ["Abel", "Élan", "Zola"]),
        ("-nom", ["Zola", "Élan", "Abel"]),
        ("prenom", ["Zola", "Abel", "Élan"]),
        ("promo", ["Élan", "Zola", "Abel"]),
        ("-promo", ["Abel", "Zola", "Élan"]),
        ("email", ["Abel", "Zola", "Élan"]),
        ("username", ["Zola", "Élan", "Abel"]),
        ("id", ["Zola", "Abel", "Élan"]),
        ("-id", ["Élan", "Abel", "Zola"]),
        # what is no order
        ("", ["Élan", "Abel", "Zola"]),
        ("password_hash", ["Élan", "Abel", "Zola"]),
        ("-disabled_at", ["Élan", "Abel", "Zola"]),
        ("--id", ["Élan", "Abel", "Zola"]),
        ("id; DROP TABLE pceen", ["Élan", "Abel", "Zola"]),
    ],
)
def test_the_list_is_in_the_order_asked_or_the_latest_first(
    session: Session, sort: str, names: list[str]
) -> None:
    PCeenFactory(prenom="Ada", nom="Zola", promo=139, email="b@example.org", username="a")
    PCeenFactory(prenom="Bob", nom="Abel", promo=140, email="a@example.org", username="c")
    PCeenFactory(prenom="Éva", nom="Élan", promo=138, email="c@example.org", username="b")

    assert found(session, sort=sort) == names


@pytest.mark.parametrize(
    ("asked", "number"),
    [("1", 1), ("2", 2), ("3", 2), ("0", 1), ("-1", 1), ("x", 1), ("²", 1), ("9" * 99, 1)],
)
def test_a_page_that_is_not_there_gives_one_that_is(
    session: Session, asked: str, number: int
) -> None:
    people(session, 151)

    page = gris.pceens_page(session, Search.read("all", {"page": asked})).people

    assert (page.number, len(page.items)) == (number, 150 if number == 1 else 1)


# What it says and what it costs


def people(session: Session, count: int, *, roles: int = 5) -> list[PCeen]:
    """As many people, each with as many roles, in few statements."""
    made = [PCeenFactory.build() for _ in range(count)]
    session.add_all(made)
    session.flush()
    some = sa.select(Role.id).where(
        Role.slug.in_(["eleve", "rezident", "bar_client", "alumni", "bekk"])
    )
    held = session.scalars(some.order_by(Role.index).limit(roles)).all()
    rows = [{"pceen_id": one.id, "role_id": role} for one in made for role in held]
    session.execute(sa.insert(pceen_role), rows)
    session.commit()
    return made


def test_a_line_says_the_room_the_devices_and_why_one_is_banned(
    session: Session, gri: Client
) -> None:
    ada = RentalFactory(room_num=312, pceen__nom="Curie").pceen
    for _ in range(3):
        DeviceFactory(pceen=ada)
    kind = BanKind.disciplinary
    session.add(Ban(pceen=ada, kind=kind, reason="téléchargement", open_key="k"))
    session.commit()

    page = gri.open_page("/gris/pceens?q=curie")

    assert shown(page) == ["Marie Curie ∞"]
    assert page.html.select_one('td.headline [title="téléchargement"]')
    assert page.texts("tbody td")[4:7] == ["312", "3", "–"]
    assert page.texts("tbody .roles") == ["Rezident"]


def test_a_name_that_is_html_is_only_a_name(session: Session, gri: Client) -> None:
    PCeenFactory(prenom="<img src=x onerror=alert(1)>", nom="Curie")

    page = gri.open_page("/gris/pceens")

    assert shown(page) == ["<img src=x onerror=alert(1)> Curie"]
    assert not page.html.select("tbody img")


def test_nobody_found_is_said(session: Session, gri: Client) -> None:
    assert "Personne ne correspond." in gri.open_page("/gris/pceens?q=nemo").text("main")


def test_the_list_takes_as_many_statements_for_ten_people_as_for_three_hundred(
    session: Session, gri: Client, queries: list[str]
) -> None:
    def cost() -> int:
        queries.clear()
        gri.open_page("/gris/pceens")
        return len(queries)

    people(session, 10)
    cost()
    cost_of_ten = cost()
    people(session, 290)

    assert cost() == cost_of_ten <= 12


def test_a_full_page_weighs_120_kilobytes_at_most(session: Session, gri: Client) -> None:
    people(session, 300)

    answer = gri.get("/gris/pceens")

    assert answer.text.count("<tr>") >= 150
    assert len(answer.data) <= 120 * 1024


def test_a_search_is_kept_from_a_view_to_another_and_from_a_page_to_the_next(
    session: Session, gri: Client
) -> None:
    people(session, 151)

    page = gri.open_page("/gris/pceens/all?q=curie&sort=nom")

    links = {str(a["href"]) for a in page.html.select("main a[href]")}
    assert any("/gris/pceens/rez" in link and "q=curie" in link for link in links)
    assert any("page=2" in link and "q=curie" in link and "sort=nom" in link for link in links)


# Names with a letter wrong


def near(session: Session, text: str, **asked: str) -> list[str]:
    """The last names that are nearly what was typed, the nearest first."""
    page = gris.pceens_page(session, Search.read("all", {"q": text} | asked))
    return [line.pceen.nom for line in page.nearly]


@pytest.mark.parametrize(
    "typed",
    [
        "curei",  # two exchanged
        "curi e",
        "currie",  # one too many
        "cure",  # one forgotten
        "curje",  # one for another
        "CÙRJÉ",
        "mqrie curie",
        "curie mqrie",
        "mqrie curje",
        "mariecurie",
    ],
)
def test_a_letter_wrong_finds_someone_all_the_same(session: Session, typed: str) -> None:
    PCeenFactory(prenom="Marie", nom="Curie", username="x", email="x@example.org")
    PCeenFactory(prenom="Paul", nom="Langevin", username="y", email="y@example.org")

    assert found(session, q=typed) == []
    assert near(session, typed) == ["Curie"]


@pytest.mark.parametrize("typed", ["cuxxe", "ce", "mqrje langevin", "12", "123", "_", "%%%", "x"])
def test_two_letters_wrong_or_hardly_any_find_nobody(session: Session, typed: str) -> None:
    PCeenFactory(prenom="Marie", nom="Curie", username="zzzzzz", email="z@example.org")

    assert near(session, typed) == []


def test_who_is_found_exactly_comes_first_and_once(session: Session, gri: Client) -> None:
    PCeenFactory(prenom="Marie", nom="Curie", username="x", email="x@example.org")
    PCeenFactory(prenom="Marie", nom="Curia", username="y", email="y@example.org")

    page = gri.open_page("/gris/pceens/all?q=curie")

    assert shown(page) == ["Marie Curie", "Marie Curia"]
    assert page.texts("h2")[0] == "À une lettre près"


def test_a_letter_wrong_stays_in_its_view_and_its_filters(session: Session) -> None:
    PCeenFactory(nom="Curie", promo=140)
    PCeenFactory(nom="Curia", promo=141)

    assert near(session, "curja", promo="141") == ["Curia"]
    assert near(session, "curja", promo="142") == []


def test_as_many_as_twenty_are_nearly_what_was_typed(session: Session) -> None:
    people(session, 30)

    assert len(near(session, "curje")) == 20


# Addresses of the network


def test_an_address_of_the_network_finds_whose_device_has_it(session: Session) -> None:
    device, other = DeviceFactory(pceen__nom="Curie"), DeviceFactory(pceen__nom="Joliot")
    given = {"room_num": 312, "created_at": clock.now()}
    over = {"ended_at": clock.now()}
    rows = [
        Allocation(
            device_id=device.id, mac_address=device.mac_address, rank=0, ip="10.0.3.12", **given
        ),
        Allocation(
            device_id=other.id,
            mac_address=other.mac_address,
            rank=1,
            ip="10.1.3.12",
            **given,
            **over,
        ),
        BanAddress(slot=3, device_id=other.id),
    ]
    session.add_all(rows)
    session.commit()
    plan = AddressPlan.parse()

    def having(text: str) -> list[str]:
        page = gris.pceens_page(session, Search.read("all", {"q": text}), plan=plan)
        return [line.pceen.nom for line in page.people.items]

    assert having("10.0.3.12") == ["Curie"]
    assert having("10.1.3.12") == []
    assert having(plan.ban_address(3)) == ["Joliot"]
    assert having(plan.ban_address(4)) == []


# Filters, columns


def subscribed(pceen: PCeen, end: int, **columns: object) -> Subscription:
    """A subscription that ends so many days from today."""
    ends = clock.today() + timedelta(days=end)
    start = ends - timedelta(days=60)
    return Subscription(
        pceen=pceen,
        offer_slug="_first",
        start=start,
        end=ends,
        effective_start=None if "revoked_at" in columns else start,
        welcome_of=pceen.id,
        **columns,
    )


@pytest.mark.parametrize(
    ("end", "state"),
    [(1, "subscribed"), (0, "trial"), (-27, "trial"), (-33, "outlaw"), (-400, "outlaw")],
)
def test_people_are_filtered_by_where_they_stand(session: Session, end: int, state: str) -> None:
    session.add(subscribed(PCeenFactory(nom="Curie"), end))
    session.commit()

    for one in ("subscribed", "trial", "outlaw", "none"):
        assert found(session, paying=one) == (["Curie"] if one == state else [])
    page = gris.pceens_page(session, Search(view=View.all))
    assert page.people.items[0].standing.state == state


def test_each_day_puts_someone_where_their_line_says(session: Session) -> None:
    session.add(subscribed(PCeenFactory(nom="Curie"), 0))
    session.commit()
    today = clock.today()

    for day in range(40):
        with time_machine.travel(clock.now() + timedelta(days=day), tick=False):
            state = gris.pceens_page(session, Search(view=View.all)).people.items[0].standing.state
            assert found(session, paying=str(state)) == ["Curie"], (today, day)


def test_the_latest_subscription_decides_the_revoked_ones_aside(session: Session) -> None:
    curie, joliot = PCeenFactory(nom="Curie"), PCeenFactory(nom="Joliot")
    old, new = subscribed(curie, -400), subscribed(curie, 10)
    old.welcome_of, old.payment = None, PaymentFactory(pceen=curie)
    revoked = subscribed(joliot, 10, revoked_at=clock.now())
    session.add_all([old, new, revoked])
    session.commit()

    assert found(session, paying="subscribed") == ["Curie"]
    assert found(session, paying="outlaw") == []
    assert found(session, paying="none") == ["Joliot"]


def test_people_are_filtered_by_promo_role_and_room(session: Session) -> None:
    curie = PCeenFactory(nom="Curie", promo=140, slugs=["eleve"])
    PCeenFactory(nom="Joliot", promo=141, slugs=["alumni"])
    RentalFactory(room_num=312, pceen=curie)
    eleve = str(system_role("eleve").id)

    assert found(session, promo="140") == ["Curie"]
    assert found(session, role=eleve) == ["Curie"]
    assert found(session, room="with") == ["Curie"]
    assert found(session, room="without") == ["Joliot"]
    assert found(session, promo="140", role=eleve, room="with") == ["Curie"]
    assert found(session, promo="141", role=eleve) == []


@pytest.mark.parametrize("name", ["promo", "role", "paying", "room", "columns", "page", "sort"])
@pytest.mark.parametrize("text", ["x", "²", "-1", "9" * 30, "\x00", "'", "__class__", ""])
def test_nonsense_in_the_address_is_not_heard(gri: Client, name: str, text: str) -> None:
    answer = gri.get("/gris/pceens/all", query_string={name: text})

    assert answer.status_code == 200


def test_filters_are_kept_from_a_view_a_search_an_order_and_a_page_to_another(
    session: Session, gri: Client
) -> None:
    people(session, 151)

    page = gri.open_page("/gris/pceens/all?promo=140&room=without&columns=promo,email&sort=nom")

    kept = ("promo=140", "room=without", "columns=promo")
    links = [str(a["href"]) for a in page.html.select("main a[href]")]
    for wanted in ("/gris/pceens/rez?", "page=2", "sort=email", "format=csv"):
        found_links = [link for link in links if wanted in link]
        if wanted == "format=csv":
            continue  # for GRIs
        assert found_links, wanted
        assert all(part in link for link in found_links for part in kept), wanted
    hidden = {i["name"]: i["value"] for i in page.html.select("form.search input[type=hidden]")}
    assert hidden == {
        "promo": "140",
        "room": "without",
        "columns": "promo,email",
        "sort": "nom",
    }
    back = page.html.select_one("#who input[name=next]")["value"]
    assert back.startswith("/gris/pceens/all?")
    assert all(part in unquote(back) for part in kept)


def test_only_the_columns_chosen_are_shown(session: Session, gri: Client) -> None:
    PCeenFactory(nom="Curie", username="mc", locale="en")

    page = gri.open_page("/gris/pceens?columns=username&columns=locale")

    assert page.texts("thead th") == ["Nom", "Identifiant", "Langue", "Actions"]
    assert page.texts("tbody td")[:3] == ["Marie Curie", "mc", "en"]
    assert page.html.select('input[name="columns"][value="locale"][checked]')


def test_the_order_is_also_said_by_its_direction(gri: Client) -> None:
    answer = gri.get("/gris/pceens?sort=nom&order=desc&q=x")

    assert (answer.status_code, answer.location) == (302, "/gris/pceens?q=x&sort=-nom")


def test_the_sheet_of_the_list_colours_the_roles_and_labels_the_cells(
    session: Session, gri: Client
) -> None:
    page = gri.open_page("/gris/pceens?columns=number,email,roles")
    (link,) = page.html.select('link[href*="pceens.css"]')

    answer = gri.get(str(link["href"]))

    role = system_role("eleve")
    assert answer.mimetype == "text/css"
    assert f".r{role.id}{{background:#64b9e9;color:#000}}" in answer.text
    assert 'td:nth-child(1)::before{content:"Numéro"}' in answer.text
    assert 'td:nth-child(3)::before{content:"E-mail"}' in answer.text
    assert 'td:nth-child(4)::before{content:"Rôles"}' in answer.text


def test_the_sheet_changes_its_address_with_a_colour(session: Session, gri: Client) -> None:
    def address() -> str:
        page = gri.open_page("/gris/pceens")
        return str(page.html.select_one('link[href*="pceens.css"]')["href"])

    before = address()
    system_role("eleve").color = "123456"
    session.commit()

    assert address() != before


# Files


@pytest.mark.parametrize("sheet", ["csv", "xlsx"])
def test_a_file_is_for_gris(session: Session, login: Login, sheet: str) -> None:
    helper = login(PCeenFactory(can=[(T.write, S.pceen)]))
    assert helper.get(f"/gris/pceens?format={sheet}").status_code == 403
    assert not helper.open_page("/gris/pceens").html.select('a[href*="format="]')

    gri = login(PCeenFactory(slugs=["gri"]))
    assert gri.get(f"/gris/pceens?format={sheet}").status_code == 200
    assert gri.open_page("/gris/pceens").html.select('a[href*="format="]')


def test_a_file_holds_the_whole_view_with_its_filters_and_no_formula(
    session: Session, login: Login
) -> None:
    people(session, 200)
    evil = PCeenFactory(prenom="=cmd()", nom="@SUM(1)", promo=7, username="evil")
    RentalFactory(room_num=312, pceen=evil)
    gri = login(PCeenFactory(slugs=["gri"]))

    whole = gri.get("/gris/pceens/all?format=csv").get_data(as_text=True).splitlines()
    few = gri.get("/gris/pceens/all?format=csv&promo=7").get_data(as_text=True).splitlines()

    assert len(whole) == 1 + 202
    assert len(few) == 2
    row = next(csv.reader([few[1]], delimiter=";"))
    assert row[1:5] == ["'@SUM(1)", "'=cmd()", "7", "evil"]
    assert row[6] == "312"


def test_a_file_of_many_takes_few_statements(
    session: Session, login: Login, queries: list[str]
) -> None:
    people(session, 1100)
    gri = login(PCeenFactory(slugs=["gri"]))
    gri.get("/gris/pceens/all?format=csv")
    queries.clear()

    gri.get("/gris/pceens/all?format=csv")

    assert len(queries) <= 4 + 1 + 3 * 3


# What a search costs


@pytest.mark.once
@pytest.mark.parametrize("count", [1000, 3000])
@pytest.mark.parametrize("text", ["curie", "curje", "pceen1", "312", "10.0.3.12", "nemo"])
def test_a_search_among_thousands_takes_twelve_statements_at_most(
    session: Session, login: Login, queries: list[str], count: int, text: str
) -> None:
    people(session, count)
    gri = login(PCeenFactory(slugs=["gri"]))
    gri.get("/gris/pceens/all")
    queries.clear()

    assert gri.get(f"/gris/pceens/all?q={text}").status_code == 200

    assert len(queries) <= 12


def test_a_full_page_of_residents_weighs_120_kilobytes_at_most(
    session: Session, login: Login
) -> None:
    made = people(session, 150)
    for number, pceen in enumerate(made):
        session.add(subscribed(pceen, -20))
        session.add(
            Device(
                pceen=pceen,
                mac_address=f"3c:22:fb:00:00:{number:02x}",
                last_seen_at=clock.now() - timedelta(days=12),
            )
        )
    rooms = session.scalars(sa.select(Room.num).order_by(Room.num).limit(150)).all()
    for pceen, room in zip(made, rooms, strict=True):
        RentalFactory.build(room_num=room, pceen=pceen)
    session.commit()
    gri = login(PCeenFactory(slugs=["gri"], activated=False))

    answer = gri.get("/gris/pceens")

    assert answer.text.count("<tr>") >= 150
    assert len(answer.data) <= 120 * 1024
