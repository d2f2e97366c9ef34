"""The settings: what is missing or wrong stops the start, and is named."""

import subprocess
import sys
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from flask import Flask
from pydantic import SecretStr
from werkzeug.test import Cookie

from app import create_app
from app.enums import LoginMethod, PaymentMethod, PaymentType
from app.extensions import db
from app.models import Base, LoginSession
from app.settings import Section, Settings, SettingsError, read_settings
from tests.architecture.test_settings import variables
from tests.conftest import furnish, settings_of
from tests.factories import base as factories
from tests.factories.people import PCeenFactory

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[1]
KEY = "a key of production, as long as it must be"
REQUIRED = {
    "MODE": "production",
    "SECRET_KEY": KEY,
    "SERVER_NAME": "site.example.org",
    "ADMINS": "gri@example.org",
    "PHOTOS_SECRET_KEY": "what links to photos are signed with",
}
OPTIONAL = {
    "SECRET_KEY_FALLBACKS": "a former key; and one before it",
    "SQLALCHEMY_DATABASE_URI": "sqlite://",
    "SQLALCHEMY_MIGRATION_URI": "sqlite://",
    "SQLALCHEMY_POOL_SIZE": "8",
    "SQLALCHEMY_MAX_OVERFLOW": "0",
    "SQLALCHEMY_POOL_TIMEOUT": "5",
    "SQLALCHEMY_POOL_RECYCLE": "600",
    "PREFERRED_URL_SCHEME": "https",
    "MAX_CONTENT_LENGTH": "1000",
    "BRANCH": "staging",
    "LOG_DIR": "/nonexistent/logs",
    "LOG_RETENTION_DAYS": "30",
    "MAIL_SERVER": "mail.example.org",
    "MAIL_PORT": "587",
    "MAIL_USE_TLS": "yes",
    "MAIL_USERNAME": "site",
    "MAIL_PASSWORD": "hidden from all",
    "MAIL_SUPPRESS_SEND": "off",
    "INTERNAL_NETWORKS": "10.0.0.0/8",
    "TRUSTED_PROXIES": "127.0.0.1;unix",
    "NEIGHBOUR_CACHE_SECONDS": "0",
    "RESERVED_MACS": "3C-22-FB-00-00-01",
    "BUILDING_FLOORS": "1:3;2:2",
    "ADDRESS_GATEWAY": "10.0.0.1",
    "ADDRESS_POOL": "10.0.0.100-10.0.0.199",
    "ADDRESS_DEVICES": "10.{rank}.{floor}.{door}",
    "ADDRESS_BANS": "10.0.8.0-10.0.255.255",
    "DHCP_HOSTS_FILE": "/nonexistent/hosts.conf",
    "DHCP_FORMAT": "isc",
    "NETLOCS": "10.0.0.1; Site.Example.org. ",
    "DHCP_LEASES_FILE": "/nonexistent/leases.csv",
    "NFT_SET_FILE": "/nonexistent/admitted.nft",
    "DHCP_RELOAD_COMMAND": "sudo -n /usr/local/sbin/pem-dhcp-reload",
    "NFT_RELOAD_COMMAND": "sudo -n /usr/local/sbin/pem-nft-reload",
    "GATEWAY_STATE_DIR": "/nonexistent/state",
    "LYDIA_BASE_URL": "https://lydia.example.org",
    "LYDIA_VENDOR_TOKEN": "58385365be57f651843810",
    "LYDIA_PRIVATE_TOKEN": "0123456789abcdef012345",
    "LYDIA_BAR_VENDOR_TOKEN": "bar85365be57f651843810",
    "LYDIA_BAR_PRIVATE_TOKEN": "bar3456789abcdef012345",
    "ALLOW_LYDIA_SANDBOX": "0",
    "GRI_IBAN": "FR14 2004 1010 0505 0001 3M02 606",
    "GRI_BIC": "PSSTFRPPPAR",
    "GRI_BENEFICIARY": "GRI ESPCI",
    "SAML_IDP_METADATA_FILE": "/nonexistent/idp.xml",
    "SAML_IDP_METADATA_URL": "https://idp.example.org/metadata",
    "SAML_IDP_METADATA_FALLBACK_URL": "https://copy.example.org/metadata",
    "SAML_IDP_METADATA_CERTIFICATE": "/nonexistent/federation.pem",
    "SAML_IDP_METADATA_COPY": "/nonexistent/copy.xml",
    "SAML_IDP_ENTITY_ID": "https://idp.example.org/idp",
    "SAML_SP_ENTITY_ID": "https://site.example.org/saml/metadata",
    "SAML_CERTIFICATE_PRIVATE_KEY_FILE": "/nonexistent/saml.key",
    "SAML_CERTIFICATE_PUBLIC_KEY_FILE": "/nonexistent/saml.crt",
    "PROMO_OFFSET": "1881",
    "SCHOOL_CLASSES": "5",
    "EXPORTS_DIR": "/nonexistent/exports",
    "PHOTOS_BASE_PATH": "/nonexistent/photos",
    "PHOTOS_EXPIRES_DELAY": "600",
    "BAR_AVATARS_BASE_PATH": "/nonexistent/bar_avatars",
    "BAR_USERS_PER_PAGE": "24",
    "BAR_ITEMS_PER_PAGE": "20",
    "CLUB_Q": "club-q@example.org",
    "CLUB_Q_BASE_PATH": "/nonexistent/club_q",
    "BEKKS_BASE_PATH": "/nonexistent/bekks",
    "THEATRE_BASE_PATH": "/nonexistent/theatre",
    "BANNERS_BASE_PATH": "/nonexistent/banners",
    "VAPID_PUBLIC_KEY": "B" + "A" * 86,
    "VAPID_PRIVATE_KEY_PATH": "/nonexistent/vapid.pem",
    "BACKUP_REPOSITORY": "sftp:pem@backup.example.org:/srv/pem",
    "BACKUP_PASSWORD_FILE": "/nonexistent/password",
    "BACKUP_S3_ACCESS_KEY_ID": "a key",
    "BACKUP_S3_SECRET_ACCESS_KEY": "hidden from all too",
    "BACKUP_STAGING_DIR": "/nonexistent/staging",
    "BACKUP_EXTRA": "/etc/nginx/psl.htpasswd; /etc/hosts",
    "BACKUP_KEEP_DAYS": "14",
    "BACKUP_KEEP_WEEKS": "0",
    "BACKUP_KEEP_MONTHS": "12",
    "CLUB_Q_IBAN": "FR14 2004 1010 0505 0001 3M02 606",
    "CLUB_Q_BIC": "PSSTFRPPPAR",
    "MAINTENANCE": "no",
    "CAPTCHA_BITS": "8",
    "ERROR_WEBHOOK": "https://chat.example.org/api/webhooks/1/errors",
    "LOGGING_WEBHOOK": "https://chat.example.org/api/webhooks/2/actions",
    "MESSAGE_WEBHOOK": "https://chat.example.org/api/webhooks/3/messages",
    "MAIL_WEBHOOK": "https://chat.example.org/api/webhooks/4/mails",
    "GRI_ROLE_ID": "123456789012345678",
    "TRUSTED_NETWORKS": "192.0.2.0/24;2001:db8::/32",
    "METRICS_TOKEN": "as long as it must be",
    "METRICS_DIR": "/nonexistent/metrics",
    "PGADMIN_URL": "https://pgadmin.example.org/",
}
#: Refused in production, whatever their value.
FORCED = {"FORCE_IP": "10.0.1.1", "FORCE_MAC": "3c:22:fb:00:00:01"}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """That of an installation which sets what it must, and nothing else."""
    for name in variables(Settings):
        monkeypatch.delenv(name, raising=False)
    for name, value in REQUIRED.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_this_test_knows_every_variable() -> None:
    assert {*REQUIRED, *OPTIONAL, *FORCED} == set(variables(Settings))


@pytest.mark.parametrize("name", ["SECRET_KEY", "SERVER_NAME", "ADMINS"])
@pytest.mark.parametrize("emptied", [False, True])
def test_what_production_needs_is_asked_by_name(
    environment: pytest.MonkeyPatch, name: str, emptied: bool
) -> None:
    if emptied:
        environment.setenv(name, "")
    else:
        environment.delenv(name)

    with pytest.raises(SettingsError, match=f"^{name}: required in production$"):
        read_settings()


def test_production_is_what_an_installation_is_unless_it_says_otherwise(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.delenv("MODE")
    environment.delenv("SECRET_KEY")

    with pytest.raises(SettingsError, match="SECRET_KEY"):
        read_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MODE", "prod"),
        ("SECRET_KEY", "too short"),
        ("SECRET_KEY", " " * 40),
        ("SQLALCHEMY_DATABASE_URI", "garbage"),
        ("SQLALCHEMY_DATABASE_URI", "oracle://user:hunter2@host/base"),
        ("SQLALCHEMY_DATABASE_URI", "postgresql://user:hunter2@host:port/base"),
        ("SQLALCHEMY_POOL_SIZE", "0"),
        ("SQLALCHEMY_POOL_TIMEOUT", "0"),
        ("BACKUP_REPOSITORY", "backups"),
        ("BACKUP_REPOSITORY", "ftp:user@host:/path"),
        ("BACKUP_KEEP_DAYS", "0"),
        ("BACKUP_STAGING_DIR", "staging"),
        ("BACKUP_EXTRA", "/etc/hosts; hosts"),
        ("SERVER_NAME", "https://site.example.org/"),
        ("SERVER_NAME", "site.example.org/path"),
        ("SERVER_NAME", " "),
        ("PREFERRED_URL_SCHEME", "gopher"),
        ("PREFERRED_URL_SCHEME", "http"),
        ("ADMINS", "nobody"),
        ("ADMINS", "gri@example.org;nobody"),
        ("ADMINS", " ; "),
        ("MAX_CONTENT_LENGTH", "many"),
        ("MAX_CONTENT_LENGTH", "0"),
        ("BRANCH", "b" * 33),
        ("LOG_DIR", "logs"),
        ("LOG_RETENTION_DAYS", "0"),
        ("LOG_RETENTION_DAYS", "a year"),
        ("MAIL_PORT", "smtp"),
        ("MAIL_PORT", "65536"),
        ("MAIL_USE_TLS", "maybe"),
        ("MAIL_SUPPRESS_SEND", "2"),
        ("INTERNAL_NETWORKS", "10"),
        ("INTERNAL_NETWORKS", "10.0.0.0/99"),
        ("TRUSTED_PROXIES", "localhost"),
        ("NEIGHBOUR_CACHE_SECONDS", "61"),
        ("NEIGHBOUR_CACHE_SECONDS", "-1"),
        ("NEIGHBOUR_CACHE_SECONDS", "nan"),
        ("FORCE_IP", "10.0.1.1"),
        ("FORCE_IP", "here"),
        ("FORCE_MAC", "3c:22:fb:00:00:01"),
        ("FORCE_MAC", "zz:22:fb:00:00:01"),
        ("FORCE_MAC", "1_:22:fb:00:00:01"),
        ("RESERVED_MACS", "3c:22:fb:00:00:01;gateway"),
        ("BUILDING_FLOORS", "1"),
        ("BUILDING_FLOORS", "1:300"),
        ("ADDRESS_GATEWAY", "gateway"),
        ("ADDRESS_GATEWAY", "192.168.0.1"),
        ("ADDRESS_POOL", "10.0.0.100-10.0.0.99"),
        ("ADDRESS_DEVICES", "10.{rank}.{floor}"),
        ("ADDRESS_BANS", "all of them"),
        ("DHCP_FORMAT", "bind"),
        ("LYDIA_BASE_URL", "sandbox"),
        ("LYDIA_BASE_URL", "http://lydia.example.org"),
        ("LYDIA_BASE_URL", "lydia"),
        ("LYDIA_BASE_URL", "https://lydia.example.org/?hunter2"),
        ("LYDIA_VENDOR_TOKEN", "hunter2"),
        ("LYDIA_PRIVATE_TOKEN", "hunter2" * 4),
        ("LYDIA_BAR_VENDOR_TOKEN", "hunter2 hunter2 hunter2"),
        ("LYDIA_BAR_PRIVATE_TOKEN", "é" * 22),
        ("ALLOW_LYDIA_SANDBOX", "perhaps"),
        ("GRI_IBAN", "FR14 2004 1010 0505 0001 3M02 607"),
        ("GRI_IBAN", "FR14"),
        ("GRI_BIC", "PSST"),
        ("GRI_BENEFICIARY", "G" * 71),
    ],
)
def test_garbage_stops_the_start_and_is_named(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    environment.setenv(name, value)

    with pytest.raises(SettingsError) as stopped:
        create_app()

    said = str(stopped.value)
    assert said.startswith(name)
    assert "\n" not in said
    assert KEY not in said
    assert "hunter2" not in said


def test_the_sandbox_runs_in_production_where_it_is_allowed(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("LYDIA_BASE_URL", "sandbox")
    environment.setenv("ALLOW_LYDIA_SANDBOX", "1")
    environment.setenv("SQLALCHEMY_DATABASE_URI", "sqlite://")

    lydia = create_app().extensions["lydia"]

    page = lydia.page_of("uuid", PaymentMethod.card)
    assert page == "https://site.example.org/sandbox/lydia/collect/payment/uuid/cb"


@pytest.mark.parametrize("missing", ["LYDIA_VENDOR_TOKEN", "LYDIA_PRIVATE_TOKEN"])
def test_half_an_account_at_lydia_takes_no_money(
    environment: pytest.MonkeyPatch, missing: str
) -> None:
    environment.setenv("SQLALCHEMY_DATABASE_URI", "sqlite://")
    for name, value in OPTIONAL.items():
        if name.startswith("LYDIA_") and name != missing:
            environment.setenv(name, value)

    lydia = create_app().extensions["lydia"]

    assert not lydia.takes(PaymentType.internet)
    assert lydia.takes(PaymentType.bar)


def test_two_ranges_that_overlap_are_both_named(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ADDRESS_BANS", "10.0.0.150-10.0.0.250")

    with pytest.raises(SettingsError) as stopped:
        read_settings()

    for part in ("ADDRESS_POOL", "ADDRESS_BANS", ": 10.0.0.150"):
        assert part in str(stopped.value)


def test_a_floor_outside_of_the_plan_stops_the_start(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("BUILDING_FLOORS", "1:16;9:4")

    with pytest.raises(SettingsError, match=r"ADDRESS_DEVICES.*ADDRESS_BANS.*10\.0\.9\.1"):
        read_settings()


PAIR = ("SAML_CERTIFICATE_PRIVATE_KEY_FILE", "SAML_CERTIFICATE_PUBLIC_KEY_FILE")


@pytest.mark.parametrize("missing", PAIR)
def test_one_key_of_a_pair_is_no_pair(environment: pytest.MonkeyPatch, missing: str) -> None:
    for name in PAIR:
        environment.setenv(name, OPTIONAL[name])
    environment.delenv(missing)

    with pytest.raises(SettingsError, match="both, or none"):
        read_settings()


def test_backups_are_not_made_without_a_password(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("BACKUP_REPOSITORY", OPTIONAL["BACKUP_REPOSITORY"])

    with pytest.raises(SettingsError, match=r"^BACKUP_PASSWORD_FILE: required with"):
        read_settings()


@pytest.mark.parametrize("name", sorted(set(OPTIONAL) - {*PAIR, "BACKUP_PASSWORD_FILE"}))
def test_nothing_that_looks_optional_is_required(
    environment: pytest.MonkeyPatch, name: str
) -> None:
    for given, value in OPTIONAL.items():
        environment.setenv(given, value)
    read_settings()
    environment.delenv(name)

    without = read_settings()
    environment.setenv(name, "")

    assert read_settings() == without


def test_a_site_with_the_least_settings_has_its_pages(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SQLALCHEMY_DATABASE_URI", "sqlite://")
    app = create_app()
    with app.app_context():
        Base.metadata.create_all(db.engine)
        furnish(db.session())
    browser = app.test_client()

    answers = {path: browser.get(path).status_code for path in ("/", "/login", "/contact")}

    assert answers == {"/": 302, "/login": 200, "/contact": 200}
    assert browser.get("/legal").status_code == 200
    with app.app_context():
        db.engine.dispose()


def test_a_variable_of_the_machine_is_not_one_of_ours(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("MAIL", "/var/mail/root")  # where login shells say that mail is
    environment.setenv("NETWORK", "up")

    assert read_settings().mail.server == "localhost"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        *((w, True) for w in ("1", "true", "yes", "on", "On")),
        *((w, False) for w in ("0", "false", "no", "off", "OFF", "")),
    ],
)
def test_a_boolean_is_written_in_several_ways(
    environment: pytest.MonkeyPatch, written: str, read: bool
) -> None:
    environment.setenv("MAIL_USE_TLS", written)

    assert read_settings().mail.use_tls is read


def test_lists_lose_their_blanks(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ADMINS", " gri@example.org ;; Bureau@Example.ORG; ")
    environment.setenv("INTERNAL_NETWORKS", " 10.0.0.0/8 ; ")
    environment.setenv("SECRET_KEY_FALLBACKS", ";former key ;")

    settings = read_settings()

    assert settings.admins == ("gri@example.org", "Bureau@example.org")
    assert settings.network.internal_networks == (IPv4Network("10.0.0.0/8"),)
    assert [key.get_secret_value() for key in settings.secret_key_fallbacks] == ["former key"]


def test_no_admin_is_an_empty_list_on_a_developers_machine(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("MODE", "development")
    environment.setenv("ADMINS", "")

    settings = read_settings()

    assert settings.admins == ()
    assert settings.origin == "http://site.example.org"


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("postgres://u@h/b", "postgresql+psycopg2://u@h/b"),
        ("postgresql://u@h/b", "postgresql+psycopg2://u@h/b"),
        ("mariadb://u@h/b", "mariadb+pymysql://u@h/b"),
        ("mysql+pymysql://u@h/b", "mysql+pymysql://u@h/b"),
        ("sqlite:////srv/site.db", "sqlite:////srv/site.db"),
    ],
)
def test_a_database_needs_no_driver_in_its_name(
    environment: pytest.MonkeyPatch, url: str, read: str
) -> None:
    environment.setenv("SQLALCHEMY_DATABASE_URI", url)

    assert read_settings().database_url == read


def test_settings_are_frozen_and_keep_their_secrets(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("MAIL_PASSWORD", "hunter2")
    settings = read_settings()

    with pytest.raises(ValueError, match="frozen"):
        settings.mode = "testing"
    assert isinstance(settings.mail, Section)
    assert KEY not in repr(settings)
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [("ADMINS", ""), ("MAIL_PORT", "smtp"), ("SQLALCHEMY_DATABASE_URI", "oracle://u:hunter2@h/b")],
)
def test_the_server_stops_at_once_and_says_why(name: str, value: str) -> None:
    empty = dict.fromkeys(variables(Settings), "")
    given = empty | REQUIRED | {name: value, "PYTHONPATH": str(ROOT)}
    starter = f"import runpy; runpy.run_path({str(ROOT / 'pc-est-magique.py')!r})"

    stopped = subprocess.run(
        [sys.executable, "-c", starter],
        env=given,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert stopped.returncode == 2
    assert stopped.stderr.startswith(f"PC est magique does not start: {name}")
    assert stopped.stderr.count("\n") == 1
    assert KEY not in stopped.stderr
    assert "hunter2" not in stopped.stderr


def test_a_new_key_logs_nobody_out_while_the_former_is_known(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'site.db'}"
    old, new = SecretStr("the former key, as long as it must be"), SecretStr(KEY)
    keys = [(old, ()), (new, (old,)), (new, ())]
    before, after, later = (_app(url, secret_key=key, secret_key_fallbacks=f) for key, f in keys)
    with before.app_context():
        Base.metadata.create_all(db.engine)
        furnish(db.session())
        factories.use(db.session())
        begun = LoginSession(pceen=PCeenFactory(), method=LoginMethod.password)
        db.session.add(begun)
        db.session.commit()
        browser = before.test_client()
        with browser.session_transaction() as cookie:
            cookie["_user_id"] = begun.secret

    homes = [_home(app, browser.get_cookie("session")) for app in (before, after, later)]

    assert homes == [200, 200, 302]
    for app in (before, after, later):
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def _app(url: str, **keys: object) -> Flask:
    return create_app(settings_of(url).model_copy(update=keys))


def _home(app: Flask, cookie: Cookie | None) -> int:
    """What the home page answers to who has this cookie."""
    assert cookie is not None
    browser = app.test_client()
    browser.set_cookie("session", cookie.value)
    return browser.get("/").status_code
