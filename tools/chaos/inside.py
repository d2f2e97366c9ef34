"""Commands of the site, several in one process, run in its own environment.

    python -m tools.chaos.inside < commands.json

It reads a list of lists of words, runs ``flask`` with each, and prints in JSON what went wrong:
nothing where nothing did.
"""

import json
import sys

from app import create_app


def main() -> None:
    """Run what the input says."""
    runner = create_app().test_cli_runner()
    said: dict[str, str] = {}
    for command in json.load(sys.stdin):
        done = runner.invoke(args=command)
        if done.exit_code:
            end = "\n".join(done.output.splitlines()[-12:])
            said[" ".join(command)] = f"exits with {done.exit_code}: {end} {done.exception!r}"
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()
