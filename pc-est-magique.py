"""The WSGI entry point: ``flask run``, ``gunicorn pc-est-magique:app``."""

import sys
from pathlib import Path

from dotenv import load_dotenv

from app import create_app
from app.settings import SettingsError

load_dotenv(Path(__file__).with_name(".env"))
try:
    app = create_app()
except (SettingsError, RuntimeError) as error:
    print(f"PC est magique does not start: {error}", file=sys.stderr)  # noqa: T201  # no log yet
    raise SystemExit(2) from None
