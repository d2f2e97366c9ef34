"""The tasks: their pages, their runs, ``flask tasks``."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.core import clock
from app.core.tasks import Kind, Parameter, Task, Values
from app.core.transaction import transaction
from app.enums import LoginMethod, PermissionScope as S, PermissionType as T, TaskState
from app.extensions import db
from app.integrations.photo_store import PhotoStore
from app.models import AuditEvent, LoginSession, TaskRun, WorkerBeat
from app.modules.operations.errors import TaskAlreadyRuns
from app.modules.operations.rules.output import LONGEST, Output, cleaned, end_of
from app.modules.operations.rules.schedule import in_words
from app.modules.operations.service import tasks as service
from app.modules.operations.service.tasks import Asked, End
from app.web.module import all_tasks
from tests.client import Client
from tests.conftest import OUTSIDE, Login
from tests.factories import PCeenFactory
from tests.factories.base import use
from tests.worker import probe


@pytest.fixture(autouse=True)
def _probes(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tasks of the tests, next to those of the site."""
    monkeypatch.setitem(app.extensions, "modules", (*app.extensions["modules"], probe.MODULE))


@pytest.fixture
def gri(session: Session, login: Login) -> Client:
    return login(PCeenFactory(slugs=["gri"], nom="Curie", prenom="Marie"))


def the_run(session: Session) -> TaskRun:
    session.expire_all()
    return session.scalars(sa.select(TaskRun).order_by(TaskRun.id.desc()).limit(1)).one()


def runs(session: Session) -> int:
    return session.scalars(sa.select(sa.func.count(TaskRun.id))).one()


def add_run(session: Session, **values: Any) -> TaskRun:
    run = TaskRun(**{"task": "probe.hello", "params": {"name": "Ada"}, **values})
    session.add(run)
    session.commit()
    return run


# Who may, and what is refused


@pytest.mark.parametrize(
    "path", ["/gris/tasks", "/gris/tasks/roles.seed", "/gris/tasks/runs", "/gris/run_script"]
)
def test_only_gris_see_the_tasks(session: Session, login: Login, path: str) -> None:
    browser = login(PCeenFactory(can=[(T.write, S.pceen), (T.write, S.role)]))

    assert browser.get(path).status_code == 403


def test_the_former_page_of_scripts_leads_to_the_tasks(gri: Client) -> None:
    answer = gri.get("/gris/run_script")

    assert (answer.status_code, answer.location) == (301, "/gris/tasks")


@pytest.mark.parametrize("name", ["../x", "os", "dhcp.generate;id", "absent", "%2e%2e%2fx"])
def test_what_is_no_task_is_not_found(session: Session, gri: Client, name: str) -> None:
    assert gri.post(f"/gris/tasks/{name}/run").status_code == 404
    assert gri.get(f"/gris/tasks/{name}").status_code == 404
    assert gri.post("/gris/tasks//run").status_code in (308, 404, 405)
    assert runs(session) == 0


def test_a_task_is_not_run_by_opening_an_address(session: Session, gri: Client) -> None:
    assert gri.get("/gris/tasks/probe.hello/run").status_code == 405
    assert runs(session) == 0


# Running


def test_a_task_is_asked_for_and_followed(session: Session, gri: Client) -> None:
    page = gri.submit("/gris/tasks/probe.hello/run", param_name="Ada", reason="Pour voir")

    run = the_run(session)
    assert (run.task, run.params, run.reason) == ("probe.hello", {"name": "Ada"}, "Pour voir")
    assert (run.state, run.active_key) == (TaskState.queued, "probe.hello")
    assert page.text("[data-run-state]") == "en attente"
    assert page.html.select_one("noscript meta[http-equiv=refresh]")
    assert "Marie Curie" in page.text(".definitions")
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert (event.action, event.object_id) == ("operations.task.start", run.id)
    assert event.actor_id == run.requested_by_id


def test_a_task_that_runs_is_not_run_again(session: Session, gri: Client) -> None:
    gri.submit("/gris/tasks/probe.hello/run", param_name="Ada")
    first = the_run(session)

    page = gri.submit("/gris/tasks/probe.hello/run", param_name="Bob", status=409)

    assert "déjà en cours" in page.text(".error-summary")
    assert page.html.select(f'.notice a[href="/gris/tasks/runs/{first.id}"]')
    assert page.html.select_one("[name=param_name]")["value"] == "Bob"
    assert runs(session) == 1


def test_the_same_form_sent_again_once_it_is_over_gives_the_same_run(
    session: Session, gri: Client
) -> None:
    form = {"param_name": "Ada", "idempotency_key": "abc"}
    gri.submit("/gris/tasks/probe.hello/run", **form)
    run = the_run(session)
    run.state, run.active_key = TaskState.done, None
    session.commit()

    answer = gri.post("/gris/tasks/probe.hello/run", data=form)

    assert (answer.status_code, answer.location) == (303, f"/gris/tasks/runs/{run.id}")
    assert runs(session) == 1


def test_a_value_out_of_bounds_is_refused_next_to_its_field(session: Session, gri: Client) -> None:
    page = gri.submit("/gris/tasks/probe.hello/run", param_name="x" * 21, status=422)

    assert page.texts(".field-errors") == ["20 caractères au plus."]
    assert runs(session) == 0


def test_a_dangerous_task_is_simulated_then_named(session: Session, gri: Client) -> None:
    form = {"param_name": "Ada", "reason": "Il le faut", "confirm": "probe.danger"}
    page = gri.open_page("/gris/tasks/probe.danger")
    assert not page.html.select("[name=confirm]")
    page = gri.submit("/gris/tasks/probe.danger/run", status=422, **form)
    assert "Simulez-la d'abord" in page.text(".error-summary")

    gri.submit("/gris/tasks/probe.danger/try", param_name="Ada")
    dry = the_run(session)
    assert dry.params == {"name": "Ada", "dry_run": True}
    dry.state, dry.active_key, dry.message = TaskState.done, None, "would say"
    dry.finished_at = clock.now()
    session.commit()

    page = gri.open_page("/gris/tasks/probe.danger")
    assert page.text(".notice-title") == "would say"
    assert page.html.select_one("[name=param_name]")["value"] == "Ada"
    assert page.html.select("[name=confirm]")
    refused = {**form, "confirm": "probe.dangers"}
    page = gri.submit("/gris/tasks/probe.danger/run", status=422, **refused)
    assert "probe.danger" in page.texts(".field-errors")[0]
    other = {**form, "param_name": "Bob"}
    gri.submit("/gris/tasks/probe.danger/run", status=422, **other)
    assert runs(session) == 1

    gri.submit("/gris/tasks/probe.danger/run", **form)
    assert (the_run(session).params, runs(session)) == ({"name": "Ada"}, 2)


def test_eight_starts_at_once_are_one_run(shared: Flask) -> None:
    with shared.app_context():
        session = db.session()
        use(session)
        begun = LoginSession(pceen=PCeenFactory(slugs=["gri"]), method=LoginMethod.password)
        session.add(begun)
        session.commit()
        secret = begun.secret
        db.session.remove()
    start = Barrier(8)

    def press(_: int) -> int:
        browser = shared.test_client()
        browser.environ_base["REMOTE_ADDR"] = OUTSIDE
        with browser.session_transaction() as cookie:
            cookie["_user_id"] = secret
        start.wait()
        return browser.post("/gris/tasks/roles.seed/run").status_code

    with ThreadPoolExecutor(8) as presses:
        statuses = sorted(presses.map(press, range(8)))

    assert statuses == [303, *[409] * 7]
    with shared.app_context():
        assert runs(db.session()) == 1


# What is shown


def test_what_a_task_prints_is_only_text(session: Session, gri: Client) -> None:
    output = "<script>alert(1)</script>\n" * 3
    run = add_run(session, state=TaskState.done, output=output, message="<b>fini</b>")

    page = gri.open_page(f"/gris/tasks/runs/{run.id}")

    assert page.html.select_one("pre.output").get_text() == output
    assert not page.html.select("main script, main b")
    assert not page.html.select("[data-run]")


def test_of_a_long_output_the_end_is_shown_and_all_is_downloaded(
    session: Session, gri: Client
) -> None:
    output = "x" * 99 + "\n"
    run = add_run(session, state=TaskState.done, output=output * 10_000)

    page = gri.open_page(f"/gris/tasks/runs/{run.id}")

    assert len(page.html.select_one("pre.output").get_text()) <= 1 << 16
    answer = gri.get(f"/gris/tasks/runs/{run.id}/output")
    assert (answer.text, answer.mimetype) == (run.output, "text/plain")
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_script_reads_where_a_run_stands(session: Session, gri: Client) -> None:
    now = clock.now()
    values = {"progress": 30, "message": "3 / 10", "output": "a\n", "beat_at": now}
    run = add_run(session, state=TaskState.running, active_key="k", **values)

    answer = gri.get(f"/api/gris/tasks/runs/{run.id}")

    assert answer.json == {
        "state": "running",
        "label": "en cours",
        "is_over": False,
        "progress": 30,
        "message": "3 / 10",
        "output": "a\n",
    }
    assert gri.get("/api/gris/tasks/runs/999999").status_code == 404


def test_a_run_whose_worker_is_dead_reads_as_interrupted(session: Session, gri: Client) -> None:
    long_ago = clock.now() - timedelta(seconds=61)
    run = add_run(session, state=TaskState.running, active_key="probe.hello", beat_at=long_ago)

    page = gri.open_page(f"/gris/tasks/runs/{run.id}")

    assert page.text("[data-run-state]") == "interrompue"
    assert "peut être relancée" in page.text(".notice")
    gri.submit("/gris/tasks/probe.hello/run", param_name="Ada")  # nothing stands in the way
    session.expire_all()
    assert session.get_one(TaskRun, run.id).state is TaskState.interrupted


def test_the_history_is_filtered(session: Session, gri: Client) -> None:
    add_run(session, state=TaskState.done, message="un")
    add_run(session, state=TaskState.failed, error="deux")
    add_run(session, task="probe.count", params={}, state=TaskState.done, message="trois")

    def results(query: str) -> set[str]:
        page = gri.open_page(f"/gris/tasks/runs{query}")
        return set(page.texts("td[data-label=Résultat]"))

    assert results("") == {"un", "deux", "trois"}
    assert results("?task=probe.hello") == {"un", "deux"}
    assert results("?task=probe.hello&state=failed") == {"deux"}
    assert results("?task=nonsense&state=nonsense&page=x") == {"un", "deux", "trois"}


def test_the_list_says_what_is_done_alone_and_whether_a_worker_lives(
    session: Session, gri: Client
) -> None:
    page = gri.open_page("/gris/tasks")
    assert "Aucun processus" in page.text(".notice")
    session.add(WorkerBeat(name="here:1"))
    session.commit()

    page = gri.open_page("/gris/tasks")

    assert not page.html.select(".notice")
    assert "chaque jour à 0 h 05" in page.texts("td[data-label='Aussi faite']")


def test_more_runs_take_no_more_statements(
    session: Session, gri: Client, queries: list[str]
) -> None:
    def cost(path: str) -> int:
        queries.clear()
        gri.open_page(path)
        return len(queries)

    paths = ["/gris/tasks", "/gris/tasks/probe.hello", "/gris/tasks/runs"]
    add_run(session, state=TaskState.done, requested_by=PCeenFactory())
    for path in paths:
        cost(path)
    before = [cost(path) for path in paths]
    for _ in range(5):
        add_run(session, state=TaskState.done, requested_by=PCeenFactory())

    assert [cost(path) for path in paths] == before
    assert max(before) <= 12


# Stopping


def test_a_run_that_waits_is_cancelled_at_once(session: Session, gri: Client) -> None:
    run = add_run(session, active_key="probe.hello")

    page = gri.submit(f"/gris/tasks/runs/{run.id}/cancel")

    run = the_run(session)
    assert (run.state, run.active_key) == (TaskState.cancelled, None)
    assert page.flashes == ["La tâche est annulée."]


def test_a_run_that_goes_on_is_asked_to_stop(session: Session, gri: Client) -> None:
    values = {"state": TaskState.running, "beat_at": clock.now()}
    run = add_run(session, active_key="probe.hello", **values)

    page = gri.submit(f"/gris/tasks/runs/{run.id}/cancel")

    run = the_run(session)
    assert (run.state, run.cancel_asked_at is None) == (TaskState.running, False)
    assert "va s'arrêter" in page.text(".buttons")


def test_what_is_over_is_not_cancelled(session: Session, gri: Client) -> None:
    run = add_run(session, state=TaskState.done)

    page = gri.submit(f"/gris/tasks/runs/{run.id}/cancel")

    assert "déjà fini" in page.flashes[0]
    assert the_run(session).state is TaskState.done


def test_a_run_taken_from_its_worker_is_no_longer_its_to_write(session: Session) -> None:
    run = add_run(session, state=TaskState.running, worker="other", beat_at=clock.now())
    end = End(state=TaskState.done)

    assert not service.beat(session, key=run.id, worker="mine", said={})
    assert not service.finish(session, key=run.id, worker="mine", end=end, said={})
    service.hand_over(session, key=run.id, worker="mine")

    assert the_run(session).state is TaskState.running


def test_tasks_of_one_key_are_done_one_at_a_time(app: Flask, session: Session) -> None:
    with app.app_context():
        known = all_tasks()
    with transaction(session):
        service.start(session, task=known["subscriptions.update"], asked=Asked(values={}))

    dry = Asked(values={}, is_dry=True)
    with pytest.raises(TaskAlreadyRuns), transaction(session):
        service.start(session, task=known["subscriptions.setup"], asked=dry)


def test_what_runs_printed_is_forgotten_then_the_runs(session: Session) -> None:
    now = clock.now()
    for days in (1, 91, 366):
        add_run(session, state=TaskState.done, output="a", finished_at=now - timedelta(days=days))

    service.forget_old(session)
    session.commit()

    kept = session.scalars(sa.select(TaskRun.output).order_by(TaskRun.id)).all()
    assert kept == ["a", ""]


# What a task asks


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Kind.integer, " 12 ", 12),
        (Kind.integer, "-1", None),
        (Kind.integer, "²", None),
        (Kind.integer, "101", None),
        (Kind.date, "2026-02-28", "2026-02-28"),
        (Kind.date, "2026-02-30", None),
        (Kind.boolean, "oui", True),
        (Kind.boolean, "", False),
        (Kind.boolean, "perhaps", None),
        (Kind.choice, "a", "a"),
        (Kind.choice, "c", None),
        (Kind.text, "abc", "abc"),
        (Kind.text, "", None),
    ],
)
def test_values_are_read_in_their_bounds(app: Flask, kind: Kind, text: str, value: object) -> None:
    asked = Parameter(name="x", label="X", kind=kind, maximum=100, choices={"a": "A", "b": "B"})
    task = Task(name="t", label="T", purpose="", run=lambda *_: None, params=(asked,))
    with app.app_context():
        if value is None:
            with pytest.raises(ValueError, match=r"."):
                asked.read(text)
            return
        stored = task.stored({"x": asked.read(text)})
        assert stored == {"x": value}
        assert task.loaded(json.loads(json.dumps(stored)))["x"] == asked.read(text)


def test_someone_is_asked_for_by_their_username(
    app: Flask, session: Session, gri: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Parameter(name="who", label="Qui", kind=Kind.person)
    task = Task(name="probe.who", label="Qui", purpose="", run=lambda *_: None, params=(asked,))
    module = type(probe.MODULE)(name="probe", blueprints=(), tasks=(task,))
    monkeypatch.setitem(app.extensions, "modules", (*app.extensions["modules"], module))
    ada = PCeenFactory(prenom="Ada", nom="Lovelace")
    session.commit()

    page = gri.submit("/gris/tasks/probe.who/run", param_who="nobody", status=422)
    assert page.texts(".field-errors") == ["Personne n'a cet identifiant."]
    page = gri.submit("/gris/tasks/probe.who/run", param_who=ada.username)

    assert the_run(session).params == {"who": ada.id}
    assert "Ada Lovelace" in page.text(".definitions")


# What it prints


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        (b"\x1b[1;31mred\x1b[0m\n", "red\n"),
        (b"10%\r50%\r100%\ndone\r\n", "100%\ndone\n"),
        ("\x1b]0;title\x07\x9b2Jbell\x07\x00".encode(), "bell"),
        ("é\u202e\u2066ok".encode(), "éok"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"\x1b", ""),
    ],
)
def test_what_drives_a_terminal_is_not_text(printed: bytes, shown: str) -> None:
    assert cleaned(printed) == shown


def test_of_a_long_output_the_middle_is_dropped(app: Flask) -> None:
    output = Output(half=10)
    for letter in b"abcdefghijklmnopqrstuvwxyz":
        output.add(bytes([letter]))

    with app.app_context():
        text = output.text()

    assert text == "abcdefghij\n[… 6 octets n'ont pas été gardés …]\nqrstuvwxyz"


@pytest.mark.parametrize("chunk", [b"\xff", "é".encode(), b"\x1b[", b"\r", b"\n", b"x" * 7])
def test_whatever_is_printed_is_bounded(app: Flask, chunk: bytes) -> None:
    output = Output()
    for _ in range(40):
        output.add(chunk * 100_000)

    with app.app_context():
        assert len(output.text().encode()) <= LONGEST


def test_the_end_of_a_text_begins_with_a_line() -> None:
    assert end_of("un\ndeux\ntrois\n", 9) == "trois\n"
    assert end_of("un", 9) == "un"
    assert end_of("x" * 20, 9) == "x" * 9


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        (None, "à la demande"),
        ("* * * * *", "chaque minute"),
        ("*/10 * * * *", "toutes les 10 minutes"),
        ("7 * * * *", "chaque heure, à 7 minutes"),
        ("5 0 * * *", "chaque jour à 0 h 05"),
        ("0 4 * * 1", "0 4 * * 1"),
        ("1,2 4 * * *", "1,2 4 * * *"),
    ],
)
def test_schedules_are_said_in_words(app: Flask, cron: str | None, words: str) -> None:
    with app.app_context():
        assert in_words(cron) == words


# flask tasks


def test_a_terminal_lists_the_tasks(cli: FlaskCliRunner) -> None:
    listed = cli.invoke(args=["tasks", "list"])

    assert listed.exit_code == 0
    assert "dhcp.generate" in listed.output
    assert "--param force=" in listed.output
    assert cli.invoke(args=["script"]).output == listed.output


def test_a_terminal_runs_a_task_and_leaves_a_run(session: Session, cli: FlaskCliRunner) -> None:
    done = cli.invoke(args=["tasks", "run", "probe.hello", "--param", "name=Ada"])

    assert done.exit_code == 0, done.output
    assert "said" in done.output
    run = the_run(session)
    assert (run.state, run.requested_by_id, run.params) == (TaskState.done, None, {"name": "Ada"})
    assert run.active_key is None
    again = cli.invoke(args=["script", "probe.hello", "--param", "name=Ada", "--dry-run"])
    assert "would say" in again.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "No task is called nothing."),
        (["probe.hello"], "name: Ce champ est obligatoire."),
        (["probe.hello", "--param", "other=1"], "has no parameter other"),
        (["probe.danger", "--param", "name=Ada"], "add --confirm probe.danger"),
        (["probe.fail"], "nothing works"),
        (["probe.crash"], "ZeroDivisionError (incident"),
    ],
)
def test_a_terminal_says_why_not(
    session: Session, cli: FlaskCliRunner, arguments: list[str], said: str
) -> None:
    refused = cli.invoke(args=["tasks", "run", *arguments])

    assert refused.exit_code == 1
    assert said in refused.output


def test_a_terminal_waits_for_a_run_that_goes_on(session: Session, cli: FlaskCliRunner) -> None:
    add_run(session, active_key="probe.fail")

    refused = cli.invoke(args=["tasks", "run", "probe.fail"])

    assert "déjà en cours" in refused.output
    assert runs(session) == 1


# The tasks of the site


def test_every_task_that_only_looks_or_tidies_can_be_done(
    app: Flask, session: Session, cli: FlaskCliRunner, store: PhotoStore
) -> None:
    store.album("2026", "gala").mkdir(parents=True)
    values: dict[str, Values] = {
        "rooms.release-addresses": {"room": 101},
        "annual-update": {"year": clock.today().year},
        "accounts.export": {"person": PCeenFactory().username, "why": "Asked for"},
    }
    session.commit()
    needs_more = {"dhcp.generate", "dhcp.diff", "payments.reconcile"}
    # once done, it cannot be tried: tests/modules/lives; of a run of its own: tests/modules/club_q;
    # of a repository: test_backups.py
    elsewhere = ("probe.", "accounts.merge", "club_q.", "backup.")
    with app.app_context():
        known = [one for one in all_tasks().values() if not one.name.startswith(elsewhere)]
    for task in known:
        given = [f"--param={k}={v}" for k, v in values.get(task.name, {}).items()]
        done = cli.invoke(args=["tasks", "run", task.name, "--confirm", task.name, *given])
        assert done.exit_code == (1 if task.name in needs_more else 0), (task.name, done.output)
        if task.dry_run is not None:
            dry = cli.invoke(args=["tasks", "run", task.name, "--dry-run", *given])
            assert dry.exit_code == (1 if task.name == "dhcp.generate" else 0), dry.output
