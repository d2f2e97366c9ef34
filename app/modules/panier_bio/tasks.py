"""What a GRI may have done of the Panier Bio."""

from flask_babel import gettext as _, lazy_gettext as _l, ngettext
from sqlalchemy.orm import Session

from app.core.tasks import Danger, Progress, Task, Values
from app.core.transaction import transaction
from app.modules.panier_bio.queries.options import options
from app.modules.panier_bio.service import expiry


def _said(count: int) -> str:
    if not count:
        return str(_("Aucune commande n'attend depuis trop longtemps."))
    return str(ngettext("%(num)s commande annulée.", "%(num)s commandes annulées.", count))


def _expire(session: Session, _values: Values, _progress: Progress) -> object:
    with transaction(session):
        count = expiry.expire(session)
    return _said(count)


def _would_expire(session: Session, _values: Values, _progress: Progress) -> object:
    count = len(expiry.lapsed(session, options(session)))
    if not count:
        return _said(0)
    return ngettext(
        "%(num)s commande serait annulée.", "%(num)s commandes seraient annulées.", count
    )


TASKS: tuple[Task, ...] = (
    Task(
        name="panier_bio.expire",
        label=_l("Annuler les paniers que personne n'a confirmés à temps"),
        purpose=_l(
            "Les visiteurs ont une heure pour confirmer une commande ; ensuite, le panier va au"
            " premier de la liste d'attente. Le site le fait toutes les cinq minutes."
        ),
        run=_expire,
        dry_run=_would_expire,
        danger=Danger.safe,
    ),
)
