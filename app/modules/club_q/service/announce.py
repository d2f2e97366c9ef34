"""What the team announces before the form opens, and the numbers of the classic strategy."""

import hashlib
import json
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core.transaction import lock
from app.models import ClubQSeason, audit, public_role
from app.modules.club_q.choices import (
    BONUS_1A,
    BONUS_2A,
    BONUS_3A,
    BONUS_4A,
    BONUS_OTHER,
    PROMO_1A,
)
from app.modules.club_q.errors import FormHasOpened, StaleParameters, StaleRules
from app.modules.club_q.queries.announced import may_change
from app.modules.club_q.queries.options import options as read_options
from app.modules.club_q.rules.announced import Announced, announced
from app.modules.club_q.rules.options import Options, write_tenths

_BONUSES = (BONUS_1A, BONUS_2A, BONUS_3A, BONUS_4A, BONUS_OTHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bonuses:
    """What each promo starts with, in tenths of discontent."""

    promo_1a: int
    #: Of the first year to the fourth, then of any other promo.
    tenths: tuple[int, int, int, int, int]

    @classmethod
    def of(cls, options: Options) -> "Bonuses":
        """Those that hold now."""
        first, second, third, fourth = options.bonuses
        return cls(
            promo_1a=options.promo_1a,
            tenths=(first, second, third, fourth, options.bonus_other),
        )

    def stored(self) -> dict[str, int | str]:
        """What is stored of it, by key."""
        written = {
            one.key: write_tenths(tenths) for one, tenths in zip(_BONUSES, self.tenths, strict=True)
        }
        return {PROMO_1A.key: self.promo_1a, **written}

    @property
    def version(self) -> int:
        """A number that tells these from others: what a form was shown."""
        text = json.dumps(self.stored(), sort_keys=True)
        return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)


def change_bonuses(session: Session, wanted: Bonuses, *, version: int) -> bool:
    """Change what each promo starts with; whether that changed anything.

    Raises:
        StaleParameters: If somebody changed them meanwhile.
    """
    lock(session, public_role(session))  # a choice may have no row yet: one change at a time
    session.expire_all()
    found = Bonuses.of(read_options(session))
    if found.version != version:
        raise StaleParameters
    before, after = found.stored(), wanted.stored()
    keys = [key for key in after if after[key] != before[key]]
    if not keys:
        return False
    PROMO_1A.set(session, wanted.promo_1a)
    for one, tenths in zip(_BONUSES, wanted.tenths, strict=True):
        one.set(session, write_tenths(tenths))
    audit(
        session,
        "club_q.parameters.change",
        before={key: before[key] for key in keys},
        after={key: after[key] for key in keys},
    )
    return True


def announce(session: Session, *, season: ClubQSeason, rules: Announced, version: int) -> bool:
    """Announce how the tickets of a season will be shared out; whether that changed anything.

    Raises:
        StaleRules: If somebody changed the season meanwhile.
        FormHasOpened: If the form has opened: what was announced holds.
    """
    lock(session, season)
    if season.version != version:
        raise StaleRules
    if not may_change(session, season, read_options(session)):
        raise FormHasOpened
    before = announced(season.rules)
    if season.rules and before == rules:
        return False
    season.rules = rules.as_json()
    season.version += 1
    audit(session, "club_q.season.announce", season, before=before.as_json(), after=rules.as_json())
    return True
