"""The settings of the carousel."""

import hashlib
import json

from sqlalchemy.orm import Session

from app.models import audit
from app.modules.banners.choices import CHOICES
from app.modules.banners.errors import StaleBanners
from app.modules.banners.queries.options import options as read_options
from app.modules.banners.rules.options import Options, stored
from app.modules.banners.service import locked


def version_of(options: Options) -> int:
    """A number that tells settings from others: what a form was shown."""
    text = json.dumps(stored(options), sort_keys=True)
    return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)


def set_options(session: Session, wanted: Options, *, version: int) -> bool:
    """Change the settings, all at once; whether anything changed.

    Raises:
        StaleBanners: If somebody changed some meanwhile.
    """
    locked.everything(session)
    session.expire_all()
    found = read_options(session)
    if version_of(found) != version:
        raise StaleBanners
    before, after = stored(found), stored(wanted)
    changed = [choice for choice in CHOICES if before[choice.key] != after[choice.key]]
    if not changed:
        return False
    for choice in changed:
        choice.set(session, after[choice.key])
    audit(
        session,
        "banners.settings.change",
        before={choice.key: before[choice.key] for choice in changed},
        after={choice.key: after[choice.key] for choice in changed},
    )
    return True
