"""``python -m idp_sandbox``: the provider, until it is told to stop."""

import argparse
import signal
import sys
from contextlib import suppress
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server

from idp_sandbox.keys import keys_in

try:
    from idp_sandbox.provider import Provider
    from idp_sandbox.site import create_sandbox
except ModuleNotFoundError as missing:
    sys.exit(f"{missing.name} is missing: pip install -r requirements-dev.txt")

_METADATA = "idp-sandbox.xml"


class Quiet(WSGIRequestHandler):
    """Tells nobody who asks for what."""

    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing."""


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    # A shell starts what is in its background deaf to SIGINT.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        _serve(_arguments())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("idp_sandbox", description="The school, without the school.")
    parser.add_argument("--host", default="127.0.0.1", help="the name that browsers know it by")
    parser.add_argument("--port", type=int, default=5002)
    parser.add_argument("--site", default="http://127.0.0.1:5000", help="where the site is")
    parser.add_argument("--folder", type=Path, default=Path("instance"))
    return parser.parse_args()


def _serve(arguments: argparse.Namespace) -> None:
    folder: Path = arguments.folder
    server = make_server("127.0.0.1", arguments.port, _nobody, threaded=True, request_handler=Quiet)
    provider = Provider(
        origin=f"http://{arguments.host}:{server.port}",
        keys=keys_in(folder / "idp-sandbox"),
        site_metadata=f"{arguments.site}/saml/metadata",
    )
    server.app = create_sandbox(provider)
    metadata = folder / _METADATA
    metadata.write_bytes(provider.metadata())
    _say(f"School sandbox on {provider.origin}/")
    _say("The site knows of it by these lines of .env (start it again if they are new):")
    _say(f"SAML_IDP_METADATA_FILE={metadata.resolve()}")
    _say(f"SAML_SP_ENTITY_ID={arguments.site}/saml/metadata")
    server.serve_forever()


def _nobody(_environ: object, _start: object) -> list[bytes]:
    raise RuntimeError("nobody asks before the server is told what to answer with")


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  # a command: it says where


if __name__ == "__main__":
    main()
