"""``flask saml``: the single sign-on of the school, from a terminal."""

import click
from flask.cli import AppGroup

from app.core import clock
from app.integrations.saml import MetadataRefused, ServiceProvider
from app.modules.sso import around
from app.web import installation

group = AppGroup("saml", help="The log-in with the school's account.")


def _provider() -> ServiceProvider:
    provider = around.service_provider()
    if provider is None:
        raise click.ClickException(
            "Nobody logs in with the school here: SAML_IDP_METADATA_* are empty."
        )
    return provider


@group.command()
def refresh() -> None:
    """Fetch the metadata of the identity provider, and keep them if they are good."""
    provider = _provider()
    if not provider.is_fetched:
        raise click.ClickException("There is nothing to fetch: SAML_IDP_METADATA_URL is empty.")
    try:
        found = provider.refresh()
    except MetadataRefused as error:
        raise click.ClickException(f"Nothing good came: {error}") from None
    click.echo(f"kept: {found.entity}")


@group.command()
def check() -> None:
    """Say who we are, who the identity provider is, and until when it is known."""
    provider, saml = _provider(), installation.settings().saml
    has_keys = saml.certificate_private_key_file is not None
    click.echo(f"we are: {saml.sp_entity_id}, at {provider.acs_url}")
    click.echo(f"key pair: {'yes' if has_keys else 'no: requests are not signed'}")
    for name in ("file", "url", "fallback_url"):
        if (value := getattr(saml, f"idp_metadata_{name}")) is not None:
            click.echo(f"metadata {name.replace('_', ' ')}: {value}")
    known = provider.last_provider
    if known is not None:
        click.echo(f"provider: {known.entity}")
        click.echo(f"log-in: {known.login_url}")
        for one in known.certificates:
            state = "" if one.begins_at <= clock.now() < one.ends_at else ", not good today"
            click.echo(f"certificate: until {one.ends_at:%Y-%m-%d %H:%M} UTC{state}")
        if known.valid_until is not None:
            click.echo(f"metadata: until {known.valid_until:%Y-%m-%d %H:%M} UTC")
    if not provider.is_available:
        raise click.ClickException("Nobody can log in with the school: no good metadata at hand.")
    click.echo("people can log in with the school")
