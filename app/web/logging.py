"""One line of JSON for each thing that happens, on one line whatever it holds."""

import json
import logging
import re
import secrets
import sys
import time
import traceback
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from pathlib import Path

from flask import Flask, Response, g, request

from app.models import Origin

#: The attributes of a record that a line shows when they are there.
_EXTRAS = ("request_id", "endpoint", "status", "address", "pceen_id", "as_id", "ms", "job")
#: What ends a line, drives a terminal, or is no text, and that JSON lets through.
_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")
#: The name of the log.
FILE = "pc-est-magique.log"
_access = logging.getLogger("app.access")


class JsonLine(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update({k: v for k in _EXTRAS if (v := getattr(record, k, None)) is not None})
        if record.levelno >= logging.WARNING:
            line["where"] = f"{record.pathname}:{record.lineno}"
        if record.exc_info and record.exc_info[0] is not None:
            line["trace"] = "".join(traceback.format_exception(*record.exc_info))
        text = json.dumps(line, ensure_ascii=False)
        return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _handler(directory: Path | None) -> logging.Handler:
    """A file of *directory*, which a rotation may move away; else the standard error."""
    if directory is None:
        return logging.StreamHandler(sys.stderr)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        return WatchedFileHandler(directory / FILE, encoding="utf-8")
    except OSError as error:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonLine())
        logging.getLogger("app").addHandler(handler)
        logging.getLogger("app").error("logs go to the standard error: %s", error)  # noqa: TRY400  # the reason is enough
        return handler


def _begin() -> None:
    g.request_id = secrets.token_hex(8)
    g.started = time.perf_counter()


def _tell(response: Response) -> Response:
    """Write a line for each request, static files excepted."""
    if request.endpoint in ("static", "operations.healthz", "operations.livez"):
        return response
    origin: Origin | None = g.get("origin")  # the rows themselves may be out of reach by now
    status = response.status_code
    level = logging.WARNING if status in (401, 403, 404, 405) else logging.INFO
    _access.log(
        level,
        "%s",
        request.method,
        extra={
            "request_id": g.get("request_id"),
            "endpoint": request.endpoint,
            "status": status,
            "address": origin.address if origin else None,
            "pceen_id": origin.actor_id if origin else None,
            "as_id": origin.as_id if origin else None,
            "ms": round(1000 * (time.perf_counter() - g.started), 1) if "started" in g else None,
        },
    )
    return response


def init_app(app: Flask) -> None:
    """Install this on *app*."""
    settings = app.extensions["settings"]
    logger = logging.getLogger("app")
    if not logger.handlers:
        handler = _handler(settings.log_dir)
        handler.setFormatter(JsonLine())
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    app.before_request(_begin)
    app.after_request(_tell)
