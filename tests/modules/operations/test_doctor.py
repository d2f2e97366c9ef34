"""``flask doctor``, on an installation that is right and on broken ones."""

import json
import os
import smtplib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.core import clock, file_tokens
from app.core.version import VERSION
from app.extensions import db
from app.integrations.push import PushService, make_pair
from app.models import Base, OutboxEntry, defer
from app.modules.account.mails import PasswordChanged
from app.modules.operations.service.doctor import database, files, machine, network
from app.settings import ROOT, MailSettings

SECRETS = {
    "SECRET_KEY": "hunter2-of-the-site-0123456789-abcdef",
    "PHOTOS_SECRET_KEY": "hunter2-of-photos-0123456789-abcdef",
    "METRICS_TOKEN": "hunter2-of-prometheus-0123456789",
    "MAIL_PASSWORD": "hunter2-of-mail",
    "ERROR_WEBHOOK": "http://127.0.0.1:9/api/webhooks/1/hunter2-of-the-chat",
    "LYDIA_VENDOR_TOKEN": "hunter2oflydia01234567",
}
#: Networks that are told everything: this machine's.
MONITORED = (IPv4Network("127.0.0.0/8"),)
Ask = Callable[..., tuple[int, dict[str, dict[str, str]], str]]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Ask the doctor of an installation, from a terminal of its own: ``ask(ADMINS="")``."""

    def _ask(*options: str, **variables: str) -> tuple[int, dict[str, dict[str, str]], str]:
        own = {
            "FLASK_APP": str(ROOT / "pc-est-magique.py"),
            "FLASK_SKIP_DOTENV": "1",
            "MODE": "production",
            "SERVER_NAME": "site.example.org",
            "ADMINS": "gri@example.org",
            "LYDIA_BASE_URL": "https://127.0.0.1:9",
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path / 'site.db'}",
            "METRICS_DIR": str(tmp_path / "metrics"),
            "PHOTOS_BASE_PATH": str(tmp_path / "photos"),
            "DHCP_HOSTS_FILE": "",
            "BRANCH": "",
        }
        done = subprocess.run(
            [sys.executable, "-m", "flask", "doctor", "--json", *options],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], **own, **SECRETS, **variables},  # noqa: TID251  # not the site's
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        said = done.stdout + done.stderr
        assert done.stdout, said
        found = json.loads(done.stdout)
        assert found["status"] == done.returncode
        return done.returncode, {one["name"]: one for one in found["checks"]}, said

    return _ask


@pytest.mark.once
def test_without_its_variables_the_site_does_not_start_and_the_doctor_says_why(ask: Ask) -> None:
    status, checks, said = ask(SECRET_KEY="", ADMINS="")

    assert status == 2
    assert checks["settings"]["said"].startswith("SECRET_KEY")
    assert "python" in checks
    assert "hunter2" not in said


@pytest.mark.once
def test_with_its_database_away_all_the_rest_is_looked_at(ask: Ask) -> None:
    status, checks, said = ask(
        "--network", SQLALCHEMY_DATABASE_URI="postgresql://pem:hunter2-of-the-base@127.0.0.1:1/pem"
    )

    assert status == 2
    assert checks["settings"]["state"] == "ok"
    assert checks["database"]["state"] == "wrong"
    assert checks["PHOTOS_BASE_PATH"]["state"] == "ok"
    assert checks["mail"]["state"] == "warning"  # nobody listens on the port 25 of this machine
    assert checks["discord"]["state"] == checks["lydia"]["state"] == "warning"
    assert checks["site"]["state"] == "wrong"
    assert "hunter2" not in said


@pytest.mark.once
def test_before_its_migrations_the_tables_are_said_to_be_missing(ask: Ask) -> None:
    status, checks, said = ask(MAIL_SUPPRESS_SEND="1")

    assert status == 2
    assert checks["migrations"] == {
        "name": "migrations",
        "state": "wrong",
        "said": "at none, and not those of the code",
        "remedy": "flask db upgrade",
    }
    assert checks["mail"]["state"] == "warning"
    assert "worker" not in checks  # nobody may read tables that are not there
    assert "hunter2" not in said


def test_an_installation_that_works_has_its_faults_told(
    cli: FlaskCliRunner, session: Session
) -> None:
    defer(session, PasswordChanged(to="ada@example.org", locale="fr"))
    session.flush()
    session.execute(sa.update(OutboxEntry).values(parked_at=clock.now()))
    session.commit()

    done = cli.invoke(args=["doctor"])

    assert done.exit_code in (1, 2), done.output
    lines = {line.split()[1]: line for line in done.output.splitlines() if " " in line}
    assert lines["migrations"].startswith("ok")
    assert lines["triggers"].startswith("ok")
    assert lines["database-clock"].startswith("ok")
    assert lines["mode"].startswith("warning")
    assert lines["parked"].startswith("warning")
    assert "flask outbox" in lines["parked"]
    assert lines["worker"].startswith("warning")  # none ever said that it lives


def test_a_trigger_that_is_gone_is_missed(fresh: Flask) -> None:
    with fresh.app_context():
        engine = db.engine
        Base.metadata.create_all(engine)
        on = " ON audit_event" if engine.dialect.name == "postgresql" else ""
        with engine.begin() as connection:
            connection.exec_driver_sql(f"DROP TRIGGER audit_event_UPDATE{on}")

        found = database.look(db.session(), wanted=frozenset())
        db.session.remove()

    assert found.missing == {"audit_event_update"}
    assert found.found == frozenset()


def test_a_role_that_only_writes_rows_may_do_no_more(fresh: Flask) -> None:
    with fresh.app_context():
        engine = db.engine
        owner = database.look(db.session(), wanted=frozenset())
        db.session.remove()
    dialect = engine.dialect.name
    if dialect == "sqlite":
        assert owner.may == ()  # it has no roles
        return
    assert owner.may

    with _site_role(engine) as url:
        own = sa.create_engine(url, poolclass=sa.NullPool)
        with Session(own) as session:
            found = database.look(session, wanted=frozenset())

    assert found.may == ()


@contextmanager
def _site_role(engine: sa.Engine) -> Iterator[sa.URL]:
    """A role as ``docs/operations.md`` has the site's made."""
    url, name = engine.url, "pem_doctor"
    if engine.dialect.name == "postgresql":
        make = (
            f"DROP ROLE IF EXISTS {name}",
            f"CREATE ROLE {name} LOGIN",
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
            f"GRANT USAGE ON SCHEMA public TO {name}",
        )
        drop = (f"DROP OWNED BY {name}", f"DROP ROLE {name}")
        mine = url.set(username=name)
    else:
        who, word = f"'{name}'@'localhost'", "a-word-of-tests"
        make = (
            f"CREATE OR REPLACE USER {who} IDENTIFIED BY '{word}'",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON `{url.database}`.* TO {who}",
        )
        drop = (f"DROP USER {who}",)
        mine = url.set(username=name, password=word)
    _run(engine, make)
    try:
        yield mine
    finally:
        _run(engine, drop)


def _run(engine: sa.Engine, statements: tuple[str, ...]) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.mark.once
def test_files_are_found_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    assert files.environment(tmp_path).mode is None
    path.touch()
    path.chmod(0o644)
    assert files.environment(tmp_path).mode == 0o644

    shared = tmp_path / "photos-secret.conf"
    assert files.photos_secret(shared) == (False, None)
    shared.write_text('map "" $photos_secret {\n\tdefault of-both;\n}\n')
    assert files.photos_secret(shared) == (True, "of-both")


@pytest.mark.once
def test_folders_are_tried(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = app.extensions["settings"]
    found = {one.variable: one for one in files.folders(settings, public=tmp_path)}
    assert {one.error for one in found.values()} == {None}
    assert not any(one.is_public for one in found.values())
    assert all(one.free is not None and one.is_one_disk for one in found.values())
    assert [name for name, one in found.items() if one.is_local] == ["METRICS_DIR"]

    def closed(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(files, "try_to_write", closed)
    everything = {one.variable: one for one in files.folders(settings, public=Path("/"))}
    assert {one.error for one in everything.values()} == {"Permission denied"}
    assert all(one.is_public for one in everything.values())


@pytest.mark.once
def test_what_is_made_is_seen_once_it_is(tmp_path: Path) -> None:
    catalogue = tmp_path / "en" / "LC_MESSAGES" / "messages.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.touch()
    assert files.made(tmp_path, tmp_path) == {"assets": False, "translations": False}

    catalogue.with_suffix(".mo").touch()
    for name in ("css/site.css", "svg/icons.svg", "vendor"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()

    assert files.made(tmp_path, tmp_path) == {"assets": True, "translations": True}


@pytest.mark.once
def test_the_machine_says_who_we_are() -> None:
    found = machine.look(ROOT)

    assert found.python == sys.version_info[:3]
    assert found.user == machine.user_name(os.geteuid())
    (program,) = machine.programs([("no-such-program", "nothing", "none")])
    assert not program.is_there


@pytest.mark.once
def test_a_pair_of_keys_that_is_none_is_told(
    cli: FlaskCliRunner, app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "vapid.pem"
    make_pair(path)
    other = make_pair(tmp_path / "other.pem")
    push = PushService(public_key=other, private_key_path=path)
    monkeypatch.setitem(app.extensions, "push", push)

    done = cli.invoke(args=["doctor", "--json"])

    (said,) = [one for one in json.loads(done.stdout)["checks"] if one["name"] == "push"]
    assert said["state"] == "warning"
    assert "VAPID_PUBLIC_KEY" in said["said"]


@pytest.mark.once
def test_a_check_that_breaks_stops_no_other(
    cli: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(files, "folders", broken)

    done = cli.invoke(args=["doctor", "--json"])

    checks = {one["name"]: one for one in json.loads(done.stdout)["checks"]}
    assert checks["folders"]["said"] == "could not be looked at: ZeroDivisionError"
    assert "database" in checks


class Pages(BaseHTTPRequestHandler):
    """Answers as the site behind its web server, or as one that is not well set up."""

    secret: ClassVar[str] = "s" * 40
    style: ClassVar[str] = f"css/site.css?v={VERSION}"
    detail: ClassVar[str] = '{"status": "ready"}'

    def do_GET(self) -> None:
        path = urlsplit(self.path)
        if path.path == "/readyz":
            self._answer(200, self.detail)
        elif path.path.startswith("/photo/"):
            asked = parse_qs(path.query)
            token = file_tokens.Token(asked["md5"][0], asked["expires"][0])
            directory, now = path.path.rpartition("/")[0], clock.now().timestamp()
            address = self.client_address[0]
            is_good = file_tokens.is_good(token, directory, address, now=now, secret=self.secret)
            self._answer(404 if is_good else 302, "")
        else:
            self._answer(200, self.style)

    def _answer(self, status: int, body: str) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002  # theirs
        return


@pytest.fixture
def pages() -> Iterator[tuple[type[Pages], str]]:
    """A web server, and where it is."""
    kind = type("OwnPages", (Pages,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield kind, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.once
def test_the_site_is_found_as_browsers_find_it(pages: tuple[type[Pages], str]) -> None:
    kind, url = pages

    def look(**options: Any) -> Any:
        return network.site(url, name="site", photos_key="s" * 40, **options)

    found = look()
    assert (found.error, found.version, found.link) == (None, VERSION, "opened")
    assert found.takes_for_local is False

    kind.secret, kind.style = "of another", "css/site.css?v=0.1"
    kind.detail = '{"status": "ready", "checks": {}}'
    found = look()
    assert (found.version, found.link, found.takes_for_local) == ("0.1", "refused", True)
    assert look(trusted=MONITORED).takes_for_local is None

    kind.style = "another site"
    assert look().version is None


@pytest.mark.once
def test_a_mail_server_is_greeted_and_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = MailSettings(server="127.0.0.1", port=1, username="pem", password="hunter2")  # type: ignore[arg-type]
    assert network.mail(settings, is_asked=False).error is None
    assert "refused" in (network.mail(settings, is_asked=True).error or "")

    class Wary:
        def __init__(self, *_: object, **__: object) -> None: ...
        def __enter__(self) -> "Wary":
            return self

        def __exit__(self, *_: object) -> None: ...
        def ehlo_or_helo_if_needed(self) -> None: ...
        def login(self, *_: str) -> None:
            raise smtplib.SMTPAuthenticationError(535, b"hunter2 is not right")

    monkeypatch.setattr(network.smtplib, "SMTP", Wary)
    assert "MAIL_USERNAME" in (network.mail(settings, is_asked=True).error or "")
