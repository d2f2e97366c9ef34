"""The network, from a terminal."""

from app.modules.intrarez.cli import statements
from app.modules.intrarez.cli.dhcp import dhcp, portal
from app.modules.intrarez.cli.money import offers_group, subscriptions_group
from app.modules.intrarez.cli.people import bans, devices, network, retention
from app.modules.intrarez.cli.rooms import rooms

GROUPS = (rooms, devices, dhcp, portal, network, bans, retention, offers_group, subscriptions_group)

#: ``statements`` adds a command to those of another module.
__all__ = ["GROUPS", "statements"]
