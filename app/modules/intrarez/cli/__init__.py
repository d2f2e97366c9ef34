"""The network, from a terminal."""

from app.modules.intrarez.cli.dhcp import dhcp, portal
from app.modules.intrarez.cli.people import bans, devices, network, retention
from app.modules.intrarez.cli.rooms import rooms

GROUPS = (rooms, devices, dhcp, portal, network, bans, retention)
