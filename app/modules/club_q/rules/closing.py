"""The digest of the wishes of a season when its form closes (community 4.7). Pure."""

import hashlib
from collections.abc import Iterable

from app.modules.club_q.rules.instance import canonical_json

FORMAT = "club-q-wishes-1"
#: Person, show, priority, places, minimum.
Row = tuple[int, int, int, int, int]


def digest(season: int, wishes: Iterable[Row]) -> str:
    """The SHA-256 of the canonical wishes, in hexadecimal digits, whatever the order of rows."""
    told = {
        "format": FORMAT,
        "season": season,
        "wishes": [
            {
                "person": person,
                "show": show,
                "priority": priority,
                "places": places,
                "minimum": minimum,
            }
            for person, show, priority, places, minimum in sorted(wishes)
        ],
    }
    return hashlib.sha256(canonical_json(told).encode()).hexdigest()
