"""The running of the site, from a terminal."""

from app.modules.operations.cli.backup import backup
from app.modules.operations.cli.doctor import doctor
from app.modules.operations.cli.health import health
from app.modules.operations.cli.outbox import outbox
from app.modules.operations.cli.site import audit, maintenance
from app.modules.operations.cli.tasks import script, tasks

GROUPS = (tasks, script, outbox, maintenance, audit, backup, health, doctor)

__all__ = ["GROUPS"]
