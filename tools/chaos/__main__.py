"""Break the site in every way, under load, and prove that nothing was lost or done twice.

    python -m tools.chaos [--faults 200] [--seed N] [--only NAME] [--minutes N] [--keep FOLDER]

First each fault once, then at random. It exits with 1 if anything was lost, doubled or wrong.
"""

import argparse
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import click

from app.settings import ROOT
from tools.chaos import neighbours, report
from tools.chaos.acts import World
from tools.chaos.faults import FAULTS
from tools.chaos.load import Load
from tools.chaos.run import Run
from tools.chaos.stand import standing

RESULTS = ROOT / "bench" / "results"


def main() -> None:
    """Do what the command line asks."""
    arguments = _arguments()
    neighbours.go_apart(sys.argv[1:])
    if neighbours.is_apart():
        neighbours.prepare()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # nothing is left behind
    began = time.time()
    with standing() as stand:
        dice = random.Random(arguments.seed)  # noqa: S311  # to be played again
        world = World(
            origin=stand.origin,
            facts=stand.facts,
            ledger=stand.ledger,
            dice=random.Random(arguments.seed + 1),  # noqa: S311  # likewise
            places=(stand.sandbox, stand.school),
        )
        load = Load(world, arguments.seed)
        run = Run(stand, world, load, dice)
        try:
            run.prepare()
            run.everything(arguments.faults, only=arguments.only, minutes=arguments.minutes)
            evidence, findings = run.verdict()
        finally:
            if arguments.keep:
                shutil.copytree(stand.out, arguments.keep, dirs_exist_ok=True)
                if stand.logs.path.exists():
                    shutil.copytree(stand.logs.path, arguments.keep / "logs", dirs_exist_ok=True)
    told = report.Told(
        seed=arguments.seed,
        seconds=time.time() - began,
        run=run,
        evidence=evidence,
        findings=findings,
    )
    for path in report.write(RESULTS, told):
        click.echo(f"Written: {path.relative_to(ROOT)}")
    click.echo(report.markdown(told))
    sys.exit(0 if told.is_well else 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("tools.chaos", description="Break the site in every way.")
    parser.add_argument("--faults", type=int, default=200, help="how many, in all")
    parser.add_argument("--seed", type=int, default=20261201, help="the same faults each time")
    parser.add_argument("--only", help=f"one fault, or those of a part: {', '.join(FAULTS)}")
    parser.add_argument("--minutes", type=float, help="stop after so many, whatever is left")
    parser.add_argument("--keep", type=Path, help="where to copy logs, mails and the ledger")
    return parser.parse_args()


if __name__ == "__main__":
    main()
