"""A worker that is killed while it mails everybody: nobody has two mails, and nobody is forgotten.

The workers are processes that are killed for good; what they sent is in a file that outlives them.
"""

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.enums import CampaignState, MailingState, PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import (
    ClubQCampaign,
    ClubQCampaignRecipient,
    ClubQSeason,
    ClubQVoeu,
    OutboxEntry,
    PCeen,
)
from app.modules.club_q.rules import mailing
from app.modules.club_q.service import campaigns
from app.modules.club_q.service.campaigns import Draft
from tests.factories import base as factories
from tests.factories.club_q import SeasonFactory, SpectacleFactory
from tests.factories.people import role_with

# what is killed is a process between two transactions: no database has a say in it
pytestmark = pytest.mark.once

R = TypeVar("R")
#: Works in children. Each dies at its mail of that number, before or after it leaves; or before
#: its step of that number: a statement, a commit.
PROGRAM = """
import json, os, signal, smtplib, sys
from sqlalchemy import event
from app import create_app
from app.extensions import db
from app.web.module import all_effects
from app.worker import run_due
from tests.conftest import settings_of

app = create_app(settings_of(sys.argv[1]), WTF_CSRF_ENABLED=False)
with app.app_context():
    engine = db.engine

def die():
    os.kill(os.getpid(), signal.SIGKILL)

class Post:
    def __init__(self, wanted):
        self.wanted, self.count = wanted, 0

    def send(self, message):
        to = str(message["To"])
        if to in self.wanted["failing"]:
            raise smtplib.SMTPDataError(451, b"not now")
        self.count += 1
        if self.count == self.wanted.get("before"):
            die()
        with open(sys.argv[2], "a") as kept:
            kept.write(to + chr(10))
        if self.count == self.wanted.get("after"):
            die()

def work(wanted):
    left = wanted.get("steps", -1)

    def step(*_):
        nonlocal left
        if left == 0:
            die()
        left -= 1

    for name in ("before_cursor_execute", "commit"):
        event.listen(engine, name, step)
    app.extensions["mailer"] = Post(wanted)
    with app.app_context():
        run_due(db.session(), all_effects(), kinds=["club_q"])
    os._exit(0)

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        work(json.loads(line))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@dataclass
class Workers:
    """Workers in other processes, and what the mail server was given."""

    app: Flask
    process: subprocess.Popen[str]
    kept: Path

    def work(self, **wanted: Any) -> bool:
        """Have a worker do what is due; whether it was killed."""
        self.ask(_free)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{json.dumps({'failing': []} | wanted)}\n")
        self.process.stdin.flush()
        code = int(self.process.stdout.readline())
        assert code in (0, -signal.SIGKILL), f"the worker ended with {code}"
        return code != 0

    @property
    def sent(self) -> list[str]:
        return self.kept.read_text().split() if self.kept.exists() else []

    def ask(self, question: Callable[[Session], R]) -> R:
        with self.app.app_context():
            with transaction(db.session()) as session:
                found = question(session)
            db.session.remove()
            return found

    def recipients(self) -> dict[str, tuple[MailingState, str | None]]:
        """Where each recipient of the last campaign stands, by address."""
        last = sa.select(sa.func.max(ClubQCampaign.id)).scalar_subquery()
        one = ClubQCampaignRecipient
        stmt = (
            sa.select(PCeen.email, one.state, one.error)
            .join(PCeen, PCeen.id == one.pceen_id)
            .where(one.campaign_id == last)
        )
        rows = self.ask(lambda session: session.execute(stmt).all())
        return {str(email): (state, error) for email, state, error in rows}

    def campaign_state(self) -> CampaignState:
        stmt = sa.select(ClubQCampaign.state).order_by(ClubQCampaign.id.desc()).limit(1)
        return self.ask(lambda session: session.scalars(stmt).one())


def _free(session: Session) -> None:
    """As if a minute had passed: what the dead had leased is free."""
    session.execute(sa.update(OutboxEntry).values(leased_until=None, leased_by=None))


def addresses(count: int) -> list[str]:
    return [f"p{n:03}@example.org" for n in range(count)]


def furnish(app: Flask, count: int) -> None:
    """A published season for which so many people wish."""
    with app.app_context(), Session(db.engine) as session:
        factories.use(session)
        season = SeasonFactory(nom="Printemps", attributions_visible=True)
        show = SpectacleFactory(season_id=season.id, nb_tickets=1000)
        role = role_with((T.read, S.club_q))
        people = [
            PCeen(
                username=f"p{n:03}",
                prenom="Marie",
                nom=f"Curie{n:03}",
                email=email,
                promo=140,
                locale="fr",
                roles=[role],
            )
            for n, email in enumerate(addresses(count))
        ]
        session.add_all(people)
        session.flush()
        session.add_all(
            ClubQVoeu(
                pceen_id=one.id,
                spectacle_id=show.id,
                season_id=season.id,
                priorite=1,
                places_demandees=1,
            )
            for one in people
        )
        session.commit()


def begin(session: Session) -> None:
    """Prepare a campaign, and have it sent."""
    season = session.scalars(sa.select(ClubQSeason)).one()
    by = session.scalars(sa.select(PCeen).order_by(PCeen.id)).first()
    assert by is not None
    draft = Draft(reply_to="club-q@example.org", confirm=season.nom)
    made = campaigns.create(session, season=season, draft=draft, by=by)
    campaigns.send(session, campaign=made)


@pytest.fixture
def workers(shared: Flask, tmp_path: Path) -> Iterator[Workers]:
    with shared.app_context():
        url = db.engine.url.render_as_string(hide_password=False)
        db.engine.dispose()
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, url, str(tmp_path / "sent")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:  # its end is that of what it reads
        yield Workers(shared, process, tmp_path / "sent")


def test_four_hundred_people_are_mailed_once_each_though_ten_workers_are_killed(
    workers: Workers,
) -> None:
    furnish(workers.app, 400)
    everybody = addresses(400)
    failing = everybody[20::20] + everybody[31::10]
    failing = sorted(set(failing))[:60]
    assert len(failing) >= 50
    workers.ask(begin)

    # the 137th among them: what left before is not sent again, what follows is
    where = (1, 9, 21, 40, 137 - 71, 2, 13, 34, 50, 60)
    for turn, number in enumerate(where):
        moment = "after" if turn % 2 else "before"
        assert workers.work(failing=failing, **{moment: number})
    assert not workers.work(failing=failing)

    told = workers.recipients()
    lost = {email for email, (_, error) in told.items() if error == mailing.LOST}
    failed = {email for email, (state, _) in told.items() if state is MailingState.failed}
    assert len(lost) == len(where)
    assert failed == lost | set(failing)
    assert {email for email in everybody if email not in failed} <= set(workers.sent)
    assert max(Counter(workers.sent).values()) == 1
    assert workers.campaign_state() is CampaignState.done

    # the team asks the ten whether they had it, and has the others sent again
    unsent = [email for email in everybody if email not in workers.sent]

    def again(session: Session) -> None:
        found = session.scalars(sa.select(ClubQCampaign)).one()
        stmt = sa.select(PCeen.id).where(PCeen.email.in_(unsent))
        for key in session.scalars(stmt).all():
            campaigns.retry(session, campaign=found, pceen_id=key)

    workers.ask(again)
    assert not workers.work()

    assert sorted(workers.sent) == everybody
    assert workers.campaign_state() is CampaignState.done


def test_a_worker_that_is_killed_between_any_two_statements_mails_nobody_twice(
    workers: Workers,
) -> None:
    furnish(workers.app, 1)
    (email,) = addresses(1)
    outcomes = Counter[str]()
    for steps in range(80):
        workers.kept.unlink(missing_ok=True)
        workers.ask(begin)
        was_killed = workers.work(steps=steps)
        workers.work()

        state, error = workers.recipients()[email]
        sent = workers.sent
        if state is MailingState.sent:
            assert sent == [email]
        else:
            assert (state, error) == (MailingState.failed, mailing.LOST)
            assert sent in ([], [email])
        assert workers.campaign_state() is CampaignState.done
        outcomes[f"{state}, {len(sent)}"] += 1
        if not was_killed:
            break
    else:
        pytest.fail("the mail takes more steps than that")

    # the moment when nobody knows is as short as it can be
    assert outcomes["failed, 0"] <= 1, outcomes
    assert outcomes["failed, 1"] <= 12, outcomes
