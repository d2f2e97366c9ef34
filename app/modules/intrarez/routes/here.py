"""The device that asks."""

from app import context
from app.extensions import db
from app.modules.intrarez import around
from app.modules.intrarez.service import diagnosis
from app.modules.intrarez.service.diagnosis import Look, Seen


def look() -> Look:
    """The device that asks, and what stands between it and Internet."""
    current = context.current
    seen = Seen(
        address=current.remote_ip,
        mac=current.mac,
        device=current.device,
        pceen_id=current.pceen.id if current.pceen else None,
    )
    return diagnosis.look_here(db.session(), seen=seen, network=around.network())
