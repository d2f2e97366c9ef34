"""What this installation brings to the life of accounts."""

from pathlib import Path

from app.core.tasks import Kind
from app.modules.lives.rules import MERGE
from app.modules.lives.service.parts import Parts
from app.web import installation
from app.web.module import all_keepers, all_tasks


def parts() -> Parts:
    """What the modules do of their tables, and the tasks that are about someone.

    But merges: what was asked of one says which account disappeared.
    """
    asked = {
        task.name: tuple(one.name for one in task.params if one.kind is Kind.person)
        for task in all_tasks().values()
        if task.name != MERGE
    }
    people = {name: names for name, names in asked.items() if names}
    return Parts(keepers=all_keepers(), people_asked=people)


def exports_dir() -> Path:
    """Where the archives are, until they are taken away."""
    return installation.settings().exports_dir
