"""What the tests of the network start from."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.core.addresses import AddressPlan
from app.enums import BanKind
from app.models import Ban, Device, PCeen, Rental, Room
from app.modules.intrarez import queries
from app.modules.intrarez.service import addresses, dhcp
from tests.factories import DeviceFactory, RentalFactory

PLAN = AddressPlan.parse()

#: Have somebody live in a room, with devices that have their addresses there.
Settle = Callable[..., list[Device]]
#: Have the site write its rules there.
Serve = Callable[..., dhcp.Target]


def ban(session: Session, pceen: PCeen) -> Ban:
    """Suspend someone until further notice: their devices get their addresses."""
    made = Ban(
        pceen=pceen, kind=BanKind.disciplinary, reason="test", open_key=f"{pceen.id}:disciplinary"
    )
    session.add(made)
    session.flush()
    for device in queries.own_devices(session, pceen.id):
        addresses.give_ban_address(session, device=device, plan=PLAN)
    session.commit()
    return made


@pytest.fixture
def settle(session: Session) -> Settle:
    def _settle(room_num: int, *, macs: tuple[str, ...] = (), **rental: object) -> list[Device]:
        made: Rental = RentalFactory(room_num=room_num, **rental)
        room = session.get_one(Room, room_num)
        devices = [DeviceFactory(pceen=made.pceen, mac_address=mac) for mac in macs]
        for device in devices:
            addresses.allocate(session, device=device, room=room, plan=PLAN)
        session.commit()
        return devices

    return _settle


@pytest.fixture
def serve(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Serve:
    def _serve(dhcp_format: str = "dhcpd") -> dhcp.Target:
        settings = app.extensions["settings"]
        path = tmp_path / "etc" / "hosts"
        path.parent.mkdir(exist_ok=True)
        given = {"dhcp_hosts_file": path, "dhcp_format": dhcp_format}
        network = settings.network.model_copy(update=given)
        changed = settings.model_copy(update={"network": network})
        monkeypatch.setitem(app.extensions, "settings", changed)
        return dhcp.Target(path=path, format=dhcp_format, plan=PLAN, admins=settings.admins[:1])

    return _serve
