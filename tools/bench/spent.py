"""What a command of the site takes: its statements, its seconds, its memory, as JSON.

python -m tools.bench.spent dhcp generate
"""

import json
import resource
import sys
import time

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app import create_app
from tools.bench.probe import NOT_ASKED


def main() -> None:
    """Run the command whose words are given, and tell."""
    said: list[str] = []
    sa.event.listen(Engine, "before_cursor_execute", lambda *seen: said.append(seen[2]))
    app = create_app()
    begun = time.perf_counter()
    done = app.test_cli_runner().invoke(args=sys.argv[1:])
    seconds = time.perf_counter() - begun
    if done.exit_code:
        sys.exit(f"{sys.argv[1:]}: {done.output[-2000:]} {done.exception!r}")
    found = {
        "statements": sum(not one.startswith(NOT_ASKED) for one in said),
        "seconds": seconds,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
