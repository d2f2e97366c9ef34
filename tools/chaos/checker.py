"""Whether anything was lost, or done twice. Pure: evidence in, findings out.

It knows the tables and what those outside received, and nothing of the services.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from tools.chaos.evidence import Evidence, Row, key_of
from tools.chaos.ledger import Act

Verdict: TypeAlias = Literal["lost", "doubled", "wrong", "repeated"]

#: Lydia's number for a request that was paid.
PAID = 1
#: Orders that have a basket for them.
_HOLDS = ("confirmed", "pending")
#: How long after a fault what it left in doubt may be told again, in seconds: a lease.
LEASE = 75.0


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was told, with what shows it."""

    #: ``repeated``: told twice outside, as the specification allows.
    verdict: Verdict
    what: str
    mark: str
    evidence: str
    #: When what it is about was asked.
    at: float | None = None


def check(evidence: Evidence) -> list[Finding]:
    """All that is wrong."""
    checks = (
        bar, bar_books, photos, baskets, wishes, payments, devices, rentals, accounts,
        contacts, notices, mails, outbox, jobs, tasks, outrages, commands, leftovers,
    )  # fmt: skip
    return [finding for one in checks for finding in one(evidence)]


def invariants(tables: dict[str, list[Row]], *, baskets_a_day: int) -> list[Finding]:
    """What must hold at any instant, also in the middle of a fault."""
    seen = Evidence(tables, baskets=baskets_a_day)
    return [*bar_books(seen), *_capacities(seen), *_open_rentals(seen), *_paid_once(seen)]


def _of(evidence: Evidence, *kinds: str) -> Iterator[Act]:
    return (act for act in evidence.acts if act.kind in kinds)


def _count(act: Act, found: int, said: str) -> Iterator[Finding]:
    """What was told is there once; what was refused, or never answered, once at most."""
    if found == 0 and act.outcome == "told":
        yield Finding("lost", act.kind, act.mark, f"told to {act.who}; {said}: none", act.asked_at)
    elif found > 1:
        yield Finding("doubled", act.kind, act.mark, f"{said}: {found}", act.asked_at)


# The bar


def bar(evidence: Evidence) -> Iterator[Finding]:
    """Each line that a barman was told of is in the ledger, once, as it was told."""
    by_key: dict[str, list[Row]] = defaultdict(list)
    for line in evidence.tables["ledger"]:
        by_key[line["idempotency_key"]].append(line)
    for act in _of(evidence, "sale", "top_up", "deposit", "revert"):
        lines = by_key[key_of(act.said["by"], act.mark)]
        yield from _count(act, len(lines), "lines of the ledger with its key")
        if len(lines) != 1:
            continue
        line = lines[0]
        if act.outcome == "told" and line["id"] != act.said["id"]:
            said = f"told of line {act.said['id']}, and it is {line['id']}"
            yield Finding("doubled", act.kind, act.mark, said, act.asked_at)
        if line["client_id"] != act.said["client"]:
            said = f"line {line['id']} is of {line['client_id']}, not {act.said['client']}"
            yield Finding("wrong", act.kind, act.mark, said, act.asked_at)
        if act.kind == "sale" and line["balance_change_cents"] != -act.said["cents"]:
            said = f"line {line['id']} moved {line['balance_change_cents']}"
            yield Finding("wrong", act.kind, act.mark, said, act.asked_at)
    undone = Counter(one["reverses_id"] for one in evidence.tables["ledger"] if one["reverses_id"])
    for number, times in undone.items():
        if times > 1:
            yield Finding("doubled", "revert", str(number), f"undone {times} times")


def bar_books(evidence: Evidence) -> Iterator[Finding]:
    """Balances and stock are the sums of the ledger."""
    lines = evidence.tables["ledger"]
    sums: Counter[int] = Counter()
    stock: Counter[int] = Counter()
    for line in lines:
        if line["client_id"] is not None:
            sums[line["client_id"]] += line["balance_change_cents"]
        if line["item_id"] is not None:
            stock[line["item_id"]] += line["stock_change"]
    for account in evidence.tables["accounts"]:
        number, has = account["pceen_id"], account["balance_cents"]
        if has != sums[number]:
            said = f"{has} cents, and its ledger says {sums[number]}"
            verdict: Verdict = "lost" if has > sums[number] else "doubled"
            yield Finding(verdict, "balance", str(number), said)
    for item in evidence.tables["items"]:
        number = item["id"]
        if item["quantity"] != stock[number]:
            said = f"{item['quantity']} left, and the ledger says {stock[number]}"
            yield Finding("wrong", "stock", str(number), said)


# Photos


def photos(evidence: Evidence) -> Iterator[Finding]:
    """Each photo that was taken is there, once, with its file and its previews."""
    by_digest: dict[str, list[Row]] = defaultdict(list)
    for row in evidence.tables["photos"]:
        by_digest[row["sha256"]].append(row)
    for act in _of(evidence, "photo"):
        rows = by_digest[act.mark]
        yield from _count(act, len(rows), "photos with these bytes")
        for row in rows:
            if row["state"] == "broken" or row["state"] == "failed":
                said = f"it is {row['state']}"
                yield Finding("lost", "photo", act.mark, said, act.asked_at)
            missing = [path for path in _paths(row) if path not in evidence.files]
            if missing:
                said = f"no file at {', '.join(missing)} ({row['state']})"
                yield Finding("lost", "photo", act.mark, said, act.asked_at)


def _paths(row: Row) -> list[str]:
    place, stem = f"{row['collection']}/{row['album']}", row["file_name"].rpartition(".")[0]
    return [
        f"{place}/{row['file_name']}",
        f"{place}/_large/{stem}.webp",
        f"{place}/_thumbs/{stem}.webp",
    ]


# Panier Bio, Club Q


def baskets(evidence: Evidence) -> Iterator[Finding]:
    """Who ordered has one order for the day; nobody has a basket that does not exist."""
    live = Counter(
        (row["pceen_id"], str(row["date"]))
        for row in evidence.tables["baskets"]
        if row["status"] != "cancelled"
    )
    for act in _of(evidence, "basket"):
        found = live[act.said["pceen"], act.said["day"]]
        yield from _count(act, found, f"orders for {act.said['day']}")
    yield from _capacities(evidence)


def _capacities(evidence: Evidence) -> Iterator[Finding]:
    own = {str(row["date"]): row["capacity"] for row in evidence.tables["capacities"]}
    held = Counter(
        str(row["date"]) for row in evidence.tables["baskets"] if row["status"] in _HOLDS
    )
    for day, count in held.items():
        given = own.get(day)
        room = evidence.baskets if given is None else given
        if room and count > room:
            yield Finding("doubled", "capacity", day, f"{count} baskets of {room}")


def wishes(evidence: Evidence) -> Iterator[Finding]:
    """What somebody wishes is what they last saved, or tried to."""
    saved: dict[int, list[list[int]]] = defaultdict(list)
    for row in sorted(evidence.tables["wishes"], key=lambda row: row["priorite"]):
        saved[row["pceen_id"]].append(
            [row["spectacle_id"], row["priorite"], row["places_demandees"]]
        )
    last: dict[int, list[Act]] = defaultdict(list)
    for act in _of(evidence, "wishes"):
        if act.outcome == "told":
            last[act.said["pceen"]] = [act]
        elif act.outcome == "unknown":
            last[act.said["pceen"]].append(act)
    for pceen, acts in last.items():
        is_certain = acts[0].outcome == "told"
        possible = [act.said["wanted"] for act in acts] + ([] if is_certain else [[]])
        if saved[pceen] not in possible:
            said = f"{saved[pceen]} is kept, {acts[-1].said['wanted']} was saved"
            yield Finding("lost", "wishes", acts[-1].mark, said, acts[-1].asked_at)


# Money


def payments(evidence: Evidence) -> Iterator[Finding]:
    """What is paid at Lydia gave one thing here, and nothing else gave anything; cents agree."""
    at_lydia = {row["order_ref"]: row for row in evidence.lydia}
    by_number = {row["id"]: row for row in evidence.tables["payments"]}
    for row in by_number.values():
        request = at_lydia.get(row["order_ref"])
        is_paid_there = request is not None and request["state"] == PAID
        is_paid_here = row["status"] == "accepted"
        if request is None and not is_paid_here:
            continue
        if is_paid_there and not is_paid_here:
            said = f"paid at Lydia, {row['status']} here"
            yield Finding("lost", "payment", str(row["id"]), said)
        if request is not None and is_paid_here and not is_paid_there:
            said = f"accepted here, {request['state']} at Lydia"
            yield Finding("wrong", "payment", str(row["id"]), said)
        if request is not None and round(float(request["amount"]) * 100) != row["amount_cents"]:
            said = f"{request['amount']} at Lydia, {row['amount_cents']} cents here"
            yield Finding("wrong", "payment", str(row["id"]), said)
    known = {row["order_ref"] for row in by_number.values()}
    for reference, request in at_lydia.items():
        if request["state"] == PAID and reference not in known:
            yield Finding("lost", "payment", reference, "paid at Lydia, unknown here")
    yield from _paid_once(evidence)
    for act in _of(evidence, "pay_internet", "pay_bar"):
        number = act.said.get("payment")
        if act.outcome == "told" and number not in by_number:
            yield Finding("lost", act.kind, act.mark, f"no payment {number}", act.asked_at)


def _paid_once(evidence: Evidence) -> Iterator[Finding]:
    """A payment that was accepted gave one thing, of its amount, and has one line of the books."""
    given = Counter(row["payment_id"] for row in evidence.tables["subscriptions"])
    credited: Counter[int] = Counter()
    lines: Counter[int] = Counter()
    for line in evidence.tables["ledger"]:
        if line["payment_id"] is not None:
            credited[line["payment_id"]] += line["balance_change_cents"]
            lines[line["payment_id"]] += 1
    booked: Counter[int] = Counter()
    for entry in evidence.tables["journal"]:
        if entry["payment_id"] is not None and entry["kind"] == "payment":
            booked[entry["payment_id"]] += entry["amount_cents"]
    for row in evidence.tables["payments"]:
        number, is_paid = row["id"], row["status"] == "accepted"
        count = given[number] if row["type"] == "internet" else lines[number]
        if count != is_paid and row["status"] in ("accepted", "waiting", "creating", "error"):
            verdict: Verdict = "doubled" if count > is_paid else "lost"
            said = f"{row['status']}, and it gave {count} things"
            yield Finding(verdict, "payment", str(number), said)
        if row["type"] == "bar" and is_paid and credited[number] != row["amount_cents"]:
            said = f"{row['amount_cents']} cents paid, {credited[number]} credited"
            yield Finding("wrong", "payment", str(number), said)
        if is_paid and booked and booked[number] != row["amount_cents"]:
            said = f"{row['amount_cents']} cents paid, {booked[number]} in the books"
            yield Finding("wrong", "books", str(number), said)


# The network


def devices(evidence: Evidence) -> Iterator[Finding]:
    """Each device that was registered is its owner's."""
    owners: dict[str, list[int]] = defaultdict(list)
    for row in evidence.tables["devices"]:
        owners[row["mac_address"]].append(row["pceen_id"])
    for act in _of(evidence, "device"):
        found = owners[act.mark]
        yield from _count(act, len(found), "devices with its address")
        if found and found != [act.said["pceen"]] and len(found) == 1:
            yield Finding("wrong", "device", act.mark, f"it is {found}'s", act.asked_at)


def rentals(evidence: Evidence) -> Iterator[Finding]:
    """Each room that was taken is in the register once; those that were left are left."""
    taken: dict[tuple[int, int], list[Row]] = defaultdict(list)
    for row in evidence.tables["rentals"]:
        taken[row["pceen_id"], row["room_num"]].append(row)
    for act in _of(evidence, "room"):
        found = taken[act.said["pceen"], act.said["room"]]
        yield from _count(act, len(found), f"rentals of room {act.said['room']}")
    for act in _of(evidence, "leave"):
        found = taken[act.said["pceen"], act.said["room"]]
        if act.outcome == "told" and any(_is_open(row) for row in found):
            said = f"room {act.said['room']} is still rented"
            yield Finding("lost", "leave", act.mark, said, act.asked_at)
    yield from _open_rentals(evidence)


def _is_open(row: Row) -> bool:
    return row["closed_at"] is None and row["ends_on"] is None


def _open_rentals(evidence: Evidence) -> Iterator[Finding]:
    rows = [row for row in evidence.tables["rentals"] if _is_open(row)]
    for name in ("room_num", "pceen_id"):
        for key, count in Counter(row[name] for row in rows).items():
            if count > 1:
                yield Finding("doubled", "rental", f"{name} {key}", f"{count} at once")


# Accounts, words


def accounts(evidence: Evidence) -> Iterator[Finding]:
    """Each account that was opened is there, once."""
    emails = Counter(row["email"] for row in evidence.tables["people"])
    vouched = Counter(row["espci_email"] for row in evidence.tables["people"])
    for act in _of(evidence, "register"):
        yield from _count(act, emails[act.mark], "accounts with its address")
    for mark in {act.mark for act in _of(evidence, "school")}:
        acts = [act for act in _of(evidence, "school") if act.mark == mark]
        best = next((act for act in acts if act.outcome == "told"), acts[0])
        found = max(vouched[mark], emails[mark])
        yield from _count(best, found, "accounts with the address of the school")


def contacts(evidence: Evidence) -> Iterator[Finding]:
    """Each message to the GRIs is kept once, and told once."""
    kept = Counter(row["title"] for row in evidence.tables["messages"])
    for act in _of(evidence, "contact"):
        yield from _count(act, kept[act.mark], "messages with its title")
        copies = [row for row in evidence.chat if act.mark in row["title"]]
        if kept[act.mark] and not copies:
            yield Finding("lost", "chat", act.mark, "kept, and never told", act.asked_at)
        yield from _copies(evidence, "chat", act.mark, copies)


def notices(evidence: Evidence) -> Iterator[Finding]:
    """Each notification is there once, for all those that it is for."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in evidence.tables["notices"]:
        found[row["title"]].append(row)
    for act in _of(evidence, "notify"):
        rows = found[act.mark]
        yield from _count(act, len(rows), "notifications with its title")
        for row in rows:
            if row["told"] != row["audience_count"]:
                said = f"{row['told']} of {row['audience_count']} people have it"
                yield Finding("lost", "notify", act.mark, said, act.asked_at)


def _copies(evidence: Evidence, what: str, mark: str, copies: Sequence[Row]) -> Iterator[Finding]:
    """What is outside is there once; twice, where the one who told it was stopped in the middle."""
    if len(copies) < 2:
        return
    first, last = min(row["at"] for row in copies), max(row["at"] for row in copies)
    is_in_doubt = any(
        begun <= last and first - LEASE <= ended + LEASE for begun, ended in evidence.doubtful
    )
    verdict: Verdict = "repeated" if len(copies) == 2 and is_in_doubt else "doubled"
    moods = ", ".join(str(row.get("mood", "")) for row in copies)
    said = f"{len(copies)} copies within {last - first:.0f} s ({moods})"
    yield Finding(verdict, what, mark, said, first)


def mails(evidence: Evidence) -> Iterator[Finding]:
    """Each mail that was to leave is there once, under one identity."""
    copies: dict[str, list[Row]] = defaultdict(list)
    for row in evidence.mails:
        copies[row["id"]].append(row)
    for identity, rows in copies.items():
        yield from _copies(evidence, "mail", f"{identity} to {rows[0]['to']}", rows)
    arrived = Counter(rows[0]["to"].lower() for rows in copies.values())
    wanted: Counter[str] = Counter()
    sent: Counter[str] = Counter()
    for row in evidence.tables["outbox"]:
        lane = row["lane"] or ""
        if lane.startswith("mail:") and row["cancelled_at"] is None:
            wanted[lane[5:].lower()] += 1
            sent[lane[5:].lower()] += row["sent_at"] is not None
    for to in {*wanted, *arrived}:
        if arrived[to] < sent[to]:
            said = f"{sent[to]} were sent, {arrived[to]} arrived"
            yield Finding("lost", "mail", to, said)
        if arrived[to] > wanted[to]:
            said = f"{wanted[to]} were to leave, {arrived[to]} arrived under names of their own"
            yield Finding("doubled", "mail", to, said)
    yield from _expected(evidence, arrived)


def _expected(evidence: Evidence, arrived: Counter[str]) -> Iterator[Finding]:
    """Whoever opened an account, or forgot their password, has their mail."""
    for act in _of(evidence, "register"):
        if act.outcome == "told" and not arrived[act.mark]:
            yield Finding("lost", "mail", act.mark, "no mail of the new account", act.asked_at)
    asked: dict[str, list[Act]] = defaultdict(list)
    for act in _of(evidence, "reset"):
        asked[act.mark].append(act)
    for mark, acts in asked.items():
        least = sum(act.outcome == "told" for act in acts)
        most = sum(max(1, act.attempts) for act in acts)
        if arrived[mark] < least:
            said = f"asked {least} times, {arrived[mark]} arrived"
            yield Finding("lost", "mail", mark, said, acts[0].asked_at)
        if arrived[mark] > most:
            said = f"sent {most} times, {arrived[mark]} arrived"
            yield Finding("doubled", "mail", mark, said, acts[0].asked_at)


# The worker


def outbox(evidence: Evidence) -> Iterator[Finding]:
    """Nothing waits, and nothing is leased for ever."""
    for row in evidence.tables["outbox"]:
        if row["sent_at"] is None and row["cancelled_at"] is None:
            state = "parked" if row["parked_at"] else "leased" if row["leased_until"] else "waiting"
            said = f"{row['kind']}, {state} after {row['attempts']} attempts: {row['last_error']}"
            yield Finding("lost", "outbox", str(row["id"]), said)
        elif row["leased_until"] is not None:
            yield Finding("wrong", "outbox", str(row["id"]), f"{row['kind']}: done, and leased")


def jobs(evidence: Evidence) -> Iterator[Finding]:
    """Each time of a job was run once, and none was left to itself at the end."""
    times = Counter((row["job"], str(row["due_at"])) for row in evidence.tables["jobs"])
    for (job, due), count in times.items():
        if count > 1:
            yield Finding("doubled", "job", f"{job} {due}", f"run {count} times")
    last: dict[str, Row] = {}
    for row in sorted(evidence.tables["jobs"], key=lambda row: str(row["due_at"])):
        last[row["job"]] = row
    # those of each minute were run again once all was well; of others one may have been cut
    minute = Counter(row["job"] for row in evidence.tables["jobs"])
    for job, row in last.items():
        if row["ended_at"] is None and minute[job] > 10:
            yield Finding("lost", "job", job, f"the one of {row['due_at']} did not end")


def tasks(evidence: Evidence) -> Iterator[Finding]:
    """Each task that was started came to an end."""
    known = {row["id"]: row for row in evidence.tables["runs"]}
    for act in _of(evidence, "task"):
        if act.outcome == "told" and act.said.get("run") not in known:
            yield Finding("lost", "task", act.mark, "no such run", act.asked_at)
    for row in known.values():
        if row["state"] in ("queued", "running"):
            yield Finding("lost", "task", str(row["id"]), f"{row['task']} is still {row['state']}")


# Everything else


def outrages(evidence: Evidence) -> Iterator[Finding]:
    """Nobody was shown an error of ours, nor a traceback."""
    for one in evidence.outrages:
        yield Finding("wrong", "answer", one.what, f"{one.status}: {one.said}", one.at)


def commands(evidence: Evidence) -> Iterator[Finding]:
    """The site's own checks are right, too."""
    for command, said in evidence.commands.items():
        yield Finding("wrong", "command", command, said)


def leftovers(evidence: Evidence) -> Iterator[Finding]:
    """Nothing temporary is left."""
    for path in evidence.leftovers:
        yield Finding("wrong", "leftover", path, "a temporary file, after the janitors")


def counted(findings: Iterable[Finding]) -> dict[str, int]:
    """How many there are of each verdict."""
    found: Counter[Any] = Counter(one.verdict for one in findings)
    return {name: found[name] for name in ("lost", "doubled", "wrong", "repeated")}
