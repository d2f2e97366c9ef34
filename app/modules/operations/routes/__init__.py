"""The pages on the running of the site."""

from app.modules.operations.routes import (
    api,
    audit,
    health,
    jobs,
    mails,
    outbox,
    settings,
    status,
    tasks,
)
from app.modules.operations.routes.blueprint import bp

__all__ = [
    "api",
    "audit",
    "bp",
    "health",
    "jobs",
    "mails",
    "outbox",
    "settings",
    "status",
    "tasks",
]
