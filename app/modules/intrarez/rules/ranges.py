"""What an address of the residence is for."""

import enum

from app.core.addresses import AddressPlan


class Range(enum.StrEnum):
    """The parts of the address plan."""

    pool = "pool"
    rooms = "rooms"
    bans = "bans"
    other = "other"


def range_of(address: str, plan: AddressPlan) -> Range:
    """The part of the plan that an address is of."""
    if plan.is_in_pool(address):
        return Range.pool
    if plan.room_and_rank(address) is not None:
        return Range.rooms
    return Range.bans if plan.ban_slot(address) is not None else Range.other
