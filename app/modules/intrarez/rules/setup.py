"""The steps from an unknown device to Internet, and who is led where."""

import enum
from dataclasses import dataclass


class Owner(enum.Enum):
    """Whose the device in the visitor's hands is."""

    nobody = enum.auto()
    visitor = enum.auto()
    someone_else = enum.auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that the next step depends on (network-a 5.2)."""

    is_logged_in: bool = True
    is_rezident: bool = True
    has_room: bool = False
    has_device: bool = False
    #: Whether the client's address is known at all.
    has_address: bool = True
    #: Whether it is one of the residence's networks.
    in_residence: bool = False
    #: Whether the gateway knows the hardware address.
    is_internal: bool = False
    owner: Owner = Owner.nobody
    #: Whether one may become a Rezident alone.
    self_grant: bool = True


class Step(enum.Enum):
    """Where someone is sent who has not completed the set-up."""

    account = enum.auto()
    activate = enum.auto()
    #: From outside, who is not a Rezident has nothing to do there.
    forbidden = enum.auto()
    #: … nor, inside, with the device of somebody else.
    device_of_another = enum.auto()
    room = enum.auto()
    device = enum.auto()
    transfer = enum.auto()
    #: The proxy does not show the address.
    no_address = enum.auto()
    #: The gateway does not know the hardware address.
    no_mac = enum.auto()


def next_step(situation: Situation) -> Step | None:
    """The first step that is left to do; ``None`` when all are done (network-a 5.3)."""
    if not situation.is_logged_in:
        return Step.account
    if not situation.is_rezident:
        return _before_rezident(situation)
    if not situation.has_address:
        return Step.no_address
    if not situation.has_room:
        return Step.room
    return _device_step(situation)


def _before_rezident(situation: Situation) -> Step:
    if not situation.is_internal or not situation.self_grant:
        return Step.forbidden
    if situation.owner is Owner.someone_else:
        return Step.device_of_another
    return Step.activate


def _device_step(situation: Situation) -> Step | None:
    if situation.is_internal:
        return {
            Owner.nobody: Step.device,
            Owner.someone_else: Step.transfer,
            Owner.visitor: None,
        }[situation.owner]
    if situation.has_device:
        return None
    return Step.no_mac if situation.in_residence else Step.device
