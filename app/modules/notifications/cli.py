"""``flask notifications``: the keys that devices are reached with."""

from pathlib import Path

import click
from flask.cli import AppGroup

from app.integrations.push import make_pair
from app.settings import INSTANCE

group = AppGroup("notifications", help="Notifications on devices.")


@group.command()
@click.option(
    "--write",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=INSTANCE / "vapid.pem",
    help="Where the private key is written.",
)
def keys(path: Path) -> None:
    """Make the pair of keys that devices are reached with, and print what to set."""
    path = path.absolute()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        public = make_pair(path)
    except FileExistsError:
        raise click.ClickException(
            f"{path} is there already: devices that know this key would be lost."
        ) from None
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from None
    click.echo(f"VAPID_PUBLIC_KEY={public}")
    click.echo(f"VAPID_PRIVATE_KEY_PATH={path}")
