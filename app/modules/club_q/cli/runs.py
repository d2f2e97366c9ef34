"""``flask club-q run`` and ``flask club-q replay``: the attribution, from a terminal."""

import sys

import click
from flask.cli import with_appcontext

from app.core.errors import DomainError
from app.core.transaction import transaction
from app.enums import RunMode, RunStatus, Strategy
from app.extensions import db
from app.models import ClubQRun, TaskRun
from app.modules.club_q.queries import runs as queries, seasons
from app.modules.club_q.queries.options import options
from app.modules.club_q.rules.announced import announced
from app.modules.club_q.rules.instance import Parameters
from app.modules.club_q.service import replay as replaying, runs
from app.modules.club_q.service.runs import LONGEST, SHORTEST, TASK, TIME_LIMIT, Launch
from app.modules.operations.cli.tasks import carry_out_here, this_terminal
from app.modules.operations.service import tasks as operations


@click.command("run")
@click.argument("season", type=int)
@click.option("--strategy", type=click.Choice([one.value for one in Strategy]))
@click.option("--mode", type=click.Choice([one.value for one in RunMode]), default="full")
@click.option("--theta", type=click.IntRange(0, 4), help="In quarters; what is announced without.")
@click.option("--use-bonus/--no-bonus", default=None, help="What is announced without.")
@click.option(
    "--time-limit", type=click.IntRange(SHORTEST, LONGEST), default=TIME_LIMIT, help="Seconds."
)
@with_appcontext
def run(
    season: int,
    strategy: str | None,
    mode: str,
    theta: int | None,
    use_bonus: bool | None,
    time_limit: int,
) -> None:
    """Compute an attribution of SEASON, here and now, by the rules that were announced.

    It is kept among the runs of the season, and changes nothing until it is adopted.
    """
    session = db.session()
    try:
        with transaction(session):
            found = seasons.season(session, season)
            rules, chosen = announced(found.rules), options(session)
            wanted = Launch(
                strategy=Strategy(strategy) if strategy else rules.strategy,
                mode=RunMode(mode),
                parameters=Parameters(
                    theta=rules.theta if theta is None else theta,
                    use_bonus=rules.use_bonus if use_bonus is None else use_bonus,
                    promo_1a=chosen.promo_1a,
                    bonuses=chosen.bonuses,
                    bonus_other=chosen.bonus_other,
                ),
                time_limit=time_limit,
            )
            made = runs.launch(session, season=found, wanted=wanted, by=None)
            task_run = session.get_one(TaskRun, made.task_run_id)
            operations.take_up(session, run=task_run, worker=this_terminal())
            number, task_key = made.id, task_run.id
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None
    end = carry_out_here(task_key, TASK, {"run": number})
    with transaction(session):
        runs.settle(session)
        kept = session.get_one(ClubQRun, number)
        told = _told(kept)
        is_done = kept.status is RunStatus.done
    if not is_done:
        raise click.ClickException(end.error or told)
    click.echo(told)


def _told(run: ClubQRun) -> str:
    """A run in a few lines."""
    lines = [f"run {run.id}: {run.status.value}"]
    if run.input_hash and run.result_hash:
        lines += [f"input  {run.input_hash}", f"result {run.result_hash}"]
    for one in run.objectives or []:
        known = "proven" if one["proven"] else f"bound {one['bound']}"
        lines.append(f"{one['name']:8} {one['value']} ({known})")
    return "\n".join(lines)


@click.command("replay")
@click.argument("key", metavar="RUN", type=int)
@click.option("--seed", "typed", help="Another seed than that of the season, in hexadecimal.")
@with_appcontext
def replay(key: int, typed: str | None) -> None:
    """Compute RUN again from what is stored of it, and compare; exit with 1 if anything differs."""
    session = db.session()
    try:
        seed = bytes.fromhex(typed) if typed is not None else None
    except ValueError:
        raise click.ClickException("A seed is written in hexadecimal digits.") from None
    try:
        found = queries.run(session, key)
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None
    with click.progressbar(length=100, label="Run", file=sys.stderr) as bar:

        def tick(done: int, total: int, _message: str) -> None:
            if total > 0:
                bar.update(min(100, 100 * done // total) - bar.pos)

        differences = replaying.replay(session, found, seed=seed, told=tick)
        bar.update(100 - bar.pos)
    for one in differences:
        click.echo(one)
    if differences:
        raise click.exceptions.Exit(1)
    click.echo("What is computed again is what is stored.", err=True)
