"""What a demonstration shows of the running of the site."""

from sqlalchemy.orm import Session

from app.enums import TaskState
from app.modules.operations.service import tasks as service
from app.modules.operations.service.tasks import Asked, End
from app.web.module import Demo, all_tasks

_WORKER = "demonstration"
#: What was run, how it ended, what it printed.
_RUNS = (
    ("janitor", End(state=TaskState.done), ""),
    (
        "dhcp.diff",
        End(state=TaskState.done, message="Le fichier changerait : voyez ce qui est affiché."),
        "--- \n+++ \n@@ -12 +12,2 @@\n host r101-d12 { … }\n+host r716-d57 { … }\n",
    ),
    ("audit.verify", End(state=TaskState.interrupted), ""),
)


def load(session: Session, _demo: Demo) -> None:
    """Write a few runs: two that went well, one that was cut short."""
    known = all_tasks()
    for name, end, output in _RUNS:
        run = service.start(session, task=known[name], asked=Asked(values={}))
        service.take_up(session, run=run, worker=_WORKER)
        service.finish(session, key=run.id, worker=_WORKER, end=end, said={"output": output})
