"""``python -m lydia_sandbox``: the sandbox, until it is told to stop."""

import argparse
import os
import signal
from contextlib import suppress
from pathlib import Path

from dotenv import load_dotenv
from werkzeug.serving import WSGIRequestHandler, make_server

from lydia_sandbox.callbacks import Deliverer
from lydia_sandbox.merchants import merchants_from
from lydia_sandbox.site import PREFIX, create_sandbox


class Quiet(WSGIRequestHandler):
    """Tells nobody who asks for what."""

    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing."""


def main() -> None:
    """Serve, and send callbacks, until SIGTERM or SIGINT."""
    # A shell starts what is in its background deaf to SIGINT.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        _serve(_arguments())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("lydia_sandbox", description="Lydia, without the money.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5001)
    parser.add_argument("--database", type=Path, default=Path("instance/lydia_sandbox.db"))
    return parser.parse_args()


def _serve(arguments: argparse.Namespace) -> None:
    load_dotenv(".env")
    merchants = merchants_from(os.environ)  # noqa: TID251  # not the site's
    sandbox = create_sandbox(merchants=merchants, database=arguments.database)
    server = make_server(
        arguments.host, arguments.port, sandbox, threaded=True, request_handler=Quiet
    )
    deliverer = Deliverer(arguments.database)
    deliverer.start()
    address = f"http://{arguments.host}:{server.port}{PREFIX}/"
    print(f"Lydia sandbox on {address}", flush=True)  # noqa: T201  # a command: it says where
    try:
        server.serve_forever()
    finally:
        deliverer.end()


if __name__ == "__main__":
    main()
