"""Who may write to whom."""

from collections.abc import Callable

from app.enums import AudienceKind, NotificationTopic, PermissionScope as S, PermissionType as T

#: Who runs the whole site: they write of everything, to everybody.
GRI = (T.all, S.gris)
#: What lets one write of a topic, to those whom it concerns.
MANAGERS = {
    NotificationTopic.club_q: (T.write, S.club_q),
    NotificationTopic.bekk: (T.write, S.bekk),
    NotificationTopic.panier_bio: (T.write, S.panier_bio),
    NotificationTopic.theatre: (T.write, S.theatre),
    NotificationTopic.calendar: (T.write, S.calendar),
    NotificationTopic.bar: (T.all, S.bar),
}
#: What lets one write at all.
SENDERS = (GRI, *MANAGERS.values())
#: Whom GRIs write to, as a form offers it; people one by one are told by the site alone.
TARGETS = (
    AudienceKind.eleves,
    AudienceKind.rez,
    AudienceKind.role,
    AudienceKind.followers,
    AudienceKind.all,
)


def topics_of(may: Callable[[T, S], bool]) -> tuple[NotificationTopic, ...]:
    """What someone may write of."""
    if may(*GRI):
        return tuple(NotificationTopic)
    return tuple(topic for topic, right in MANAGERS.items() if may(*right))


def targets_of(*, is_gri: bool) -> tuple[AudienceKind, ...]:
    """Whom someone may write to."""
    return TARGETS if is_gri else (AudienceKind.followers,)
