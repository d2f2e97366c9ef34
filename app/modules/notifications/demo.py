"""The notifications of the demonstration: what everybody was told."""

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.enums import AudienceKind, NotificationTopic
from app.modules.notifications.rules.audiences import Audience
from app.modules.notifications.service.bus import Notice, tell
from app.web.module import Demo

WEIGHT = 1

_EVERYBODY = Audience(kind=AudienceKind.all)
_TOLD = (
    Notice(
        topic=NotificationTopic.site,
        title=_l("Le site a une cloche"),
        body=_l("Choisissez de quoi elle vous parle, et quand elle se tait."),
        url="/notifications/choices",
        key="demo:bell",
    ),
    Notice(
        topic=NotificationTopic.site,
        title=_l("Coupure d'électricité jeudi"),
        body=_l("De 8 h à 10 h, Internet et le bar s'arrêtent. Chargez vos ordinateurs."),
        key="demo:power",
    ),
)


def load(session: Session, demo: Demo) -> None:
    """Two messages of the site."""
    for notice in _TOLD:
        tell(session, notice, _EVERYBODY)
    demo.tick()
