"""The WSGI entry point: ``flask run``, ``gunicorn pc-est-magique:app``."""

import sys
from pathlib import Path

from dotenv import load_dotenv

from app import create_app
from app.modules.operations.cli.doctor import is_asked, without_site
from app.settings import SettingsError

try:
    load_dotenv(Path(__file__).with_name(".env"))
    app = create_app()
except (SettingsError, RuntimeError, PermissionError) as error:
    if not is_asked(sys.argv):
        print(f"PC est magique does not start: {error}", file=sys.stderr)  # noqa: T201  # no log yet
        raise SystemExit(2) from None
    app = without_site(str(error))
