"""What the script of the forms asks."""

from datetime import timedelta

from flask import current_app
from flask.typing import ResponseReturnValue

from app import context
from app.core import clock
from app.core.captcha import FORMS
from app.core.pace import Pace
from app.modules.contact.errors import TooManyChallenges
from app.modules.contact.routes.blueprint import bp
from app.web.captcha import new_challenge
from app.web.visitors import counted_address

#: How many challenges an address may ask one process of the site for.
_TIMES, _WITHIN = 60, timedelta(minutes=1)


@bp.get(f"/api/captcha/<any({', '.join(FORMS)}):form>")
@context.public
def captcha(form: str) -> ResponseReturnValue:
    """Another challenge; nothing is written of it.

    Raises:
        TooManyChallenges: If this address asked for sixty in a minute.
    """
    pace: Pace = current_app.extensions.setdefault("captcha_pace", Pace(_TIMES, _WITHIN))
    wait = pace.take(counted_address(), now=clock.now())
    if wait:
        raise TooManyChallenges(seconds=int(wait) + 1)
    challenge, sealed = new_challenge(form)
    return {
        "challenge": sealed,
        "payload": challenge.payload,
        "bits": challenge.bits,
        "expires_at": challenge.expires_at,
    }
