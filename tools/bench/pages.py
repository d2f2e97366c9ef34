"""The pages of the targets: who asks for them, and how slow they may be."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.models import Album, BarTransaction, Bekk, ClubQSpectacle, Collection, Payment, PCeen
from app.modules.account.demo import PASSWORD
from tools.bench import load
from tools.bench.figures import Figure, plain, quantile
from tools.bench.place import School, people
from tools.loopback import Browser

#: A page of the whole site, with a sentence and no query of its own.
FLOOR = "/legal"
#: Of the demonstration: who lives there, runs the site, serves, runs the bar, runs Club Q, clubs.
RESIDENT, GRI, BARMAN, MANAGER = "plangevi", "mcurie", "gcharpak", "adebiern"
CLUB_Q, CLUBS = "hlangevi", "mperey"
#: How many lines a page of the ledger has, and which page is far.
PAGE, FAR = 10, 5000
WARM_UP = 5
STATEMENTS, BYTES, BYTES_ALBUM = 12, 120, 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page, who asks for it, and how many times the floor it may take."""

    name: str
    path: str
    who: str = RESIDENT
    most: float | None = None
    #: How many kB of HTML it may have.
    kilobytes: int = BYTES


def pages_of(school: School) -> list[Page]:
    """The pages of the targets, in a school."""
    return [
        *_everybody(school),
        *_pceens(),
        *_photos(school),
        *_bar(school),
        *_club_q(school),
        *_staff(),
    ]


def _everybody(school: School) -> Iterator[Page]:
    mine = (
        sa.select(Payment.id)
        .join(PCeen, PCeen.id == Payment.pceen_id)
        .where(PCeen.username == RESIDENT)
        .order_by(Payment.id)
        .limit(1)
    )
    issue = people(school, sa.select(Bekk.id).order_by(Bekk.id).limit(1))[0][0]
    yield Page(name="floor, logged in", path=FLOOR)
    yield Page(name="home, all cards", path="/", most=4)
    yield Page(name="home of a GRI", path="/", who=GRI, most=4)
    yield Page(name="profile", path="/profile/", most=3)
    yield Page(name="connection and subscription", path="/connection", most=3)
    yield Page(name="choice of an offer", path="/payments/pay", most=3)
    for (key,) in people(school, mine):
        yield Page(name="payment", path=f"/payments/{key}", most=3)
    yield Page(name="Bekk", path="/bekk", most=3)
    yield Page(name="Bekk, reader", path=f"/bekk/reader/{issue}", most=3)
    yield Page(name="basket", path="/panier_bio", most=3)
    yield Page(name="theatre", path="/theatre", most=3)
    yield Page(name="calendar", path="/calendar/", most=3)


def _pceens() -> Iterator[Page]:
    for view in ("active", "rez", "bar", "banned", "disabled", "all"):
        path = "/gris/pceens" if view == "active" else f"/gris/pceens/{view}"
        yield Page(name=f"PCéens, {view}", path=path, who=GRI, most=5)
    yield Page(name="PCéens, page 20", path="/gris/pceens/all?page=20", who=GRI, most=5)
    yield Page(name="PCéens, search", path="/gris/pceens/all?q=mar", who=GRI, most=5)


def _photos(school: School) -> Iterator[Page]:
    yield Page(name="photo collections", path="/photos", most=4)
    largest = (
        sa.select(Collection.dir_name, Album.dir_name, Album.nb_photos)
        .join(Collection, Collection.id == Album.collection_id)
        .order_by(Album.nb_photos.desc(), Album.id)
    )
    found = people(school, largest)
    yield Page(name="photo collection", path=f"/photos/{found[0][0]}", most=4)
    seen: set[int] = set()
    for collection, album, many in found:
        if many >= 100 and many not in seen:
            seen.add(many)
            yield Page(
                name=f"album of {plain(many)}",
                path=f"/photos/{collection}/{album}",
                most=4,
                kilobytes=BYTES_ALBUM if many >= 5000 else BYTES,
            )


def _bar(school: School) -> Iterator[Page]:
    newest = people(school, sa.select(sa.func.max(BarTransaction.id)))[0][0] or 0
    number = max(1, min(FAR, newest // PAGE - 1))
    after = newest - (number - 1) * PAGE + 1
    yield Page(name="bar, customer", path=f"/bar/user/{RESIDENT}", who=BARMAN, most=4)
    yield Page(
        name="bar, customer refreshed", path=f"/api/bar/customer/{RESIDENT}", who=BARMAN, most=4
    )
    yield Page(name="bar, search", path="/bar/search?q=a", who=BARMAN, most=4)
    yield Page(name="bar, items", path="/bar/items", who=BARMAN, most=4)
    yield Page(name="bar, one's own page", path="/bar/me", most=4)
    yield Page(name="bar, transactions 1", path="/bar/transactions", who=BARMAN, most=4)
    yield Page(
        name="bar, transactions far",
        path=f"/bar/transactions?after={after}&page={number}",
        who=BARMAN,
        most=4,
    )
    yield Page(name="bar, statistics of a day", path="/bar/stats", who=MANAGER, most=5)
    yield Page(
        name="bar, statistics of a month", path="/bar/stats?view=month", who=MANAGER, most=12
    )
    yield Page(name="bar, statistics of a year", path="/bar/stats?view=year", who=MANAGER, most=12)


def _club_q(school: School) -> Iterator[Page]:
    show = people(school, sa.select(sa.func.max(ClubQSpectacle.id)))[0][0]
    yield Page(name="Club Q, wish form", path="/club_q", most=5)
    for name, path in (
        ("people", "/club_q/pceens"),
        ("wishes", "/club_q/voeux"),
        ("shows", "/club_q/spectacles"),
        ("one show", f"/club_q/spectacles/{show}"),
        ("seasons", "/club_q/saisons"),
        ("runs", "/club_q/attribution"),
    ):
        yield Page(name=f"Club Q, {name}", path=path, who=CLUB_Q, most=5)


def _staff() -> Iterator[Page]:
    """Pages without a target of their own time."""
    for name, path, who in (
        ("payments of all", "/gris/payments", GRI),
        ("roles", "/gris/roles", GRI),
        ("audit", "/gris/audit", GRI),
        ("outbox", "/gris/outbox", GRI),
        ("network", "/gris/network", GRI),
        ("state of the site", "/gris/status", GRI),
        ("basket, administration", "/panier_bio/admin", CLUBS),
        ("theatre, administration", "/theatre/admin", CLUBS),
        ("recent photos", "/photos/recent", RESIDENT),
    ):
        yield Page(name=name, path=path, who=who)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long each thing is measured."""

    rounds: int = 30
    seconds: float = 10


def measured(
    origin: str, bare: str, pages: Sequence[Page], effort: Effort, tick: Callable[[str], object]
) -> Iterator[Figure]:
    """How long each page takes against the floor, asked for in between, then how many a second."""
    nobody, simple = Browser(origin), Browser(bare)
    enter = {"": nobody}
    yield from _floor(nobody, simple, effort)
    tick("floor")
    ratios: dict[str, float] = {}
    for page in pages:
        if page.who not in enter:
            enter[page.who] = Browser(origin)
            enter[page.who].log_in(page.who, PASSWORD)
        figure = _page(enter[page.who], nobody, page, effort)
        ratios[page.name] = figure.value
        yield figure
        tick(page.name)
    for name, far, near in (
        ("album of 5 000 against 100", "album of 5 000", "album of 100"),
        ("bar, transactions far against 1", "bar, transactions far", "bar, transactions 1"),
    ):
        if far in ratios and near in ratios:
            yield Figure(name=name, value=ratios[far] / ratios[near], unit="x", limit=1.3)


def _floor(nobody: Browser, simple: Browser, effort: Effort) -> Iterator[Figure]:
    times, _floor_times = _in_turn(nobody, FLOOR, simple, "/page", effort.rounds)
    parts: list[float] = []
    rates: list[tuple[float, float]] = []
    for _round in range(3):  # each in turn: what slows the machine down slows both
        seconds = effort.seconds / 3
        ours = load.ask(nobody, FLOOR, seconds=seconds).rate
        theirs = load.ask(simple, "/page", seconds=seconds).rate
        rates.append((ours, theirs))
        parts.append(100 * ours / theirs)
    ours, theirs = (quantile([one[rank] for one in rates], 0.5) for rank in (0, 1))
    yield Figure(
        name="floor against a bare view",
        value=quantile(parts, 0.5),
        unit="% of bare",
        limit=60,
        at_least=True,
        detail=f"{ours:.0f} /s against {theirs:.0f} /s; p50 {_ms(times, 0.5)},"
        f" p95 {_ms(times, 0.95)}",
    )


def _page(who: Browser, nobody: Browser, page: Page, effort: Effort) -> Figure:
    answer = who.get(page.path)
    if answer.status != 200:
        raise ValueError(f"{page.name}: {page.who} asks for {page.path}: {answer.status}")
    times, floor = _in_turn(who, page.path, nobody, FLOOR, effort.rounds)
    rate = load.ask(who, page.path, seconds=effort.seconds)
    broken = f", **{rate.failures} failures**" if rate.failures else ""
    return Figure(
        name=page.name,
        value=quantile(times, 0.5) / quantile(floor, 0.5),
        unit="x floor",
        limit=page.most,
        detail=f"p50 {_ms(times, 0.5)}, p95 {_ms(times, 0.95)}, {rate.rate:.0f} /s{broken}",
    )


def _in_turn(
    who: Browser, path: str, other: Browser, beside: str, rounds: int
) -> tuple[list[float], list[float]]:
    """Ask for two pages by turns: how long each took."""
    for _ in range(WARM_UP):
        who.get(path)
        other.get(beside)
    pairs = [(other.get(beside).seconds, who.get(path).seconds) for _ in range(rounds)]
    return [one for _beside, one in pairs], [one for one, _page in pairs]


def _ms(times: Sequence[float], part: float) -> str:
    return f"{quantile(times, part) * 1000:.1f} ms"


def counts(
    school: School, pages: Sequence[Page], large: School | None, large_pages: Sequence[Page]
) -> Iterator[Figure]:
    """The statements and the bytes of each page, in one school and in one ten times larger."""
    small = _probed(school, pages)
    big = _probed(large, large_pages) if large else {}
    for page in pages:
        statements, size = small[page.name]
        after = (
            f", {big[page.name][0]} at scale {large.scale:g}" if large and page.name in big else ""
        )
        yield Figure(
            name=f"{page.name}: statements",
            value=max(statements, big.get(page.name, (0, 0))[0]),
            unit="statements",
            limit=STATEMENTS,
            detail=f"{statements}{after}",
        )
        yield Figure(
            name=f"{page.name}: HTML",
            value=max(size, big.get(page.name, (0, 0))[1]) / 1000,
            unit="kB",
            limit=page.kilobytes,
            detail=f"{size / 1000:.1f} kB at scale {school.scale:g}",
        )
    differ = [name for name, (many, _size) in big.items() if many != small.get(name, (many, 0))[0]]
    if large:
        yield Figure(
            name="pages with more statements in a large school",
            value=len(differ),
            unit="pages",
            limit=0,
            detail=", ".join(differ),
        )


def _probed(school: School, pages: Sequence[Page]) -> dict[str, tuple[int, int]]:
    sent = json.dumps([[page.who, page.path] for page in pages])
    found = json.loads(school.python("tools.bench.probe", sent=sent))
    wrong = [(path, status) for _who, path, status, *_rest in found if status != 200]
    if wrong:
        raise ValueError(f"pages that do not open: {wrong}")
    return {
        page.name: (statements, size)
        for page, (_who, _path, _status, statements, size) in zip(pages, found, strict=True)
    }
