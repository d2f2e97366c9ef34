"""Whom a notification is for."""

from dataclasses import dataclass

from app.enums import AudienceKind, NotificationTopic, PermissionScope as S

#: What one must be allowed to read to follow a topic; anybody follows the others.
SCOPES = {
    NotificationTopic.internet: S.intrarez,
    NotificationTopic.bar: S.bar,
    NotificationTopic.photos: S.photos,
    NotificationTopic.club_q: S.club_q,
    NotificationTopic.bekk: S.bekk,
    NotificationTopic.panier_bio: S.panier_bio,
    NotificationTopic.calendar: S.calendar,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Whom a notification is for: a kind of people, or these very people."""

    kind: AudienceKind
    #: For ``role``: the numbers of the roles.
    roles: tuple[int, ...] = ()
    #: For ``people``: the numbers of the accounts.
    people: tuple[int, ...] = ()


def people(*numbers: int) -> Audience:
    """These people."""
    return Audience(kind=AudienceKind.people, people=numbers)


#: Those whom a topic concerns.
FOLLOWERS = Audience(kind=AudienceKind.followers)
