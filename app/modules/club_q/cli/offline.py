"""``flask club-q solve`` and ``flask club-q check``: a published draw, done again. No database."""

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from app.core.draw import SEED_SIZE
from app.enums import Strategy
from app.modules.club_q.rules import check as checker
from app.modules.club_q.rules.classic import share
from app.modules.club_q.rules.figures import figures
from app.modules.club_q.rules.instance import BadInstance, Instance, canonical_json, read
from app.modules.club_q.rules.outcome import FORMAT, OBJECTIVES, Outcome

#: Seconds.
TIME_LIMIT = 300
_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)


def _seed(_context: click.Context, _option: click.Parameter, typed: str | None) -> bytes | None:
    if typed is None:
        return None
    try:
        seed = bytes.fromhex(typed)
    except ValueError:
        seed = b""
    if len(seed) != SEED_SIZE or len(typed) != 2 * SEED_SIZE:
        raise click.BadParameter(f"{2 * SEED_SIZE} hexadecimal digits.")
    return seed


@click.command("solve")
@click.argument("file", type=_FILE)
@click.option("--strategy", type=click.Choice([one.value for one in Strategy]), default="fair")
@click.option("--seed", required=True, callback=_seed, metavar="HEX", help="64 digits.")
@click.option(
    "--time-limit", type=click.FloatRange(min=0, min_open=True), default=TIME_LIMIT, help="Seconds."
)
def solve(file: Path, strategy: str, seed: bytes, time_limit: float) -> None:
    """Share the places of FILE out; prints grants, objectives, bounds and figures as JSON.

    The same file, strategy and seed print the same bytes (docs/club-q-format.md).
    """
    instance, begun = _instance(file), time.monotonic()
    if Strategy(strategy) is Strategy.classic:
        outcome = share(instance, seed)
    else:
        from app.modules.club_q.rules import fair  # noqa: PLC0415  # the site does without it

        outcome = fair.solve(instance, seed, time_limit=time_limit, told=_tell)
    click.echo(canonical_json(_result(instance, outcome)))
    for one in outcome.objectives:
        known = "" if one.bound is None else f", at most {one.bound}"
        click.echo(f"{one.name}: {one.value}{known}{', proven' if one.proven else ''}", err=True)
    if outcome.cut_short:
        click.echo("The time limit cut it short.", err=True)
    click.echo(f"{time.monotonic() - begun:.1f} s", err=True)


@click.command("check")
@click.argument("file", type=_FILE)
@click.argument("result", type=_FILE)
@click.option("--seed", callback=_seed, metavar="HEX", help="64 digits: checks the draw, too.")
def check(file: Path, result: Path, seed: bytes | None) -> None:
    """Check a RESULT against its FILE, in whole numbers; says each fault, and exits with 1.

    Constraints, the values of the objectives, and, where they are said to be proven, that no
    place is left that a wish could take and that no exchange would do better.
    """
    instance, told = _instance(file), _json(result)
    found = _faults(instance, told, seed)
    for fault in found:
        click.echo(fault)
    if found:
        raise click.exceptions.Exit(1)
    click.echo("Nothing is wrong.", err=True)


def _tell(done: int, total: int, what: str) -> None:
    click.echo(f"{done}/{total} {what}", err=True)


def _text(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file}: {error}") from None


def _instance(file: Path) -> Instance:
    try:
        return read(_text(file))
    except BadInstance as error:
        raise click.ClickException(f"{file}: {error}") from None


def _json(file: Path) -> Mapping[str, Any]:
    try:
        told = json.loads(_text(file))
    except (ValueError, RecursionError) as error:
        raise click.ClickException(f"{file}: not JSON: {error}") from None
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise click.ClickException(f'{file}: "format" has to be "{FORMAT}"')
    return told


def _result(instance: Instance, outcome: Outcome) -> dict[str, Any]:
    """What is printed: nothing of it depends on the machine."""
    return {
        **outcome.as_json(),
        "figures": figures(instance, outcome),
        "input_hash": instance.digest(),
        "result_hash": outcome.digest(),
    }


def _faults(instance: Instance, told: Mapping[str, Any], seed: bytes | None) -> list[str]:
    """All that is wrong with a result."""
    found = []
    if told.get("input_hash", instance.digest()) != instance.digest():
        found.append("it is the result of another input")
    try:
        grants = _grants(told)
        objectives = _objectives(told)
    except (KeyError, TypeError, ValueError) as error:
        return [*found, f"it is not readable: {error}"]
    found += checker.problems(instance, grants)
    if set(grants) != {(wish.person, wish.show) for wish in instance.wishes}:
        return found  # values would mean nothing
    has_keys = all(wish.key is not None for wish in instance.wishes)
    values = checker.objectives(instance, grants, seed or bytes(SEED_SIZE))
    for name, value in zip(OBJECTIVES, values, strict=True):
        if name == "draw" and seed is None and not has_keys:
            continue
        if objectives[name]["value"] != value:
            found.append(f"{name}: {objectives[name]['value']} is told, {value} it is")
    if all(objectives[name]["proven"] is True for name in OBJECTIVES):
        found += [
            f"places are left that {person} wants of {show}"
            for person, show in checker.wasted(instance, grants)
        ]
        found += [
            f"show {one.show}: {one.taken} places do more good to {one.taker} than to {one.holder}"
            for one in checker.improving_swaps(instance, grants)
        ]
        found += [
            f"{name}: {objectives[name]['bound']} is possible, it is said to be proven"
            for name in OBJECTIVES
            if objectives[name]["bound"] != objectives[name]["value"]
        ]
    return found


def _grants(told: Mapping[str, Any]) -> dict[tuple[int, int], int]:
    rows = [(one["person"], one["show"], one["places"]) for one in told["grants"]]
    if any(type(value) is not int for row in rows for value in row):
        raise ValueError("numbers are whole")
    grants = {(person, show): places for person, show, places in rows}
    if len(grants) != len(rows):
        raise ValueError("a wish is answered twice")
    return grants


def _objectives(told: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    objectives = {str(one["name"]): one for one in told["objectives"]}
    for name in OBJECTIVES:
        objectives[name]["value"], objectives[name]["bound"], objectives[name]["proven"]
    return objectives
