"""The jobs: their page, how late they are, ``flask jobs due``."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.core import clock
from app.core.jobs import Job
from app.models import AuditEvent, JobRun, OutboxEntry, WorkerBeat
from app.modules.operations.effects import RunJob
from app.modules.operations.queries.jobs import job_lines, jobs_late
from app.web.module import all_effects, all_jobs
from app.worker import run_due
from tests.client import Client, Page
from tests.conftest import Login, Outbox
from tests.factories import PCeenFactory

MINUTES = Job(name="test.minutes", label="Minutes", run=lambda _: None, cron="* * * * *")
DAYS = Job(name="test.days", label="Days", run=lambda _: None, cron="0 4 * * *")
ASKED = Job(name="test.asked", label="Asked", run=lambda _: None)


@pytest.fixture
def gri(session: Session, login: Login) -> Client:
    return login(PCeenFactory(slugs=["gri"]))


def ran(session: Session, job: str, ago: timedelta, **values: object) -> JobRun:
    at = clock.now() - ago
    run = JobRun(job=job, due_at=at, started_at=at, **values)
    session.add(run)
    session.commit()
    return run


def row(page: Page, name: str) -> dict[str, str]:
    (found,) = [r for r in page.html.select("tbody tr") if r.select_one("code").text == name]
    cells = found.select("td[data-label]")
    return {cell["data-label"]: " ".join(cell.get_text(" ", strip=True).split()) for cell in cells}


def test_the_page_says_when_each_job_runs_and_how_it_went(session: Session, gri: Client) -> None:
    now, hour = clock.now(), timedelta(hours=1)
    ran(session, "subscriptions.update", hour, ended_at=now - hour + timedelta(seconds=2.5))
    ran(session, "retention.purge", hour, ended_at=now, error="Failed('https://x.fr/s?k=1')")
    ran(session, "janitor", timedelta(minutes=5))

    page = gri.open_page("/gris/jobs")

    done = row(page, "subscriptions.update")
    assert (done["Quand"], done["Durée"], done["Résultat"]) == (
        "chaque jour à 0 h 05",
        "2,5 s",
        "fait",
    )
    assert done["Prochaine fois"].startswith("dans")
    assert row(page, "retention.purge")["Résultat"] == "échoué Failed('https://x.fr/…')"
    assert row(page, "janitor")["Résultat"] == "interrompu"


def test_a_run_that_goes_on_is_told_from_one_that_was_cut(session: Session) -> None:
    ran(session, "test.days", timedelta(minutes=5))
    session.add(WorkerBeat(name="a:1", started_at=clock.now() - timedelta(minutes=4)))
    session.commit()
    (line,) = job_lines(session, [DAYS])
    assert line.is_interrupted  # the worker that lives began after it

    session.add(WorkerBeat(name="b:1", started_at=clock.now() - timedelta(minutes=6)))
    session.commit()

    (line,) = job_lines(session, [DAYS])
    assert (line.is_running, line.is_interrupted) == (True, False)


def test_a_job_is_late_once_two_of_its_times_have_passed(session: Session) -> None:
    assert jobs_late(session, [MINUTES, DAYS, ASKED]) == []  # nothing ever ran here
    ran(session, "test.minutes", timedelta(minutes=2))
    ran(session, "test.days", timedelta(hours=40))
    assert jobs_late(session, [MINUTES, DAYS, ASKED]) == []

    ran(session, "test.other", timedelta(days=1))
    ran(session, "test.minutes", timedelta(minutes=5))
    assert jobs_late(session, [MINUTES, DAYS, ASKED]) == ["test.minutes"]


def test_a_job_that_never_ran_is_late_when_the_others_ran_for_long(session: Session) -> None:
    ran(session, "test.other", timedelta(days=4))

    assert jobs_late(session, [DAYS]) == ["test.days"]


def test_what_is_late_is_red(session: Session, gri: Client) -> None:
    ran(session, "network.tick", timedelta(minutes=10), ended_at=clock.now())

    page = gri.open_page("/gris/jobs")

    assert row(page, "network.tick")["Résultat"] == "en retard fait"
    assert page.html.select(".state-danger")


def test_a_job_is_run_by_the_worker_once(
    app: Flask, session: Session, gri: Client, outbox: Outbox
) -> None:
    page = gri.submit("/gris/jobs/janitor/run")

    assert page.flashes[0].startswith("« Ranger")
    (effect,) = (one for one in outbox() if isinstance(one, RunJob))
    assert effect.job == "janitor"
    assert session.scalars(sa.select(JobRun)).all() == []
    with app.app_context():
        run_due(session, all_effects())
        session.execute(sa.update(OutboxEntry).values(sent_at=None, leased_until=None))
        session.commit()
        run_due(session, all_effects())  # as after a machine that stopped
    (run,) = session.scalars(sa.select(JobRun))
    assert (run.job, run.error, run.ended_at is None) == ("janitor", None, False)
    actions = session.scalars(sa.select(AuditEvent.action)).all()
    assert "operations.job.run" in actions


@pytest.mark.parametrize("name", ["../x", "os", "janitor;id", "absent"])
def test_what_is_no_job_is_not_found(session: Session, gri: Client, name: str) -> None:
    assert gri.post(f"/gris/jobs/{name}/run").status_code == 404
    assert gri.get("/gris/jobs/janitor/run").status_code == 405


def test_more_runs_take_no_more_statements(
    session: Session, gri: Client, queries: list[str]
) -> None:
    def cost() -> int:
        queries.clear()
        gri.open_page("/gris/jobs")
        return len(queries)

    cost()
    before = cost()
    for minutes in range(5):
        ran(session, "network.tick", timedelta(minutes=minutes))
    assert cost() == before <= 12


def test_cron_runs_what_is_due_once(
    app: Flask, session: Session, cli: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        known = all_jobs().values()
        # what is done each week may be for another day
        names = {job.name for job in known if job.last_due(since=None, now=clock.now())}

    first = cli.invoke(args=["jobs", "due"])

    assert first.exit_code == 0, first.output
    ran_here = {line.partition(":")[0].partition("@")[0] for line in first.output.splitlines()}
    assert names <= ran_here
    assert session.scalars(sa.select(WorkerBeat)).all() == []


def test_a_broken_chain_is_a_job_that_failed(session: Session, cli: FlaskCliRunner) -> None:
    fine = cli.invoke(args=["jobs", "run", "audit.verify"])
    forged = {"action": "forged.by.hand", "at": clock.now() - timedelta(hours=1)}
    session.execute(sa.insert(AuditEvent).values(**forged))
    session.commit()

    broken = cli.invoke(args=["jobs", "run", "audit.verify"])

    assert (fine.exit_code, broken.exit_code) == (0, 1)
    assert "it has no seal" in broken.output
    assert cli.invoke(args=["tasks", "run", "audit.verify"]).exit_code == 1
