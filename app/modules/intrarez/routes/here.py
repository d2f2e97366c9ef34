"""The device that asks."""

from app import context
from app.extensions import db
from app.modules.intrarez import around
from app.modules.intrarez.service import diagnosis
from app.modules.intrarez.service.diagnosis import Look, Seen


def look(*, whoever: bool = False) -> Look:
    """The device that asks, and what stands between it and Internet.

    With *whoever*, who is logged in on it does not matter: the network does not know.
    """
    current = context.current
    person = None if whoever else current.pceen
    seen = Seen(
        address=current.remote_ip,
        mac=current.mac,
        device=current.device,
        pceen_id=person.id if person else None,
    )
    return diagnosis.look_here(db.session(), seen=seen, network=around.network())
