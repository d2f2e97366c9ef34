"""The commands of the whole site; those of a module are in its ``cli.py``."""

from flask import Flask

from app.cli.access import access
from app.cli.assets import assets, sass
from app.cli.demo import demo
from app.cli.seed import janitor, seed
from app.cli.translate import translate
from app.cli.worker import jobs, worker


def init_app(app: Flask) -> None:
    """Install this on *app*."""
    for command in (access, assets, demo, janitor, jobs, sass, seed, translate, worker):
        app.cli.add_command(command)
