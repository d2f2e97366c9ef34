"""Requests, counted."""

import logging
import time

from flask import Flask, Response, g, request

from app.integrations import metrics
from app.settings import Settings

logger = logging.getLogger(__name__)

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _count(response: Response) -> Response:
    """Count an answer: by the name of its page, never by its address."""
    method = request.method if request.method in _METHODS else "other"
    try:
        labels = (request.endpoint or "none", method, str(response.status_code))
        metrics.requests().labels(*labels).inc()
        if "started" in g:
            metrics.request_seconds().observe(time.perf_counter() - g.started)
    except (OSError, ValueError):
        logger.warning("an answer was not counted", exc_info=True)
    return response


def init_app(app: Flask) -> None:
    """Install this on *app*."""
    settings: Settings = app.extensions["settings"]
    if settings.mode != "testing":
        metrics.use(settings.monitoring.metrics_dir)
    app.after_request(_count)
