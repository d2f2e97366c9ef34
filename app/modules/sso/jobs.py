"""What is done by date to know the school's identity provider."""

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.jobs import Job
from app.core.transaction import transaction
from app.integrations.saml import MetadataRefused, ServiceProvider
from app.modules.sso import around
from app.modules.sso.service import metadata
from app.web import installation


def refresh(session: Session) -> None:
    """Fetch the metadata of the provider again; tell the GRIs if nothing good came.

    Raises:
        MetadataRefused: If nothing good came: what was known still is.
    """
    provider = around.service_provider()
    if provider is None:
        return
    try:
        _renew(provider)
    except MetadataRefused as error:
        with transaction(session):
            metadata.tell_refused(
                session,
                cause=str(error),
                is_available=provider.is_available,
                admins=installation.settings().admins[:1],
            )
        raise


def _renew(provider: ServiceProvider) -> None:
    if provider.is_fetched:
        provider.refresh()
    elif not provider.is_available:
        raise MetadataRefused("SAML_IDP_METADATA_FILE: missing, or not good")


def watch(session: Session) -> None:
    """Do the same when this process begins, and until there are good metadata."""
    provider = around.service_provider()
    if provider is None or not provider.is_in_want:
        return
    try:
        refresh(session)
    except MetadataRefused:
        return  # it is told, and tried again in a minute


REFRESH = Job(
    name="sso.refresh_metadata",
    label=_l("Relire les métadonnées du fournisseur d'identité de l'école"),
    run=refresh,
    cron="17 */6 * * *",
)
WATCH = Job(
    name="sso.watch_metadata",
    label=_l("Relire ces métadonnées tant qu'il n'y en a pas de bonnes"),
    run=watch,
    cron="* * * * *",
)
