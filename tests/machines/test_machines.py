"""Two machines before one database are one site: what one does, the other knows, and it is once."""

import hashlib
import io
import json
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from PIL import Image
from sqlalchemy.orm import Session

from app import create_app
from app.core import passwords
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import (
    MAINTENANCE,
    BarAccount,
    BarTransaction,
    Base,
    JobRun,
    LoginSession,
    OutboxEntry,
    Photo,
    Role,
    defer,
)
from app.modules.account.mails import PasswordChanged
from app.modules.intrarez.effects import RefreshNetwork
from tests.conftest import furnish, settings_of
from tests.factories import AlbumFactory, CollectionFactory, PCeenFactory, base as factories
from tests.factories.bar import BarItemFactory, customer
from tests.factories.people import permission
from tests.gateway.models import IS_COMPLETE, needs, needs_root
from tests.machines import site
from tests.machines.browser import Answer, Browser
from tests.machines.lab import Lab, Machine, lab as running_lab
from tests.machines.site import Ring
from tests.servers import PostgreSQL

pytestmark = [
    pytest.mark.once,
    needs("nginx", "openssl", "ip", "unshare"),
    needs_root,
    pytest.mark.skipif(
        PostgreSQL().programs() is None and not IS_COMPLETE,
        reason="PostgreSQL is not installed here",
    ),
]

WORD = "a word of the laboratory"
#: Mails: so many people, so many each.
PEOPLE, EACH = 20, 10
PIECES = 4


class People(NamedTuple):
    """Who is there, by their numbers."""

    gri: str
    client: int
    item: int


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running_lab(tmp_path_factory.mktemp("machines")) as found:
        yield found


@pytest.fixture(scope="module")
def people(lab: Lab) -> People:
    """The tables, those who come, and then the machines, all of whose jobs are due at once."""
    app = create_app(settings_of(lab.url.render_as_string(hide_password=False)))
    with app.app_context():
        Base.metadata.create_all(db.engine)
        furnish(db.session())
        with Session(db.engine) as session:
            found = _people(session)
        db.session.remove()
        db.engine.dispose()
    lab.one.start()
    lab.other.start("--but", "network,monitoring")
    lab.wait_for_sites()
    return found


def _people(session: Session) -> People:
    factories.use(session)
    word = passwords.hashed(WORD)
    public = session.get_one(Role, Role.PUBLIC)
    public.permissions = [permission(T.read, S.photos), permission(T.read, S.collection)]
    gri = PCeenFactory(slugs=["gri"], username="gri", password_hash=word)
    PCeenFactory(username="ada", password_hash=word)
    PCeenFactory(username="tried", password_hash=word)
    PCeenFactory(
        username="writer",
        password_hash=word,
        can=[(T.read, S.photos), (T.write, S.collection), (T.write, S.bar)],
    )
    AlbumFactory(collection=CollectionFactory(dir_name="2026"), dir_name="gala")
    buyer = customer(balance_cents=150)
    item = BarItemFactory(price_cents=100)
    session.commit()
    return People(gri=gri.username, client=buyer.id, item=item.id)


@pytest.fixture
def browser(lab: Lab, people: People) -> Callable[..., Browser]:
    """Somebody's browser, logged in if they have a name: ``browser("ada")``."""

    def _browser(name: str | None = None, **options: str) -> Browser:
        found = Browser(lab, **options)
        if name is not None:
            assert found.log_in(name, WORD).status == 303
        return found

    return _browser


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    """Wait for something that the workers do."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not after {seconds:g} s"
        time.sleep(0.1)


def at_once(*acts: Callable[[], Answer]) -> list[Answer]:
    """Do things at the same moment."""
    with ThreadPoolExecutor(len(acts)) as pool:
        return [one.result() for one in [pool.submit(act) for act in acts]]


def both(lab: Lab) -> tuple[Machine, Machine]:
    return lab.one, lab.other


def test_each_job_is_done_once_or_once_on_each_machine(lab: Lab, people: People) -> None:
    wanted = {f"probe.mark{number}" for number in range(site.JOBS)}
    wanted |= {f"site.sample@{machine}" for machine in lab.machines}

    def runs() -> list[Any]:
        with Session(lab.engine) as session:
            return list(session.execute(sa.select(JobRun.job, JobRun.due_at)))

    def marks() -> list[str]:
        return [one for number in range(site.JOBS) for one in lab.marks_of(f"probe.mark{number}")]

    until(lambda: wanted <= {run.job for run in runs()})

    # what is being done settles; what was done twice never would
    until(lambda: len([run for run in runs() if run.job.startswith("probe.")]) == len(marks()))
    done = runs()
    assert len(set(done)) == len(done)
    assert set(marks()) == set(lab.machines), "one machine did it all"


def test_each_mail_leaves_once_in_the_order_of_each_person(lab: Lab, people: People) -> None:
    with Session(lab.engine) as session, session.begin():
        for number in range(PEOPLE * EACH):
            to = f"reader{number % PEOPLE}@example.org"
            defer(session, PasswordChanged(to=to, locale="fr"))
            session.flush()
    sink = lab.sink

    def left() -> int:
        with Session(lab.engine) as session:
            waits = sa.select(sa.func.count(OutboxEntry.id)).where(
                OutboxEntry.kind == PasswordChanged.kind, OutboxEntry.sent_at.is_(None)
            )
            return session.scalars(waits).one()

    until(lambda: not left(), 40)

    with Session(lab.engine) as session:
        rows = session.execute(
            sa.select(OutboxEntry.id, OutboxEntry.lane)
            .where(OutboxEntry.lane.startswith("mail:reader"))
            .order_by(OutboxEntry.id)
        ).all()
    mails = [one for one in sink.received if one.to.startswith("reader")]
    assert len(mails) == len({one.message_id for one in mails}) == len(rows) == PEOPLE * EACH
    assert len({one.machine for one in mails}) == 2, "one machine sent them all"
    for reader in range(PEOPLE):
        to = f"reader{reader}@example.org"
        wanted = [_message_id(row.id, to) for row in rows if row.lane == f"mail:{to}"]
        assert [one.message_id for one in mails if one.to == to] == wanted


def _message_id(number: int, to: str) -> str:
    """What a mail of that row is known by."""
    name = hashlib.sha256(f"{number}:{PasswordChanged.kind}:{to}".encode()).hexdigest()[:32]
    return f"<{name}@example.org>"


def test_the_rules_of_the_network_are_written_on_the_gateway_alone(
    lab: Lab, people: People
) -> None:
    rules = lab.home / "dhcp.rules"
    rules.unlink(missing_ok=True)
    with Session(lab.engine) as session, session.begin():
        defer(session, RefreshNetwork())

    until(rules.exists)


def test_a_log_in_is_one_for_both_and_so_is_its_end(
    lab: Lab, browser: Callable[..., Browser]
) -> None:
    one, other = both(lab)
    ada = browser()
    assert ada.log_in("ada", WORD, at=one).status == 303
    assert ada.get("/profile/", at=other).status == 200

    stolen = dict(ada.cookies)
    assert ada.post("/logout", {}, at=other).status == 303

    assert ada.get("/profile/", at=one).status == 302
    ada.cookies = stolen
    assert ada.get("/profile/", at=one).status == 302
    with Session(lab.engine) as session:
        assert session.scalars(sa.select(LoginSession)).all() == []


def test_log_ins_that_fail_are_counted_together(lab: Lab, browser: Callable[..., Browser]) -> None:
    machines = both(lab)
    thief = browser()

    tried = [thief.log_in("tried", f"wrong {n}", at=machines[n % 2]).status for n in range(10)]

    assert set(tried) == {422}
    assert [thief.log_in("tried", WORD, at=machine).status for machine in machines] == [429, 429]


def test_a_setting_and_the_maintenance_are_felt_at_the_next_request(
    lab: Lab, people: People, browser: Callable[..., Browser]
) -> None:
    one, other = both(lab)
    gri, visitor = browser(people.gri), browser()
    assert visitor.get("/login", at=other).status == 200

    closed = gri.post("/gris/maintenance", {"on": "1", "message": "Travaux"}, at=one)

    assert closed.status == 303
    assert visitor.get("/contact", at=other).status == 503
    assert visitor.get("/contact").status == 503
    gri.post("/gris/maintenance", {}, at=other)
    with Session(lab.engine) as session:
        assert MAINTENANCE.get(session) is False
    assert visitor.get("/contact", at=one).status == 200


def test_a_form_that_comes_twice_at_once_to_both_is_done_once(
    lab: Lab, people: People, browser: Callable[..., Browser]
) -> None:
    one, other = both(lab)
    writer = browser("writer")
    where = f"/api/bar/pay/{people.client}/{people.item}"

    def sale(key: str, machine: Machine) -> Answer:
        return writer.post(where, {"expected_price": "100"}, at=machine, Idempotency_Key=key)

    def bought() -> int:
        with Session(lab.engine) as session:
            lines = sa.select(sa.func.count(BarTransaction.id)).where(
                BarTransaction.client_id == people.client
            )
            return session.scalars(lines).one()

    twice = at_once(lambda: sale("k" * 22, one), lambda: sale("k" * 22, other))
    assert [answer.status for answer in twice] == [201, 201], [a.text for a in twice]
    assert twice[0].json == twice[1].json
    assert bought() == 1

    # 50 cents are left: neither of two more
    again = at_once(lambda: sale("a" * 22, one), lambda: sale("b" * 22, other))
    assert {answer.status for answer in again} <= {409, 422}, [a.text for a in again]
    assert bought() == 1
    with Session(lab.engine) as session:
        assert session.get_one(BarAccount, people.client).balance_cents == 50


def test_a_photo_comes_in_pieces_to_both_and_is_shown(
    lab: Lab, browser: Callable[..., Browser]
) -> None:
    machines = both(lab)
    writer = browser("writer")
    tus = {"Tus_Resumable": "1.0.0", "X_CSRFToken": writer.token, "Referer": "https://x/"}
    content = _photo()
    said = "collection MjAyNg==,album Z2FsYQ==,filename YS5qcGc="
    begun = writer.ask(
        *("POST", "/api/photos/uploads"),
        at=machines[0],
        **tus,
        Upload_Length=str(len(content)),
        Upload_Metadata=said,
    )
    assert begun.status == 201, begun.text
    where, step = begun.headers["Location"], -(-len(content) // PIECES)

    for number in range(PIECES):
        machine, at = machines[(number + 1) % 2], str(number * step)
        seen = writer.ask("HEAD", where, at=machine, **tus)
        assert (seen.status, seen.headers["Upload-Offset"]) == (200, at)
        piece = content[number * step : (number + 1) * step]
        kind = "application/offset+octet-stream"
        sent = writer.ask(
            *("PATCH", where, piece), at=machine, **tus, Content_Type=kind, Upload_Offset=at
        )
        assert sent.status in (200, 204), sent.text

    def ready() -> bool:
        with Session(lab.engine) as session:
            photo = session.scalars(sa.select(Photo)).one()
            return photo.state == "ready"

    until(ready)
    page = writer.get("/photos/2026/gala").text
    links = re.findall(r'"(/photo/2026/gala/[^"]+)"', page)
    shown = writer.get(links[0].replace("&amp;", "&"))
    assert (shown.status, shown.headers["Content-Type"]) == (200, "image/webp")


def _photo() -> bytes:
    picture = Image.effect_noise((900, 600), 80).convert("RGB")
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=90)
    return written.getvalue()


def test_the_doctor_finds_the_site_through_its_web_server(lab: Lab, people: People) -> None:
    url = f"https://127.0.0.1:{lab.nginx.tls_port}"

    done = lab.one.flask("doctor", "--json", "--url", url)

    assert done.stdout, done.stderr
    found = {one["name"]: one for one in json.loads(done.stdout)["checks"]}
    assert found["database"]["state"] == found["database-clock"]["state"] == "ok"
    assert found["certificate"]["state"] == "warning"  # nobody signed it
    assert [found[name]["state"] for name in ("site", "visitor", "links")] == ["ok"] * 3
    assert found["worker"]["state"] == "ok"
    assert "drawn-by-lot" not in done.stdout


def test_when_a_machine_dies_the_other_goes_on_and_takes_over(
    lab: Lab, browser: Callable[..., Browser]
) -> None:
    """What it had begun, it held as long as it lived, though the two clocks differ."""
    names = _rings_of_which_one_is_held(lab)

    def rung() -> list[int]:
        return sorted(len(lab.marks_of(name)) for name in names)

    all_but_one, all_of_them = [0, *[1] * (len(names) - 1)], [1] * len(names)
    until(lambda: rung() == all_but_one)
    time.sleep(site.LEASE + 2)
    assert rung() == all_but_one
    assert _holders(lab) == [site.STUCK_ON]
    ada = browser("ada")

    lab.other.kill()

    asked = [ada.get("/profile/").status for _time in range(30)]
    assert set(asked) == {200}
    assert rung() == all_but_one
    until(lambda: rung() == all_of_them, site.LEASE + 10)
    assert {machine for name in names for machine in lab.marks_of(name)} == {lab.one.name}


def _rings_of_which_one_is_held(lab: Lab) -> list[str]:
    """Have effects done until the machine that never ends any has taken one; their names."""
    names: list[str] = []

    def is_held() -> bool:
        names.append(f"ring{len(names)}")
        with Session(lab.engine) as session, session.begin():
            defer(session, Ring(name=names[-1]))
        return site.STUCK_ON in _holders(lab)

    until(is_held, 40)
    return names


def _holders(lab: Lab) -> list[str]:
    """Which machines have effects for themselves."""
    stmt = sa.select(OutboxEntry.leased_by).where(
        OutboxEntry.kind == Ring.kind,
        OutboxEntry.sent_at.is_(None),
        OutboxEntry.leased_by.is_not(None),
    )
    with Session(lab.engine) as session:
        return [str(holder).partition(":")[0] for holder in session.scalars(stmt)]
