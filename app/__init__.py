"""PC est magique: the site of the students of ESPCI Paris - PSL."""

from datetime import timedelta
from typing import Any

import click
from flask import Flask
from flask_babel import get_locale
from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined

from app import cli
from app.context import current, guards, has_permission, may_open
from app.context.identify import identify
from app.core.sealing import Sealer
from app.core.version import VERSION
from app.enums import PermissionScope, PermissionType
from app.extensions import csrf, db, login_manager, migrate
from app.integrations.bar_pictures import PictureStore
from app.integrations.club_q_files import ClubQFiles
from app.integrations.folders import BannersFiles, BekkFiles, TheatreFiles
from app.integrations.gateway import Gateway
from app.integrations.leases import LeasesFile
from app.integrations.lydia import make_lydia
from app.integrations.mailer import make_mailer
from app.integrations.neighbours import Neighbours
from app.integrations.photo_store import PhotoStore
from app.integrations.push import make_push
from app.integrations.saml import make_service_provider
from app.models import LoginSession
from app.modules import MODULES
from app.settings import INSTANCE, PoolSettings, Settings, read_settings
from app.web import (
    bodies,
    capture,
    errors,
    filters,
    forms,
    headers,
    installation,
    kept,
    locale,
    logging,
    metrics,
    module_texts,
    navigation,
    origins,
    reports,
    templating,
    uploads,
    urls,
)


def create_app(settings: Settings | None = None, **config: Any) -> Flask:
    """Build the application: the only place where its parts meet.

    Raises:
        SettingsError: If a variable of the environment is missing or wrong.
        RuntimeError: If a view does not say who may open it.
    """
    settings = settings or read_settings()
    app = Flask(__name__, instance_path=str(INSTANCE))
    app.config.from_mapping(_config(settings))
    app.config.update(config)
    app.extensions["settings"] = settings
    app.extensions["plan"] = settings.network.plan
    app.extensions["modules"] = MODULES
    app.extensions["mailer"] = make_mailer(settings)
    app.extensions["lydia"] = make_lydia(settings)
    app.extensions["push"] = make_push(settings)
    app.extensions["saml"] = make_service_provider(settings)
    app.extensions["sealer"] = Sealer(settings.keys, purpose="second factor")
    app.extensions["photo_store"] = PhotoStore(settings.photos.base_path)
    app.extensions["bar_pictures"] = PictureStore(settings.bar.avatars_base_path)
    app.extensions["club_q_files"] = ClubQFiles(settings.club_q.base_path)
    app.extensions["bekk_files"] = BekkFiles(settings.bekks.base_path)
    app.extensions["theatre_files"] = TheatreFiles(settings.theatre.base_path)
    app.extensions["banners_files"] = BannersFiles(settings.banners.base_path)
    network = settings.network
    app.extensions["neighbours"] = Neighbours(network.neighbour_cache_seconds)
    app.extensions["gateway"] = Gateway(network.gateway_state_dir, network.nft_set_file)
    leases = network.dhcp_leases_file
    app.extensions["leases"] = LeasesFile(leases, network.dhcp_format) if leases else None

    logging.init_app(app)
    reports.init_app(app)
    metrics.init_app(app)
    headers.init_app(app)
    for extension in (db, login_manager):
        extension.init_app(app)
    locale.init_app(app)
    app.before_request(identify)  # before CSRF: even its error page knows the visitor
    forms.init_app(app)
    bodies.init_app(app)
    uploads.init_app(app)
    origins.init_app(app)
    csrf.init_app(app)
    migrate.init_app(app)
    urls.init_app(app)
    for module in MODULES:
        for blueprint in module.blueprints:
            app.register_blueprint(blueprint)
        for group in module.cli:
            app.cli.add_command(group)

    _init_jinja(app)
    for part in (filters, templating, navigation, module_texts, kept, errors, cli):
        part.init_app(app)
    (gate,) = [module.setup_gate for module in MODULES if module.setup_gate]
    guards.init_app(app, setup_gate=gate)
    capture.init_app(app)
    if _is_served():
        installation.prepare(app)
    else:
        migrate.add_commands(app)
    return app


def _is_served() -> bool:
    """Whether a server asks for the application, rather than a command; those that work say so."""
    command = click.get_current_context(silent=True)
    return command is None or command.info_name == "run"


def _config(settings: Settings) -> dict[str, Any]:
    """What Flask and its extensions want to be told."""
    prefix = "__Host-" if settings.is_https else ""
    return {
        "SECRET_KEY": settings.key,
        "SECRET_KEY_FALLBACKS": [key.get_secret_value() for key in settings.secret_key_fallbacks],
        "SERVER_NAME": settings.server_name,
        "PREFERRED_URL_SCHEME": settings.preferred_url_scheme,
        "TESTING": settings.mode == "testing",
        "MAX_CONTENT_LENGTH": settings.max_content_length,
        "MAX_FORM_MEMORY_SIZE": 500_000,
        "MAX_FORM_PARTS": 1000,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(settings.database_url, settings.pool),
        "BABEL_DEFAULT_LOCALE": "fr",
        "BUILDING_FLOORS": settings.network.building_floors,
        "SEND_FILE_MAX_AGE_DEFAULT": timedelta(days=30),
        "SESSION_COOKIE_NAME": f"{prefix}session",
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.is_https,
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PERMANENT_SESSION_LIFETIME": LoginSession.LASTS_REMEMBERED,
        "WTF_CSRF_TIME_LIMIT": int(LoginSession.IDLE.total_seconds()),
        "WTF_CSRF_SSL_STRICT": False,  # the pages of secret links send no referrer
        "WTF_CSRF_HEADERS": ["X-CSRFToken"],
    }


def _engine_options(url: str, pool: PoolSettings) -> dict[str, Any]:
    """One behaviour on the servers: each statement sees what is committed.

    A process holds no more connections than its pool, so that those of a machine can be counted.
    """
    discreet = {"hide_parameters": True}  # errors are logged: no password, no address in them
    if url.startswith("sqlite"):
        return discreet
    patience = {"connect_timeout": 3}  # in seconds: a page does not wait for a dead server
    return {
        "isolation_level": "READ COMMITTED",
        "pool_pre_ping": True,
        "pool_size": pool.pool_size,
        "max_overflow": pool.max_overflow,
        "pool_timeout": pool.pool_timeout,
        "pool_recycle": pool.pool_recycle,
        "connect_args": patience,
        **discreet,
    }


def _init_jinja(app: Flask) -> None:
    """Make ``account/x.html`` mean ``modules/account/templates/x.html``, and typos fail."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    for name in ("config", "cycler", "dict", "g", "joiner", "lipsum", "session"):
        app.jinja_env.globals.pop(name, None)
    settings: Settings = app.extensions["settings"]
    app.jinja_env.globals.update(
        absolute_url=urls.absolute_url,
        get_locale=get_locale,
        current=current,
        has_permission=has_permission,
        may_open=may_open,
        PermissionScope=PermissionScope,
        PermissionType=PermissionType,
        site={"version": VERSION, "branch": settings.branch, "origin": settings.origin},
    )

    @app.url_defaults
    def say_the_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values.setdefault("v", VERSION)

    app.jinja_loader = ChoiceLoader(
        [
            FileSystemLoader(f"{app.root_path}/templates"),
            PrefixLoader({m.name: FileSystemLoader(m.templates) for m in MODULES}),
        ]
    )
