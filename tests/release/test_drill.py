"""Releases of an installation, made and taken back while the site is asked."""

import fcntl
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.models import needs
from tests.release.load import Client, Load, over_http, under
from tests.release.masters import wait_until, workers
from tests.release.tiny import Tiny

pytestmark = [pytest.mark.once]

HOME = (("GET", "/", 200), ("POST", "/", 200))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tiny]:
    """An installation that serves the release 1.0."""
    tiny = Tiny(tmp_path_factory.mktemp("tiny"))
    tiny.install("1.0")
    with tiny.served():
        yield tiny


@pytest.fixture
def load(tiny: Tiny) -> Iterator[Load]:
    """People who ask all along, and get what they ask for."""
    clients = [Client(over_http(tiny.port), "localhost") for _ in range(8)]
    with under(clients, HOME, pause=0.02) as load:
        yield load
    assert load.failures == [], tiny.log()[-3000:]


def test_an_update_and_a_return_lose_no_request(tiny: Tiny, load: Load) -> None:
    former = tiny.current
    tiny.write("2.0")

    done = tiny.release("update")

    assert done.returncode == 0, done.stdout + done.stderr
    assert tiny.current.startswith("2.0-")
    said = [line.split()[0] for line in done.stdout.splitlines() if line.endswith(" s")]
    wanted = "fetch dependencies assets boot migration switch reload verification"
    assert said == wanted.split()
    # The code is new, and what it depends on; what is imported late is of the same release.
    load.seen.clear()
    wait_until(lambda: load.seen, "answers")
    assert set(load.seen) == {f"{tiny.current} 2.0 2.0".encode()}
    ran = (tiny.root / "instance/done").read_text().splitlines()
    assert ran[-2:] == ["db upgrade postgresql://owner", "seed as the site"]

    back = tiny.release("rollback")

    assert back.returncode == 0, back.stdout + back.stderr
    assert tiny.current == former
    load.seen.clear()
    wait_until(lambda: load.seen, "answers")
    assert set(load.seen) == {f"{former} 1.0 1.0".encode()}
    listed = tiny.release("list").stdout
    assert [line.split()[0][:4] for line in listed.splitlines()] == ["2.0-", "1.0-"]
    assert "served before" in listed.splitlines()[0]


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("dependencies", "dependencies: "),
        ("npm", "assets: npm ci"),
        ("assets", "assets install does not work"),
        ("boot", "access does not work"),
        ("migration", "db upgrade does not work"),
        ("seed", "seed does not work"),
    ],
)
def test_a_step_that_fails_leaves_the_site_as_it_was(
    tiny: Tiny, load: Load, where: str, says: str
) -> None:
    former, serving = tiny.current, workers(tiny.process.pid)
    releases = sorted(tiny.root.glob("releases/*"))
    tiny.write("3.0", fails=where)

    done = tiny.release("update")

    assert done.returncode == 1
    assert says in done.stderr
    assert f"the site is untouched: {former} serves" in done.stderr
    assert (tiny.current, workers(tiny.process.pid)) == (former, serving)
    assert sorted(tiny.root.glob("releases/*")) == releases


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("reload", "reload: "),
        ("verification", "does not answer that it is ready"),
        ("serving", "does not answer that it is ready"),
    ],
)
def test_a_release_that_does_not_come_up_gives_way_to_the_former(
    tiny: Tiny, load: Load, where: str, says: str
) -> None:
    former, before = tiny.current, (tiny.root / "previous").resolve()
    tiny.choose(RELEASE_PATIENCE="4")
    tiny.write("4.0", fails=where)

    done = tiny.release("update")

    assert done.returncode == 1
    assert says in done.stderr
    assert f"{former} serves again" in done.stderr
    assert (tiny.current, (tiny.root / "previous").resolve()) == (former, before)
    wait_until(lambda: len(workers(tiny.process.pid)) == 2, "two processes")


def test_a_source_that_is_not_there_is_said(tiny: Tiny) -> None:
    former = tiny.current
    done = tiny.release("update", "--from", str(tiny.folder / "nowhere"))

    assert done.returncode == 1
    assert "fetch: git" in done.stderr
    assert tiny.current == former


@pytest.mark.parametrize(("command", "says"), [("", "says nothing"), ("sh -c 'x", "quotation")])
def test_how_to_reload_is_read_before_anything_is_done(tiny: Tiny, command: str, says: str) -> None:
    former = tiny.current
    tiny.choose(RELEASE_RELOAD=command)
    done = tiny.release("update")
    tiny.choose()

    assert done.returncode == 1
    assert says in done.stderr
    assert (done.stdout, tiny.current) == ("", former)


def test_two_at_once_are_refused(tiny: Tiny) -> None:
    with (tiny.root / ".release.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = tiny.release("update")

    assert done.returncode == 1
    assert "another installation or update is at work" in done.stderr


@needs("git")
def test_a_revision_of_a_repository_is_released(tmp_path: Path) -> None:
    tiny = Tiny(tmp_path)
    tiny.write("1.0")
    git(tiny, "init", "--quiet")
    first = commit(tiny)
    tiny.write("2.0")
    second = commit(tiny)

    assert tiny.release("install", str(tiny.source)).returncode == 0
    assert tiny.current == f"2.0-{second}"
    (tiny.root / "current").unlink()
    done = tiny.release("install", str(tiny.source), first)
    assert done.returncode == 0, done.stderr
    assert tiny.current == f"1.0-{first}"
    assert (tiny.root / "current/instance").resolve() == tiny.root / "instance"
    wrong = tiny.release("update", "--from", str(tiny.source), "no-such-branch")
    assert "fetch: git rev-parse" in wrong.stderr


def test_old_releases_go_but_those_that_run(tmp_path: Path) -> None:
    tiny = Tiny(tmp_path)
    for rank in range(9):
        release = tiny.root / f"releases/0.{rank}-x"
        release.mkdir(parents=True)
        (release / ".built").touch()
        os.utime(release / ".built", (rank, rank))
    (tiny.root / "current").symlink_to("releases/0.0-x")
    held = os.open(tiny.root / "releases/0.1-x", os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_SH)

    done = tiny.release("prune")

    os.close(held)
    assert done.returncode == 0, done.stderr
    kept = sorted(path.name[:3] for path in tiny.root.glob("releases/*"))
    assert kept == ["0.0", "0.1", "0.4", "0.5", "0.6", "0.7", "0.8"]


def git(tiny: Tiny, *arguments: str) -> str:
    who = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    done = subprocess.run(
        ["git", *who, *arguments], cwd=tiny.source, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit(tiny: Tiny) -> str:
    git(tiny, "add", "--all")
    git(tiny, "commit", "--quiet", "--message", "one more")
    return git(tiny, "rev-parse", "HEAD")[:8]
