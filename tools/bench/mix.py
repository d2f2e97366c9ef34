"""Fifty people who do all sorts of things for a minute; and the upload of one photo."""

import io
import itertools
import os
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

import sqlalchemy as sa
from PIL import Image
from sqlalchemy.orm import Session

from app.models import Album, ClubQPreference, ClubQVoeu, Collection, PCeen
from app.modules.account.demo import PASSWORD
from tools.bench.figures import Figure, quantile
from tools.bench.pages import BARMAN, FLOOR, GRI, WARM_UP, Effort
from tools.bench.sales import CREATED, Bar
from tools.loopback import Answer, Browser

CLIENTS, SECONDS = 50, 60
#: Of a hundred things: sales, wishes, and uploads of the one in five who sends photos.
#: The rest is reading: four fifths of all.
_SALES, _WISHES, _UPLOADS = 10, 5, 25
#: How long somebody looks at what they opened, in seconds, on the average.
PAUSE = 1.0
READ = ("/", "/profile/", "/calendar/", "/photos", "/theatre", "/bekk", "/club_q", "/panier_bio")
_PHOTO = (1200, 800)


@dataclass
class _Done:
    """What was answered."""

    times: dict[str, list[float]] = field(default_factory=dict)
    wrong: Counter[str] = field(default_factory=Counter)

    def note(self, what: str, answer: Answer, *wanted: int) -> None:
        self.times.setdefault(what, []).append(answer.seconds)
        if answer.status not in wanted:
            self.wrong[f"{what} {answer.status}"] += 1


class Crowd:
    """People of a site: they read, sell, upload, wish."""

    def __init__(self, origin: str, engine: sa.Engine, effort: Effort) -> None:
        self.origin, self.engine, self.effort = origin, engine, effort
        self.bar = Bar(origin, engine, effort)
        with Session(engine) as session:
            stmt = sa.select(Collection.dir_name, Album.dir_name).join(
                Collection, Collection.id == Album.collection_id
            )
            self.album = session.execute(stmt.order_by(Album.id).limit(1)).one()

    def measured(self) -> Iterator[Figure]:
        """The upload, against the floor and the disk; then the crowd."""
        yield self._upload()
        yield from self._together()

    # The upload of a photo

    def _upload(self) -> Figure:
        sender, nobody = self._enter(GRI, 1), Browser(self.origin)
        photo = jpegs(3)
        for _ in range(WARM_UP):
            self._send(sender, next(photo))
        times, floor, disk = [], [], []
        for _ in range(self.effort.rounds):
            floor.append(nobody.get(FLOOR).seconds)
            content = next(photo)
            disk.append(_written(content))
            answer = self._send(sender, content)
            if answer.status != CREATED:
                raise ValueError(f"no upload: {answer.status} {answer.body[:300]!r}")
            times.append(answer.seconds)
        mine = quantile(times, 0.5) - quantile(disk, 0.5)
        return Figure(
            name="upload of a photo, but the disk's own time",
            value=mine / quantile(floor, 0.5),
            unit="x floor",
            limit=6,
            detail=f"p50 {quantile(times, 0.5) * 1000:.1f} ms, of which the disk's"
            f" {quantile(disk, 0.5) * 1000:.1f} ms; {len(content) / 1000:.0f} kB",
        )

    def _send(self, sender: Browser, content: bytes) -> Answer:
        fields = {"collection": self.album[0], "album": self.album[1]}
        return sender.upload("/api/photos/upload", fields, "photo.jpg", content)

    # The crowd

    def _together(self) -> Iterator[Figure]:
        people = self._people()
        done, seconds = _Done(), SECONDS * self.effort.seconds / 10
        nobody = Browser(self.origin)
        floor = quantile([nobody.get(FLOOR).seconds for _ in range(3 * self.effort.rounds)], 0.5)
        until = time.perf_counter() + seconds
        works = [threading.Thread(target=self._live, args=(one, done, until)) for one in people]
        for work in works:
            work.start()
        for work in works:
            work.join()
        times = list(itertools.chain.from_iterable(done.times.values()))
        counted = ", ".join(f"{len(some)} {what}" for what, some in sorted(done.times.items()))
        wrong = ", ".join(f"{many} x {what}" for what, many in done.wrong.items())
        yield Figure(
            name=f"{CLIENTS} clients at once: errors",
            value=done.wrong.total(),
            unit="",
            limit=0,
            detail="; ".join(part for part in (counted, wrong) if part),
        )
        yield Figure(
            name=f"{CLIENTS} clients at once: p95",
            value=quantile(times, 0.95) / floor,
            unit="x floor",
            limit=10,
            detail=f"p50 {quantile(times, 0.5) * 1000:.0f} ms, p95"
            f" {quantile(times, 0.95) * 1000:.0f} ms, {len(times) / seconds:.0f} /s",
        )

    def _people(self) -> list["_Person"]:
        """Students who have wishes, each with somebody to sell to; some send photos, too."""
        stmt = (
            sa.select(PCeen.id, PCeen.username)
            .join(ClubQPreference, ClubQPreference.pceen_id == PCeen.id)
            .where(PCeen.activated)
            .group_by(PCeen.id, PCeen.username)
            .order_by(PCeen.id)
            .limit(CLIENTS)
        )
        with Session(self.engine) as session:
            found = session.execute(stmt).all()
        barman, sender = self._enter(BARMAN, 1), self._enter(GRI, 2)
        buyers, item = self.bar.buyers(CLIENTS), self.bar.item()
        for buyer in buyers:
            self.bar.top_up(buyer)
        return [
            _Person(
                key=key,
                browser=self._enter(name, 20 + rank),
                barman=barman.twin(),
                sender=sender.twin() if rank % 5 == 0 else None,
                sale=(buyers[rank % len(buyers)], item),
                chance=Random(rank),  # noqa: S311  # the same each time
            )
            for rank, (key, name) in enumerate(found)
        ]

    def _live(self, one: "_Person", done: _Done, until: float) -> None:
        """Look, think, do something else."""
        photos = jpegs(one.key)
        while True:
            time.sleep(one.chance.expovariate(1 / PAUSE))
            if time.perf_counter() > until:
                return
            drawn = one.chance.randrange(100)
            if drawn < _SALES:
                done.note("sales", self.bar.sell(one.barman, *one.sale), CREATED)
            elif drawn < _SALES + _WISHES:
                done.note("wishes", self._wish(one), 303)
            elif drawn < _SALES + _WISHES + _UPLOADS and one.sender is not None:
                done.note("uploads", self._send(one.sender, next(photos)), CREATED)
            else:
                done.note("pages", one.browser.get(one.chance.choice(READ)), 200)

    def _wish(self, one: "_Person") -> Answer:
        """Send the form again, with another budget."""
        season = sa.select(sa.func.max(ClubQPreference.season_id)).scalar_subquery()
        with Session(self.engine) as session:
            version = session.scalars(
                sa.select(ClubQPreference.version)
                .filter_by(pceen_id=one.key)
                .where(ClubQPreference.season_id == season)
            ).one()
            wishes = session.scalars(
                sa.select(ClubQVoeu)
                .filter_by(pceen_id=one.key)
                .where(ClubQVoeu.season_id == season)
            ).all()
        sent = {"version": str(version), "budget": str(one.chance.randint(30, 90))}
        for wish in wishes:
            show = wish.spectacle_id
            sent[f"priorite_{show}"] = str(wish.priorite)
            sent[f"places_{show}"] = str(wish.places_demandees)
            sent[f"minimum_{show}"] = str(wish.places_minimum)
        return one.browser.post("/club_q", sent)

    def _enter(self, name: str, rank: int) -> Browser:
        browser = Browser(self.origin, address=f"192.0.2.{rank % 250 + 1}")
        browser.log_in(name, PASSWORD)
        return browser


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person:
    """Somebody of the crowd: what they read with, sell with, and send photos with."""

    key: int
    browser: Browser
    barman: Browser
    sender: Browser | None
    #: Whom they sell to, and what.
    sale: tuple[int, int]
    chance: Random


def jpegs(seed: int) -> Iterator[bytes]:
    """Photos, each different: of a landscape, with a grain."""
    chance = Random(seed)  # noqa: S311  # the same each time
    base = Image.linear_gradient("L").resize(_PHOTO).convert("RGB")
    while True:
        grain = Image.frombytes("L", (150, 100), chance.randbytes(15_000)).resize(_PHOTO)
        written = io.BytesIO()
        Image.blend(base, grain.convert("RGB"), 0.2).save(written, "JPEG", quality=85)
        yield written.getvalue()


def _written(content: bytes) -> float:
    """How long the disk takes to keep a file for good, in seconds."""
    with tempfile.NamedTemporaryFile(dir="/var/tmp") as file:
        begun = time.perf_counter()
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        return time.perf_counter() - begun
