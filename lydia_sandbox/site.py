"""The application: Lydia's API, and the pages where one pays."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from flask import Flask
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException

from lydia_sandbox import api, pages, parts, store
from lydia_sandbox.merchants import Merchant
from lydia_sandbox.parts import Parts

PREFIX = "/sandbox/lydia"
#: More than any request of the API weighs, in bytes.
LARGEST_REQUEST = 64 * 1024


def create_sandbox(
    *,
    merchants: Sequence[Merchant],
    database: Path,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Flask:
    """The sandbox of *merchants*, which remembers in *database* (made if needed)."""
    store.prepare(database)
    sandbox = Flask(parts.NAME, static_folder=None)
    sandbox.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    sandbox.jinja_env.undefined = StrictUndefined
    parts.install(sandbox, Parts(tuple(merchants), database, now, sleep))
    sandbox.register_blueprint(api.blueprint, url_prefix=f"{PREFIX}/api/request")
    sandbox.register_blueprint(pages.blueprint, url_prefix=PREFIX)
    sandbox.register_error_handler(HTTPException, pages.refusal)
    sandbox.after_request(pages.protect)
    return sandbox
