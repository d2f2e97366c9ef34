"""A generation that is killed leaves one of the two legal files; eight at once, one."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.extensions import db
from app.models import Room
from app.modules.intrarez.rules import dhcp as rules, nft
from app.modules.intrarez.service import dhcp, rooms
from app.modules.intrarez.service.rooms import Stay
from tests.factories import DeviceFactory, PCeenFactory, base as factories
from tests.modules.intrarez.conftest import PLAN

#: Runs each generation that it is asked for in a child; at a step, that one is killed. Several are
#: begun together, and tell how they ended in that order.
PROGRAM = """
import json, os, signal, sys
from pathlib import Path
from app import create_app
from app.core import files
from app.extensions import db
from app.integrations import dhcp_server, nft
from app.modules.intrarez import queries
from app.modules.intrarez.service import dhcp
from tests.conftest import settings_of
from tests.modules.intrarez.conftest import PLAN

def dies(function, after):
    def replaced(*args, **kwargs):
        answer = function(*args, **kwargs) if after == "after" else None
        os.kill(os.getpid(), signal.SIGKILL)
        return answer
    return replaced

dhcp_server.check_with_server = lambda *_: None
nft.check_with_nft = lambda *_: None
modules = {"files": files, "queries": queries, "os": os, "dhcp": dhcp, "path": Path}

def generate(url, path, nft_path, owner, name, after):
    if name:
        module = modules[owner]
        setattr(module, name, dies(getattr(module, name), after))
    app = create_app(settings_of(url), WTF_CSRF_ENABLED=False)
    with app.app_context():
        target = dhcp.Target(path=Path(path), format="dhcpd", plan=PLAN, nft_path=Path(nft_path))
        return str(dhcp.publish(db.session(), target=target).result)

def begin(wanted):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(90)  # in seconds: what hangs is not waited for
        try:
            os.write(writer, generate(*wanted).encode())
        finally:
            os._exit(0)
    os.close(writer)
    return child, reader

for line in sys.stdin:
    ended = []
    for child, reader in [begin(wanted) for wanted in json.loads(line)]:
        with open(reader) as said:
            words = said.read()
        ended.append([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), words])
    print(json.dumps(ended), flush=True)
"""
#: Where it is killed: before or after each step, from the lock to the record.
STEPS = [
    ("files", "_wait", "after"),
    ("queries", "hosts", "after"),
    ("files", "_temporary", "after"),
    ("os", "fsync", "before"),
    ("files", "_keep", "after"),
    ("path", "replace", "before"),
    ("path", "replace", "after"),
    ("files", "sync", "after"),
    ("dhcp", "_record", "before"),
]
#: How each ended: its exit status, and what it said.
Generate = Callable[..., list[tuple[int, str]]]

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def program() -> Iterator[subprocess.Popen[str]]:
    """What generates, once it has read the site: starting takes longer than all that it does."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    with process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture
def generate(shared: Flask, program: subprocess.Popen[str], tmp_path: Path) -> Generate:
    with shared.app_context():
        url = db.engine.url.render_as_string(hide_password=False)

    def _generate(*step: str, times: int = 1) -> list[tuple[int, str]]:
        given = [url, str(tmp_path / "hosts"), str(tmp_path / "admitted.nft")]
        assert program.stdin is not None
        assert program.stdout is not None
        program.stdin.write(f"{json.dumps([[*given, *(step or ('', '', ''))]] * times)}\n")
        program.stdin.flush()
        return [(status, said) for status, said in json.loads(program.stdout.readline())]

    return _generate


def settle(session: Session, room_num: int, mac: str) -> None:
    """Someone takes a room, with a device."""
    factories.use(session)
    pceen = PCeenFactory(slugs=["rezident"])
    DeviceFactory(pceen=pceen, mac_address=mac)
    room = session.get_one(Room, room_num)
    rooms.take(session, pceen=pceen, room=room, stay=Stay(starts_on=clock.today()), plan=PLAN)
    session.commit()


def wanted(session: Session, tmp_path: Path) -> tuple[str, str]:
    target = dhcp.Target(path=tmp_path / "hosts", format="dhcpd", plan=PLAN)
    now = dhcp.wanted(session, target=target)
    session.rollback()
    return now.text, now.admitted


@pytest.mark.parametrize("step", STEPS, ids=" ".join)
def test_killed_at_any_step_the_files_are_legal_and_the_next_run_makes_them_right(
    shared: Flask, generate: Generate, tmp_path: Path, step: tuple[str, str, str]
) -> None:
    hosts, admitted = tmp_path / "hosts", tmp_path / "admitted.nft"
    with shared.app_context():
        session = db.session()
        settle(session, 101, "3c:22:fb:00:00:01")
        before = wanted(session, tmp_path)
        hosts.write_text(before[0])
        admitted.write_text(before[1])
        settle(session, 102, "3c:22:fb:00:00:02")
        after = wanted(session, tmp_path)
        db.session.remove()

    assert generate(*step) == [(-signal.SIGKILL, "")]
    assert hosts.read_text() in (before[0], after[0])
    assert admitted.read_text() in (before[1], after[1])

    ((_, said),) = generate()
    assert said in ("written", "unchanged")
    assert (hosts.read_text(), admitted.read_text()) == after
    rules.parse(hosts.read_text(), "dhcpd")
    nft.parse(admitted.read_text())


def test_eight_generations_at_once_have_one_result(
    shared: Flask, generate: Generate, tmp_path: Path
) -> None:
    with shared.app_context():
        session = db.session()
        settle(session, 101, "3c:22:fb:00:00:01")
        after = wanted(session, tmp_path)
        db.session.remove()

    said = sorted(said for _, said in generate(times=8))

    assert said == ["unchanged"] * 7 + ["written"]
    assert ((tmp_path / "hosts").read_text(), (tmp_path / "admitted.nft").read_text()) == after
    left = {path.name for path in tmp_path.iterdir() if path.suffix == ".tmp"}
    assert left == set()
