"""The roles of the system, as they are seeded (network-a 7.3)."""

from dataclasses import dataclass

from app.enums import PermissionScope as S, PermissionType as T


@dataclass(frozen=True, slots=True)
class SeededRole:
    """A role that every installation has."""

    slug: str
    name: str
    index: int
    color: str | None
    rights: tuple[tuple[T, S], ...] = ()


def _on(type_: T, *scopes: S) -> tuple[tuple[T, S], ...]:
    return tuple((type_, scope) for scope in scopes)


_ADMINISTERED = (
    S.photos,
    S.intrarez,
    S.pceen,
    S.role,
    S.collection,
    S.bar,
    S.club_q,
    S.bekk,
    S.panier_bio,
    S.calendar,
    S.theatre,
)
_STUDENTS = (S.photos, S.bar, S.club_q, S.bekk, S.panier_bio, S.calendar)

SEEDED = (
    SeededRole("public", "PUBLIC", 1000, None),
    SeededRole("admin", "Admin", 0, "e40046", (*_on(T.all, *_ADMINISTERED), (T.read, S.bar_stats))),
    SeededRole(
        "gri",
        "GRI",
        1,
        "ff585d",
        _on(T.all, S.gris, S.intrarez, S.payments, S.pceen, S.role),
    ),
    SeededRole("eleve", "Élève", 10, "64b9e9", _on(T.read, *_STUDENTS)),
    SeededRole("alumni", "Alumni", 10, "152f4e", _on(T.read, S.photos, S.bekk)),
    SeededRole(
        "bar_manager", "Responsable Bar", 14, "000000", ((T.all, S.bar), (T.read, S.bar_stats))
    ),
    SeededRole("barman", "Barman", 15, "000000", ((T.write, S.bar), (T.read, S.bar_stats))),
    SeededRole("bar_client", "Client Bar", 15, "000000", _on(T.read, S.bar)),
    SeededRole("bar_observer", "Observateur Bar", 15, "000000", _on(T.read, S.bar_stats)),
    SeededRole("club_q", "Club Q", 18, "8f3985", _on(T.all, S.club_q)),
    SeededRole("bekk", "Bekk", 19, "546211", _on(T.all, S.bekk)),
    SeededRole("panier_bio", "Panier Bio", 19, "014421", _on(T.all, S.panier_bio)),
    SeededRole("rezident", "Rezident", 20, "d5c0a9", _on(T.read, S.intrarez)),
    SeededRole("theatre", "Théâtre", 20, "9F4216", _on(T.all, S.theatre)),
    SeededRole("calendar", "Calendrier", 50, "E65100", _on(T.write, S.calendar)),
)
