"""What every installation begins with: roles, rooms, settings (network-a 2.3 and 7.3)."""

import sqlalchemy as sa
from alembic import op
from flask import current_app

revision = "20261124_seed"
down_revision = "20261124_start"

STUDENT = ("photos", "bar", "club_q", "bekk", "panier_bio", "calendar")
ADMIN = (
    "photos intrarez pceen role collection bar club_q bekk panier_bio calendar theatre"
).split()

#: slug, name, index, colour, rights.
ROLES = (
    ("public", "PUBLIC", 1000, None, []),
    ("admin", "Admin", 0, "e40046", [*(("all", s) for s in ADMIN), ("read", "bar_stats")]),
    (
        "gri",
        "GRI",
        1,
        "ff585d",
        [("all", s) for s in ("gris", "intrarez", "payments", "pceen", "role")],
    ),
    ("eleve", "Élève", 10, "64b9e9", [("read", s) for s in STUDENT]),
    ("alumni", "Alumni", 10, "152f4e", [("read", "photos"), ("read", "bekk")]),
    ("bar_manager", "Responsable Bar", 14, "000000", [("all", "bar"), ("read", "bar_stats")]),
    ("barman", "Barman", 15, "000000", [("write", "bar"), ("read", "bar_stats")]),
    ("bar_client", "Client Bar", 15, "000000", [("read", "bar")]),
    ("bar_observer", "Observateur Bar", 15, "000000", [("read", "bar_stats")]),
    ("club_q", "Club Q", 18, "8f3985", [("all", "club_q")]),
    ("bekk", "Bekk", 19, "546211", [("all", "bekk")]),
    ("panier_bio", "Panier Bio", 19, "014421", [("all", "panier_bio")]),
    ("rezident", "Rezident", 20, "d5c0a9", [("read", "intrarez")]),
    ("theatre", "Théâtre", 20, "9F4216", [("all", "theatre")]),
    ("calendar", "Calendrier", 50, "E65100", [("write", "calendar")]),
)

SETTINGS = {
    "DEVICE_LIMIT": 10,
    "DHCP_MAX_DROP_PERCENT": 20,
    "IP_KEEP_DAYS": 30,
    "REZIDENT_SELF_GRANT": True,
}

role = sa.table(
    "role",
    *map(sa.column, ("id", "slug", "name", "name_key", "index", "color", "system", "version")),
)
permission = sa.table("permission", *map(sa.column, ("id", "type", "scope", "key")))
role_permission = sa.table("role_permission", *map(sa.column, ("role_id", "permission_id")))
room = sa.table("room", *map(sa.column, ("num", "floor", "door", "base_ip")))
global_setting = sa.table("global_setting", sa.column("key"), sa.column("value", sa.JSON))


def upgrade() -> None:
    connection = op.get_bind()
    if connection.scalar(sa.select(sa.func.count()).select_from(role)) == 0:
        _seed_roles(connection)
    if connection.scalar(sa.select(sa.func.count()).select_from(room)) == 0:
        connection.execute(sa.insert(room), list(_rooms()))
    if connection.scalar(sa.select(sa.func.count()).select_from(global_setting)) == 0:
        rows = [{"key": key, "value": value} for key, value in SETTINGS.items()]
        connection.execute(sa.insert(global_setting), rows)


def _seed_roles(connection: sa.Connection) -> None:
    keys = {f"{right[0]}/{right[1]}/*": right for *_, rights in ROLES for right in rights}
    numbers = {key: number for number, key in enumerate(keys, 1)}
    rows = [{"id": numbers[k], "type": t, "scope": s, "key": k} for k, (t, s) in keys.items()]
    connection.execute(sa.insert(permission), rows)
    for number, (slug, name, index, color, rights) in enumerate(ROLES):
        values = {
            "id": number,
            "slug": slug,
            "name": name,
            "name_key": name.casefold(),
            "index": index,
            "color": color,
            "system": True,
            "version": 1,
        }
        connection.execute(sa.insert(role).values(values))
        held = [
            {"role_id": number, "permission_id": numbers[f"{type_}/{scope}/*"]}
            for type_, scope in rights
        ]
        if held:
            connection.execute(sa.insert(role_permission), held)
    if connection.dialect.name == "postgresql":
        for table in ("role", "permission"):
            connection.execute(
                sa.text(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "
                    f"(SELECT max(id) FROM {table}))"
                )
            )


def _rooms() -> list[dict[str, object]]:
    """The rooms of the building plan of this installation."""
    floors = [part.split(":") for part in current_app.config["BUILDING_FLOORS"].split(";") if part]
    return [
        {"num": 100 * floor + door, "floor": floor, "door": door, "base_ip": f"{floor}.{door}"}
        for floor, doors in ((int(f), int(d)) for f, d in floors)
        for door in range(1, doors + 1)
    ]


def downgrade() -> None:
    """Rows that people may have edited or referred to stay: their tables go next."""
