"""What a GRI may have done of the roles."""

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.tasks import Danger, Progress, Task, Values
from app.core.transaction import transaction
from app.modules.gris.service import roles


def _seed(session: Session, _values: Values, _progress: Progress) -> object:
    with transaction(session):
        made = [role.name for role in roles.seed_roles(session)]
    return _("Rôles créés : %(names)s.", names=", ".join(made)) if made else _("Rien ne manquait.")


def _reset(session: Session, _values: Values, _progress: Progress) -> object:
    with transaction(session):
        return _told(roles.reset_roles(session))


def _would_reset(session: Session, _values: Values, _progress: Progress) -> object:
    told = _told(roles.reset_roles(session))
    session.rollback()
    return told


def _told(differences: list[str]) -> object:
    for difference in differences:
        print(difference)  # noqa: T201  # the output of the task
    return _("Différences : %(count)s.", count=len(differences))


TASKS = (
    Task(
        name="roles.seed",
        label=_l("Créer les rôles qui manquent"),
        purpose=_l("Ceux du système seulement ; ce qui a été modifié ne bouge pas."),
        run=_seed,
    ),
    Task(
        name="roles.reset",
        label=_l("Remettre les rôles du système comme au premier jour"),
        purpose=_l("Leur nom, leur couleur et leurs permissions : ce qui a été modifié est perdu."),
        run=_reset,
        dry_run=_would_reset,
        danger=Danger.dangerous,
        key="roles.seed",
    ),
)
