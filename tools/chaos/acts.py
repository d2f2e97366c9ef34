"""What people do on the site, each with what it is known by, and what they are told."""

import base64
import hashlib
import io
import os
import random
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from html import unescape
from typing import Any
from urllib.parse import urlencode, urlsplit

from PIL import Image

from idp_sandbox.students import Student, students
from tools.chaos import neighbours
from tools.chaos.browser import Answer, Browser, Unanswered, Watch
from tools.chaos.ledger import Act, Ledger, Outcome
from tools.chaos.outside import choose, link_to_lydia
from tools.chaos.programs import until

_TUS = {"Tus-Resumable": "1.0.0"}
_BYTES = "application/offset+octet-stream"
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
_ACTION = re.compile(r'action="([^"]+)"')
_VERSION = re.compile(r'name="version"[^>]*value="([0-9]+)"')
_CONSONANTS, _VOWELS = "bdflmnprstv", "aeiou"
#: How often Lydia's payers do what: some are silent, or heard twice.
_ENDS = ("pay", "pay", "pay", "twice", "silent", "refuse", "cancel", "late")


@dataclass
class Person:
    """Somebody who acts, one thing at a time."""

    id: int
    username: str
    email: str
    browser: Browser
    lock: threading.Lock = field(default_factory=threading.Lock)
    #: What the person knows of what they did.
    memory: dict[str, Any] = field(default_factory=dict)


class World:
    """All that acts need: the site, its people, and what they were told."""

    def __init__(
        self,
        *,
        origin: str,
        facts: dict[str, Any],
        ledger: Ledger,
        dice: random.Random,
        places: tuple[str, str],
    ) -> None:
        self.origin, self.facts, self.ledger, self.dice = origin, facts, ledger, dice
        self.sandbox, self.school = places
        self.watch = Watch()
        self.over = threading.Event()
        self._numbers = iter(range(1, 1 << 16))
        self._guard = threading.Lock()
        self.people = {
            kind: [Person(*one, self.browser()) for one in some]
            for kind, some in facts["people"].items()
        }
        self.rooms = list(facts["rooms"])
        self.sales: list[tuple[int, int]] = []

    def browser(self, *, inside: bool = False) -> Browser:
        """A browser at an address that nobody else has."""
        with self._guard:
            number = next(self._numbers)
        place = f"{number // 250}.{number % 250 + 1}"
        address = f"10.150.{place}" if inside else f"198.18.{place}"
        if inside:
            neighbours.meet(address, number)
        return Browser(self.origin, self.watch, address=address, over=self.over)

    def somebody(self, kind: str) -> Person | None:
        """Somebody of that kind who has nothing else to do; they are held."""
        with self._guard:
            some = self.dice.sample(self.people[kind], len(self.people[kind]))
        return next((one for one in some if one.lock.acquire(blocking=False)), None)

    def pick(self, some: Any) -> Any:
        """One of several things."""
        with self._guard:
            return self.dice.choice(some)

    def name(self) -> str:
        """A name that nobody else has."""
        pairs = (secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS) for _ in range(7))
        return "".join(pairs).title()

    def greet(self, person: Person) -> None:
        """Have somebody log in, whatever it takes."""
        password = self.facts["password"]

        def enter() -> Answer:
            person.browser.log_in(person.username, password)
            return person.browser.get("/legal")

        person.browser.insist(enter)


class Acting:
    """One act: written before it is asked, and once it is answered."""

    def __init__(self, world: World, person: Person | None, act: Act) -> None:
        self.world, self.person, self.act = world, person, act

    def count(self) -> None:
        """It is sent once more."""
        self.act.attempts += 1

    def ask(self, browser: Browser, ask: Callable[[], Answer]) -> Answer:
        """Ask until it is answered for good."""
        return browser.insist(ask, counts=self.count)

    def end(self, outcome: Outcome, **said: Any) -> None:
        """Write what was told."""
        self.world.ledger.end(self.act, outcome, **said)

    def end_form(self, answer: Answer, **said: Any) -> None:
        """Write what became of a form: what was accepted leads elsewhere."""
        is_taken = answer.status == 303 and not answer.is_door
        more = said if is_taken else {"status": answer.status}
        self.end("told" if is_taken else "refused", **more)


def _begin(world: World, person: Person, kind: str, mark: str, **said: Any) -> Acting:
    return Acting(world, person, world.ledger.ask(kind, mark, person.username, **said))


# The bar


def _bar(acting: Acting, path: str, key: str, **body: Any) -> Answer:
    assert acting.person is not None  # noqa: S101  # someone serves
    browser = acting.person.browser
    answer = acting.ask(browser, lambda: browser.post(path, body, **{"Idempotency-Key": key}))
    if answer.status == 201:
        acting.end("told", id=answer.json["transaction"]["id"])
    else:
        acting.end("refused", status=answer.status)
    return answer


def deposit(world: World, person: Person, client: Person) -> None:
    """Take the caution of somebody, and their first money."""
    for path, body in (
        (f"/api/bar/deposit/{client.id}", {"expected_amount": 1000}),
        (f"/api/bar/top_up/{client.id}", {"amount": "50.00", "method": "cash"}),
    ):
        key = secrets.token_urlsafe(12)
        kind = "deposit" if "deposit" in path else "top_up"
        acting = _begin(world, person, kind, key, by=person.id, client=client.id, cents=5000)
        _bar(acting, path, key, **body)


def sale(world: World, person: Person) -> None:
    """Sell something to somebody."""
    item, price = world.pick(world.facts["items"])
    client, key = world.pick(world.people["client"]), secrets.token_urlsafe(12)
    acting = _begin(
        world, person, "sale", key, by=person.id, client=client.id, item=item, cents=price
    )
    answer = _bar(acting, f"/api/bar/pay/{client.id}/{item}", key, expected_price=price)
    if answer.status == 201:
        world.sales.append((answer.json["transaction"]["id"], client.id))


def top_up(world: World, person: Person) -> None:
    """Take somebody's money."""
    client, cents = world.pick(world.people["client"]), world.pick((500, 1000, 1250))
    key = secrets.token_urlsafe(12)
    acting = _begin(world, person, "top_up", key, by=person.id, client=client.id, cents=cents)
    _bar(acting, f"/api/bar/top_up/{client.id}", key, amount=f"{cents / 100:.2f}", method="cash")


def revert(world: World, person: Person) -> None:
    """Undo a sale."""
    if len(world.sales) < 5:
        return
    line, client = world.sales.pop(0)
    key = secrets.token_urlsafe(12)
    acting = _begin(world, person, "revert", key, by=person.id, client=client, line=line)
    _bar(acting, f"/api/bar/revert_transaction/{line}", key, reason="chaos")


# Photos


def _picture() -> bytes:
    noise = Image.frombytes("RGB", (160, 120), os.urandom(160 * 120 * 3))
    file = io.BytesIO()
    noise.resize((640, 480)).save(file, "JPEG", quality=70)
    return file.getvalue()


def photo(world: World, person: Person) -> None:
    """Send a photo, bit by bit, and go on where it stopped."""
    content = _picture()
    digest = hashlib.sha256(content).hexdigest()
    acting = _begin(world, person, "photo", digest, size=len(content))
    for _ in range(6):
        where = _begin_upload(acting, len(content))
        if where is None:
            return
        done = _send_bits(acting, where, content)
        if done is None:
            continue  # what came of it is gone: begin again
        if done.status == 200:
            acting.end("told", name=done.json["photo"].get("file_name"))
        elif done.status == 409:  # an attempt that was not answered did it
            acting.end("told", again=True)
        else:
            acting.end("refused", status=done.status)
        return


def _begin_upload(acting: Acting, size: int) -> str | None:
    assert acting.person is not None  # noqa: S101
    collection, album = acting.world.facts["album"]
    said = {"collection": collection, "album": album, "filename": "IMG_1.JPG"}
    pairs = (f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in said.items())
    headers = _TUS | {"Upload-Length": str(size), "Upload-Metadata": ",".join(pairs)}
    browser = acting.person.browser
    answer = acting.ask(browser, lambda: browser.send("POST", "/api/photos/uploads", b"", headers))
    if answer.status != 201:
        acting.end("refused", status=answer.status)
        return None
    return answer.location


def _send_bits(acting: Acting, where: str, content: bytes) -> Answer | None:
    """Send a file in three bits; nothing if what came of it is gone."""
    assert acting.person is not None  # noqa: S101
    browser, at, size = acting.person.browser, 0, len(content)
    place = urlsplit(where).path
    for _ in range(60):
        bit = content[at : at + size // 3 + 1]
        try:
            answer = browser.send(
                "PATCH", place, bit, _TUS | {"Upload-Offset": str(at), "Content-Type": _BYTES}
            )
        except Exception:  # noqa: BLE001  # whatever it is, one asks how much came
            answer = None
        if answer is not None and answer.status == 200:
            return answer
        if answer is not None and answer.status == 204:
            at = int(answer.headers["Upload-Offset"])
            continue
        if answer is not None and answer.status in (400, 413, 415, 422):
            return answer
        seen = acting.ask(browser, lambda: browser.send("HEAD", place, b"", _TUS))
        if seen.status != 200:
            return answer if answer is not None and answer.status == 409 else None
        at = int(seen.headers["Upload-Offset"])
        if at == size:  # all came, and it is not a photo yet: send its last byte again
            at -= 1
    raise Unanswered


# Panier Bio, Club Q


def basket(world: World, person: Person) -> None:
    """Order a basket for a day: among the first ones, where few are left."""
    mine = person.memory.setdefault("baskets", {})
    free = [day for day in world.facts["days"][:40] if mine.get(day) != "told"]
    if not free:
        return
    day, key = world.pick(free[:12]), secrets.token_urlsafe(12)
    acting = _begin(world, person, "basket", key, pceen=person.id, day=day)
    fields = {
        "dates[]": day,
        "wait": "y",
        "payment_method": "cash",
        "consent": "y",
        "idempotency_key": key,
    }
    browser = person.browser
    answer = acting.ask(browser, lambda: browser.post("/panier_bio", fields))
    acting.end_form(answer)
    if acting.act.outcome == "told":
        mine[day] = "told"


def wishes(world: World, person: Person) -> None:
    """Save what one wishes of the season."""
    browser = person.browser
    version = _VERSION.search(browser.page("/club_q").text)
    if version is None:
        return
    shows = list(world.facts["shows"])
    random.shuffle(shows)
    wanted = {show: random.randint(1, 2) for show in shows[: random.randint(1, 5)]}  # noqa: S311
    fields = {"version": version[1]}
    for show in shows:  # as the form does: a show that is left out is sent, and empty
        fields |= {f"{name}_{show}": "" for name in ("priorite", "places", "minimum")}
    for rank, (show, places) in enumerate(wanted.items(), start=1):
        fields |= {
            f"priorite_{show}": str(rank),
            f"places_{show}": str(places),
            f"minimum_{show}": "1",
        }
    kept = [[show, rank, places] for rank, (show, places) in enumerate(wanted.items(), start=1)]
    key = secrets.token_urlsafe(8)
    acting = _begin(world, person, "wishes", key, pceen=person.id, wanted=kept)
    answer = acting.ask(browser, lambda: browser.post("/club_q", fields))
    if answer.status == 409:
        acting.end("unknown", status=409)  # saved by an attempt that was not answered
    else:
        acting.end_form(answer)


# Money


def _pay(acting: Acting, path: str, fields: dict[str, str]) -> None:
    """Ask to pay, then pay at Lydia, as one chooses."""
    world, person = acting.world, acting.person
    assert person is not None  # noqa: S101
    browser = person.browser
    answer = acting.ask(browser, lambda: browser.post(path, fields))
    if answer.status != 303:
        acting.end("refused", status=answer.status)
        return
    acting.act.said["payment"] = int(urlsplit(answer.location).path.rsplit("/", 1)[1])
    page = acting.ask(browser, lambda: browser.get(urlsplit(answer.location).path))
    uuid = link_to_lydia(page.text)
    if uuid is None:
        acting.end("told", uuid=None)  # it is in error, or over
        return
    outcome = world.pick(_ENDS)
    until(lambda: choose(world.sandbox, uuid, outcome), 60, every=1)
    acting.end("told", uuid=uuid, end=outcome)


def pay_internet(world: World, person: Person) -> None:
    """Pay for Internet by card."""
    offer, key = world.pick(world.facts["offers"]), secrets.token_urlsafe(12)
    acting = _begin(world, person, "pay_internet", key, pceen=person.id, offer=offer)
    _pay(acting, f"/payments/pay/card/{offer}", {"idempotency_key": key})


def pay_bar(world: World, person: Person) -> None:
    """Put money on one's account of the bar, by card."""
    cents, key = world.pick((500, 700, 1000, 1100)), secrets.token_urlsafe(12)
    acting = _begin(world, person, "pay_bar", key, pceen=person.id, cents=cents)
    amount = f"{cents // 100},{cents % 100:02}"
    _pay(acting, "/bar/recharge", {"idempotency_key": key, "amount": amount, "phone": ""})


# The network


def device(world: World, person: Person) -> None:
    """Register another device."""
    mac = "3c:22:fb:" + ":".join(
        f"{byte:02x}" for byte in (0xD0 + secrets.randbelow(16), *secrets.token_bytes(2))
    )
    key, browser = secrets.token_urlsafe(12), person.browser
    acting = _begin(world, person, "device", mac, pceen=person.id)
    fields = {"idempotency_key": key, "mac_address": mac, "name": "Chaos", "type": "Ordinateur"}
    acting.end_form(acting.ask(browser, lambda: browser.post("/devices/register", fields)))


def room(world: World, person: Person) -> None:
    """Take a room, or leave the one that one has."""
    browser, held = person.browser, person.memory.get("room")
    if held is None:
        with world._guard:  # noqa: SLF001  # one room is wanted by one person
            if not world.rooms:
                return
            number = world.rooms.pop(0)
        key = secrets.token_urlsafe(12)
        acting = _begin(world, person, "room", key, pceen=person.id, room=number)
        fields = {"idempotency_key": key, "room": str(number), "start": "", "take_over": ""}
        fields["start"] = world.facts["today"]
        answer = acting.ask(browser, lambda: browser.post("/rooms/register", fields))
        acting.end_form(answer)
        person.memory["room"] = number if acting.act.outcome == "told" else None
        return
    acting = _begin(world, person, "leave", secrets.token_urlsafe(8), pceen=person.id, room=held)
    answer = acting.ask(
        browser, lambda: browser.post("/rooms/terminate", {"end": world.facts["today"]})
    )
    acting.end_form(answer)
    person.memory["room"] = None


# Accounts


def register(world: World, _person: Person | None = None) -> None:
    """Open an account, in the residence."""
    prenom, nom = world.name(), world.name()
    email = f"{prenom}.{nom}@chaos.example.org".lower()
    browser = world.browser(inside=True)
    acting = Acting(world, None, world.ledger.ask("register", email, email))
    fields = {
        "prenom": prenom,
        "nom": nom,
        "no_promo": "y",
        "email": email,
        "password": world.facts["password"],
        "password_confirm": world.facts["password"],
        "idempotency_key": secrets.token_urlsafe(12),
    }
    answer = acting.ask(browser, lambda: browser.post("/register/rezident", fields))
    is_made = answer.status in (302, 303)
    acting.end(
        "told" if is_made else "refused", status=answer.status, where=urlsplit(answer.location).path
    )


def reset(world: World, person: Person) -> None:
    """Have a link to a new password sent: each person twice at most."""
    if person.memory.setdefault("resets", 0) >= 2:
        return
    person.memory["resets"] += 1
    browser = world.browser()
    acting = _begin(world, person, "reset", person.email)
    answer = acting.ask(
        browser, lambda: browser.post("/reset_password_request", {"email": person.email})
    )
    is_sent = answer.status == 303  # to the log-in, as is right
    acting.end("told" if is_sent else "refused", status=answer.status)


def school(world: World, _person: Person | None = None) -> None:
    """Log in with the school."""
    student = world.pick(_vouched())
    browser = world.browser()
    acting = Acting(world, None, world.ledger.ask("school", student.emails[-1], student.key))
    for _ in range(8):
        if _through_school(acting, browser, student.key):
            acting.end("told")
            return
        browser.forget()
    acting.end("unknown")


def _vouched() -> list[Student]:
    """Whom the school knows, and the site makes an account of."""
    today = date.today()  # noqa: DTZ011, TID251  # not the site's
    words = ("son compte est créé", "au nom en")
    return [one for one in students(today) if any(word in one.shows for word in words)]


def _through_school(acting: Acting, browser: Browser, key: str) -> bool:
    """There and back; whether one is logged in at the end."""
    leaving = acting.ask(browser, lambda: browser.post("/saml/login", {"next": ""}))
    if leaving.status != 303:
        return False
    page = acting.ask(browser, lambda: browser.get(leaving.location))
    asked = {name: unescape(value) for name, value in _HIDDEN.findall(page.text)}
    address = urlsplit(leaving.location)
    where = f"{address.scheme}://{address.netloc}{address.path}"
    body = urlencode(asked | {"student": key}).encode()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    back = acting.ask(browser, lambda: browser.send("POST", where, body, form))
    if back.status != 200:
        return False
    answer = {name: unescape(value) for name, value in _HIDDEN.findall(back.text)}
    arrived = acting.ask(browser, lambda: browser.post("/saml/acs", answer))
    if arrived.status != 303:
        return False
    ticket = urlsplit(arrived.location)
    acting.ask(browser, lambda: browser.get(f"{ticket.path}?{ticket.query}"))
    fields = {"ticket": ticket.query.removeprefix("ticket="), "next": ""}
    done = acting.ask(browser, lambda: browser.post("/saml/finish", fields))
    return done.status == 303 and not done.is_door


# Words


def contact(world: World, person: Person) -> None:
    """Write to the GRIs."""
    title = f"Chaos {secrets.token_hex(8)}"
    browser = person.browser
    browser.address = world.browser().address
    acting = _begin(world, person, "contact", title)
    fields = {
        "name": "Chaos",
        "email": person.email,
        "title": title,
        "message": "Rien ne va plus.",
        "idempotency_key": secrets.token_urlsafe(12),
    }
    acting.end_form(acting.ask(browser, lambda: browser.post("/contact", fields)))


def notify(world: World, person: Person) -> None:
    """Tell many people something."""
    title = f"Chaos {secrets.token_hex(8)}"
    acting = _begin(world, person, "notify", title)
    fields = {
        "topic": "site",
        "target": "eleves",
        "title": title,
        "body": "Rien ne va plus.",
        "title_en": "",
        "body_en": "",
        "url": "/",
        "image": "",
        "confirmed": "1",
        "idempotency_key": secrets.token_urlsafe(12),
    }
    browser = person.browser
    acting.end_form(acting.ask(browser, lambda: browser.post("/gris/push_notifications", fields)))


def task(world: World, person: Person) -> None:
    """Have a task run."""
    name = world.pick(("audit.verify", "payments.reconcile", "dhcp.diff", "photos.verify"))
    acting = _begin(world, person, "task", secrets.token_urlsafe(8), task=name)
    fields = {"reason": "chaos", "idempotency_key": acting.act.mark}
    browser = person.browser
    answer = acting.ask(browser, lambda: browser.post(f"/gris/tasks/{name}/run", fields))
    run = urlsplit(answer.location).path.rsplit("/", 1)[-1]
    acting.end_form(answer, **({"run": int(run)} if run.isdigit() else {}))


Do = Callable[[World, Person], None]

#: What is done, by whom, and how often beside the others.
ACTS: tuple[tuple[Callable[..., None], str | None, int], ...] = (
    (sale, "barman", 14),
    (top_up, "barman", 4),
    (revert, "barman", 2),
    (photo, "editor", 5),
    (basket, "client", 6),
    (wishes, "client", 5),
    (pay_internet, "rezident", 3),
    (pay_bar, "client", 3),
    (device, "rezident", 3),
    (room, "newcomer", 3),
    (register, None, 3),
    (reset, "forgetful", 3),
    (school, None, 1),
    (contact, "client", 4),
    (notify, "gri", 1),
    (task, "gri", 1),
)
