"""A site that is killed at any step of an upload leaves nothing of it, or a whole photo."""

import base64
import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.enums import LoginMethod
from app.extensions import db
from app.integrations import images
from app.integrations.photo_store import PhotoStore
from app.models import LoginSession, OutboxEntry, Photo, PhotoUpload
from tests.client import Client
from tests.factories import base as factories
from tests.factories.photos import AlbumFactory
from tests.modules.photos.sending import FACTS, append, begin, came, editor, some_bytes

#: Answers requests in children, each of which is killed before its step of that number: a
#: statement, a commit, what follows a commit, a block or a name that goes to the disk, a look at
#: the picture.
PROGRAM = """
import base64, io, json, os, signal, sys
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.orm import Session
from app import create_app
from app.extensions import db
from app.integrations import images
from app.integrations.photo_store import PhotoStore
from app.web.uploads import ArrivingFile
from tests.conftest import settings_of
from tests.modules.photos.sending import FACTS

url, base = sys.argv[1:]
app = create_app(settings_of(url), WTF_CSRF_ENABLED=False)
app.extensions["photo_store"] = PhotoStore(Path(base))
with app.app_context():
    engine = db.engine

def answer(wanted):
    left = wanted["steps"]

    def step(*_):
        nonlocal left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    def stepping(function):
        def replaced(*args, **kwargs):
            step()
            answer = function(*args, **kwargs)
            step()
            return answer
        return replaced

    images.inspect = stepping(lambda _path: FACTS)
    os.fsync = stepping(os.fsync)
    ArrivingFile.write = stepping(ArrivingFile.write)
    for target, name in (
        (engine, "before_cursor_execute"), (engine, "commit"), (Session, "after_commit")
    ):
        event.listen(target, name, step)
    browser = app.test_client()
    browser.environ_base["REMOTE_ADDR"] = "192.0.2.1"
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = wanted["secret"]
    content = base64.b64decode(wanted["content"])
    if wanted["where"]:
        headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": str(wanted["at"])}
        said = browser.patch(
            wanted["where"], headers=headers, data=content,
            content_type="application/offset+octet-stream",
        )
    else:
        data = {"collection": "2026", "album": "gala", "file": (io.BytesIO(content), "a.jpg")}
        said = browser.post("/api/photos/upload", data=data)
    return 0 if said.status_code in (200, 201) else 1

# a first one is taken, for the children to find what is worked out once already there
print(answer(json.loads(sys.stdin.readline())), flush=True)
engine.dispose()
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        os._exit(answer(json.loads(line)))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
#: More steps than any upload takes.
MOST = 100


@dataclass
class Site:
    """The site in another process, on a database and a directory that this one reads."""

    app: Flask
    store: PhotoStore
    browser: Client
    secret: str
    process: subprocess.Popen[str]

    def killed(self, steps: int, content: bytes, *, where: str = "", at: int = 0) -> bool:
        """Have an upload taken by a process that is killed; whether it was, or ended before."""
        wanted = {
            "steps": steps,
            "content": base64.b64encode(content).decode(),
            "where": where,
            "at": at,
            "secret": self.secret,
        }
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{json.dumps(wanted)}\n")
        self.process.stdin.flush()
        code = int(self.process.stdout.readline())
        assert code in (0, -signal.SIGKILL), f"the request ended with {code}"
        return code != 0

    def photos(self) -> list[tuple[str, str]]:
        """The names and digests of the photos, once it is seen that each has all of its file."""
        with self.app.app_context():
            rows = db.session.execute(sa.select(Photo.file_name, Photo.sha256)).all()
            jobs = db.session.scalars(sa.select(OutboxEntry.payload)).all()
            keys = db.session.scalars(sa.select(Photo.id)).all()
            db.session.remove()
        for name, digest in rows:
            content = self.store.incoming(name.partition(".")[0]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == digest
        assert sorted(job["photo"] for job in jobs) == sorted(keys)
        return [(name, digest) for name, digest in rows]

    def uploads(self) -> int:
        with self.app.app_context():
            count = db.session.scalars(sa.select(sa.func.count(PhotoUpload.id))).one()
            db.session.remove()
        return count


@pytest.fixture
def site(shared: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    store = PhotoStore(tmp_path / "photos")
    store.base.mkdir()
    shared.extensions["photo_store"] = store
    monkeypatch.setattr(images, "inspect", lambda _path: FACTS)
    with shared.app_context():
        session = db.session()
        factories.use(session)
        AlbumFactory(collection__dir_name="2026", dir_name="gala")
        login = LoginSession(pceen=editor(), method=LoginMethod.password)
        session.add(login)
        session.commit()
        secret = login.secret
        url = db.engine.url.render_as_string(hide_password=False)
        db.session.remove()
    browser = shared.test_client()
    assert isinstance(browser, Client)
    browser.environ_base["REMOTE_ADDR"] = "192.0.2.1"
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = secret
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, url, str(store.base)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    with process:
        site = Site(shared, store, browser, secret, process)
        assert not site.killed(-1, some_bytes())
        yield site
        assert process.stdin is not None
        process.stdin.close()


def test_killed_at_any_step_an_upload_is_nothing_or_a_whole_photo(site: Site) -> None:
    kills_of_a_form = _kill_a_form(site)
    kills_of_an_end = _kill_the_end_of_an_upload(site)

    assert 10 < kills_of_a_form < MOST
    assert 10 < kills_of_an_end < MOST
    # what was killed before its photo was made is found by no row, and by the janitor
    left = {path.name for path in (site.store.base / "_incoming").iterdir()}
    assert {name.partition(".")[0] for name, _digest in site.photos()} <= left
    assert site.uploads() == 0


def _kill_a_form(site: Site) -> int:
    """Kill a form at each of its steps: return how many there were."""
    outcomes: list[int] = []
    before = 1
    for steps in range(MOST):
        was_killed = site.killed(steps, some_bytes())
        now = len(site.photos())
        outcomes.append(now - before)
        before = now
        if not was_killed:
            break
    assert outcomes[0] == 0
    assert outcomes[-2:] == [1, 1]  # killed once it was written, and not killed
    assert outcomes == sorted(outcomes)
    return len(outcomes)


def _kill_the_end_of_an_upload(site: Site) -> int:
    """Kill the end of an upload at each of its steps, and go on each time."""
    album: Any = _Named("2026", "gala")
    steps = 0
    was_killed = True
    while was_killed:
        content = some_bytes()
        digest = hashlib.sha256(content).hexdigest()
        where = begin(site.browser, album, len(content)).headers["Location"]
        path = site.store.incoming(where.rpartition("/")[2])
        path.write_bytes(content[:6000])

        was_killed = site.killed(steps, content[6000:], where=where, at=6000)

        is_there = digest in [sha256 for _name, sha256 in site.photos()]
        assert site.uploads() == (0 if is_there else 1)
        if not is_there:
            at = came(site.browser, where)
            assert at in (6000, len(content) - 1)
            assert append(site.browser, where, at, content[at:]).status_code == 200
            assert digest in [sha256 for _name, sha256 in site.photos()]
        assert path.read_bytes() == content
        steps += 1
    return steps


@dataclass(frozen=True)
class _Named:
    """An album, as ``begin`` names it, without a session."""

    collection_dir: str
    dir_name: str

    @property
    def collection(self) -> "_Named":
        return _Named("", self.collection_dir)
