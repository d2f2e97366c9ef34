"""Why something is not done of notifications."""

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict, DomainError, NotFound


class NotificationError(DomainError):
    """What was asked of notifications is refused."""


class NoSuchNotification(NotificationError, NotFound):
    sentence = _l("Cette notification n'existe pas.")


class NobodyToTell(NotificationError):
    field = "target"
    sentence = _l("Personne ne recevrait cette notification.")


class NoKeys(NotificationError):
    """Devices cannot ring: what is sent would reach a part of its audience alone."""

    sentence = _l(
        "Les clés des notifications ne sont pas en place sur ce serveur : rien n'est envoyé."
    )


class NoLongerNews(NotificationError, Conflict):
    sentence = _l("Cette notification a plus d'un jour : les appareils ne sonnent plus pour elle.")


class MalformedPush(NotificationError):
    status = 400
    sentence = _l("Cette demande n'est pas compréhensible : rechargez la page et recommencez.")


class UnknownPushService(NotificationError):
    status = 400
    sentence = _l("Le service de notifications de ce navigateur n'est pas reconnu.")


class DeviceTaken(NotificationError, Conflict):
    sentence = _l("Cet appareil reçoit déjà les notifications de quelqu'un d'autre.")


class NoPushKey(NotificationError, NotFound):
    sentence = _l("Les notifications sur les appareils ne sont pas en place sur ce site.")
