"""The settings of an installation, read once from the environment.

Every variable is documented in ``.conf_models/model.env``; a test keeps the
two together.
"""

import base64
import os
import re
import secrets
import shlex
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import urlsplit

import sqlalchemy as sa
from email_validator import EmailNotValidError, validate_email
from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    IPvAnyAddress,
    IPvAnyNetwork,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from stdnum import bic, iban
from stdnum.exceptions import ValidationError as StdnumError

from app.core.addresses import AddressPlan
from app.core.promos import Calendar

ROOT = Path(__file__).parents[1]
#: Where an installation keeps what is its own.
INSTANCE = ROOT / "instance"


class SettingsError(ValueError):
    """A variable is missing or wrong; the text names it, and holds no secret."""


def _with_driver(url: str) -> str:
    """Name our driver in a URL that names none."""
    scheme, colon, rest = url.partition(":")
    drivers = {
        "postgres": "postgresql+psycopg2",
        "postgresql": "postgresql+psycopg2",
        "mariadb": "mariadb+pymysql",
        "mysql": "mysql+pymysql",
    }
    return drivers.get(scheme, scheme) + colon + rest


#: What SQLAlchemy calls the databases that the site runs on.
_DATABASES = ("sqlite", "postgresql", "mysql", "mariadb")
_HOST = re.compile(r"(\[[0-9a-f:]+\]|[0-9a-z]([0-9a-z.-]*[0-9a-z])?)(:[0-9]{1,5})?", re.IGNORECASE)
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_WEB_ADDRESS = re.compile(
    r"https?://[0-9a-z]([0-9a-z.-]*[0-9a-z])?(:[0-9]{1,5})?(/[\w.~-]+)*", re.IGNORECASE
)
_LYDIA_TOKEN = re.compile(r"[A-Za-z0-9]{22}")
#: What stands for the address of the program that plays Lydia.
SANDBOX = "sandbox"


def _of_a_database(url: str) -> str:
    """A URL that names one of our databases; the text of the error tells nothing of it."""
    try:
        known = sa.make_url(url).get_backend_name() in _DATABASES
    except (sa.exc.ArgumentError, ValueError):
        known = False
    if not known:
        raise ValueError("write postgresql://user:password@host/base, or mariadb:, or sqlite:")
    return url


def _host(name: str) -> str:
    """The name of a host, with a port perhaps: nothing else goes into our links."""
    if not _HOST.fullmatch(name):
        raise ValueError("write a host name alone, as in pc-est-magique.fr")
    return name


def _name(text: str) -> str:
    """A host name or an address, as browsers' are compared; the port is nobody's business."""
    name = text.lower().rstrip(".")
    if not _HOST.fullmatch(name) or re.search(r":[0-9]{1,5}$", name):
        raise ValueError("write host names or addresses alone, without a port")
    return name


def _words(text: object) -> object:
    """A program and its arguments, cut as a shell would, which is not asked."""
    return tuple(shlex.split(text)) if isinstance(text, str) else text


def _absolute(path: Path) -> Path:
    """A place that does not depend on where the site was started from."""
    if not path.is_absolute():
        raise ValueError("write an absolute path")
    return path


def _members(text: object) -> object:
    """The members of a list written with ``;`` between them."""
    if not isinstance(text, str):
        return text
    return tuple(member for part in text.split(";") if (member := part.strip()))


def _address(text: str) -> str:
    """A mail address, as it is compared."""
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None


def _without_unix(members: object) -> object:
    """Networks only: ``unix``, for a socket, is the network of no address."""
    members = _members(members)
    if not isinstance(members, tuple):
        return members
    return tuple("0.0.0.0/32" if member == "unix" else member for member in members)


def _hexadecimal(mac: str) -> str:
    """A hardware address, as it is compared."""
    digits = mac.lower().replace("-", ":")
    if not _MAC.fullmatch(digits):
        raise ValueError("write it as aa:bb:cc:dd:ee:ff")
    return digits


def _lydia_address(address: str) -> str:
    """Where Lydia is, without a slash at the end."""
    address = address.rstrip("/")
    if address != SANDBOX and not _WEB_ADDRESS.fullmatch(address):
        raise ValueError("write https://lydia-app.com, or sandbox")
    return address


def _lydia_token(token: SecretStr) -> SecretStr:
    if not _LYDIA_TOKEN.fullmatch(token.get_secret_value()):
        raise ValueError("22 letters and digits")
    return token


def _iban(text: str) -> str:
    """An account, as banks compare it."""
    try:
        return str(iban.validate(text))
    except StdnumError:
        raise ValueError("this is not the number of an account: check each digit") from None


def _vapid_key(value: str) -> str:
    """The public key of RFC 8292: an uncompressed point of P-256, 65 bytes, in base64url."""
    try:
        key = base64.urlsafe_b64decode(f"{value}{'=' * (-len(value) % 4)}")
    except ValueError:
        key = b""
    if len(key) != 65 or key[0] != 4:
        raise ValueError("not the public key that `flask notifications keys` gives")
    return value.rstrip("=")


def _bic(text: str) -> str:
    """A bank, as banks compare it."""
    try:
        return str(bic.validate(text))
    except StdnumError:
        raise ValueError("8 or 11 letters and digits") from None


def _https(address: str) -> str:
    """An address over https, with all that may follow its path; in clear, on this machine alone."""
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    is_here = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
    is_written = address.isascii() and address.isprintable() and " " not in address
    if not is_written or not parts.hostname or not (parts.scheme == "https" or is_here):
        raise ValueError("write an address that begins with https://")
    return address


def _webhook(address: SecretStr) -> SecretStr:
    """Where a channel of the chat takes messages: who knows it may write there."""
    if not _WEB_ADDRESS.fullmatch(address.get_secret_value()):
        raise ValueError("write the address that Discord gives, as it is")
    return address


LydiaToken: TypeAlias = Annotated[SecretStr, AfterValidator(_lydia_token)]
DatabaseUrl: TypeAlias = Annotated[
    str, BeforeValidator(_with_driver), AfterValidator(_of_a_database)
]
Host: TypeAlias = Annotated[str, AfterValidator(_host)]
AbsolutePath: TypeAlias = Annotated[Path, AfterValidator(_absolute)]
Paths: TypeAlias = Annotated[tuple[AbsolutePath, ...], NoDecode, BeforeValidator(_members)]
Networks: TypeAlias = Annotated[tuple[IPvAnyNetwork, ...], NoDecode, BeforeValidator(_without_unix)]
Addresses: TypeAlias = Annotated[
    tuple[Annotated[str, AfterValidator(_address)], ...], NoDecode, BeforeValidator(_members)
]
Secrets: TypeAlias = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_members)]
Webhook: TypeAlias = Annotated[SecretStr, AfterValidator(_webhook)]
HttpsAddress: TypeAlias = Annotated[str, AfterValidator(_https)]
Netlocs: TypeAlias = Annotated[
    tuple[Annotated[str, AfterValidator(_name)], ...], NoDecode, BeforeValidator(_members)
]
Command: TypeAlias = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]
Mac: TypeAlias = Annotated[str, AfterValidator(_hexadecimal)]
Macs: TypeAlias = Annotated[tuple[Mac, ...], NoDecode, BeforeValidator(_members)]
DhcpFormat: TypeAlias = Annotated[
    Literal["dhcpd", "kea", "dnsmasq"],
    BeforeValidator(lambda name: "dhcpd" if name == "isc" else name),
]


class _Variables(EnvSettingsSource):
    """The environment. A section is not a variable: ``MAIL`` is where login shells keep mail."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseSettings):
            return None, field_name, False
        return super().get_field_value(field, field_name)


class Section(BaseSettings):
    """A group of variables with a common prefix."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, extra="ignore")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # the signature is theirs
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Values given in code, then the environment."""
        return init_settings, _Variables(settings_cls)


class PoolSettings(Section):
    """How a process of the site holds its connections to the database."""

    model_config = SettingsConfigDict(env_prefix="SQLALCHEMY_")

    #: How many it keeps open, and how many more it may open for a while.
    pool_size: int = Field(5, ge=1, le=100)
    max_overflow: int = Field(5, ge=0, le=100)
    #: How long a request waits for one, and after how long one is made anew; in seconds.
    pool_timeout: int = Field(10, ge=1, le=60)
    pool_recycle: int = Field(1800, ge=30, le=86_400)


class MailSettings(Section):
    """The mail server."""

    model_config = SettingsConfigDict(env_prefix="MAIL_")

    server: str = "localhost"
    port: int = Field(25, ge=1, le=65535)
    use_tls: bool = False
    username: str | None = None
    password: SecretStr | None = None
    #: Mails are written to the log and sent to nobody.
    suppress_send: bool = False


class LydiaSettings(Section):
    """Who takes payments online: for Internet, and for the bar."""

    model_config = SettingsConfigDict(env_prefix="LYDIA_")

    #: ``sandbox``: a program of ours that plays its part. Without it, nobody pays online.
    base_url: Annotated[str, AfterValidator(_lydia_address)] | None = None
    vendor_token: LydiaToken | None = None
    private_token: LydiaToken | None = None
    bar_vendor_token: LydiaToken | None = None
    bar_private_token: LydiaToken | None = None

    @property
    def is_sandbox(self) -> bool:
        return self.base_url == SANDBOX


class TransferSettings(Section):
    """Where bank transfers to the GRIs go."""

    model_config = SettingsConfigDict(env_prefix="GRI_")

    #: Without it, nobody pays by transfer.
    iban: Annotated[str, AfterValidator(_iban)] | None = None
    bic: Annotated[str, AfterValidator(_bic)] | None = None
    beneficiary: str = Field("GRI ESPCI", min_length=1, max_length=70)


class ChatSettings(Section):
    """The channels of the GRIs' Discord: without one, what it is for stays here."""

    #: Errors of the site.
    error_webhook: Webhook | None = None
    #: What people do on it.
    logging_webhook: Webhook | None = None
    #: Messages from the contact page.
    message_webhook: Webhook | None = None
    #: Mails that the site receives.
    mail_webhook: Webhook | None = None
    #: The role that alerts mention.
    gri_role_id: Annotated[str, Field(pattern="[0-9]{1,20}")] | None = None


class MonitoringSettings(Section):
    """Who may know how the site is."""

    #: Programs from there read ``/metrics`` and the detail of ``/readyz``.
    trusted_networks: Networks = ()
    #: So do those that show this.
    metrics_token: Annotated[SecretStr, Field(min_length=16)] | None = None
    #: Where the processes of the site count together.
    metrics_dir: AbsolutePath = INSTANCE / "metrics"
    #: Where GRIs look at the database, if somewhere.
    pgadmin_url: Annotated[str, Field(pattern=r"https?://\S+")] | None = None


class SamlSettings(Section):
    """The single sign-on of the school, and our part in it. Without metadata, there is none."""

    model_config = SettingsConfigDict(env_prefix="SAML_")

    idp_metadata_file: AbsolutePath | None = None
    idp_metadata_url: HttpsAddress | None = None
    #: Asked when the other does not answer well.
    idp_metadata_fallback_url: HttpsAddress | None = None
    #: Who must have signed what is fetched: a certificate in PEM.
    idp_metadata_certificate: AbsolutePath | None = None
    #: Where the last good metadata fetched are kept.
    idp_metadata_copy: AbsolutePath = INSTANCE / "idp-metadata.xml"
    #: The name of the identity provider, where its metadata describe several.
    idp_entity_id: str | None = Field(None, max_length=255)
    #: The name that the identity provider knows us by.
    sp_entity_id: str = Field(
        "https://pc-est-magique.fr/saml/metadata", min_length=1, max_length=255
    )
    #: One pair signs our requests and deciphers the answers.
    certificate_private_key_file: AbsolutePath | None = None
    certificate_public_key_file: AbsolutePath | None = None

    @model_validator(mode="after")
    def _have_both_keys(self) -> "SamlSettings":
        if (self.certificate_private_key_file is None) != (
            self.certificate_public_key_file is None
        ):
            raise ValueError(
                "SAML_CERTIFICATE_PRIVATE_KEY_FILE, SAML_CERTIFICATE_PUBLIC_KEY_FILE: both, or none"
            )
        return self

    @property
    def is_configured(self) -> bool:
        """Whether there is a single sign-on at all."""
        return any((self.idp_metadata_file, self.idp_metadata_url, self.idp_metadata_fallback_url))


class PhotosSettings(Section):
    """The photos: where their files are, and what their links are signed with."""

    model_config = SettingsConfigDict(env_prefix="PHOTOS_")

    base_path: AbsolutePath = INSTANCE / "photos"
    #: Shared with the web server, which checks the links.
    secret_key: Annotated[SecretStr, Field(min_length=32)] | None = None
    #: How long a link is good, in seconds.
    expires_delay: int = Field(3600, ge=300, le=86_400)


class BarSettings(Section):
    """The bar: where the pictures of its clients are, and how long its lists are."""

    model_config = SettingsConfigDict(env_prefix="BAR_")

    avatars_base_path: AbsolutePath = INSTANCE / "bar_avatars"
    #: Clients on a page of a search, and lines on a page of the ledger.
    users_per_page: int = Field(12, ge=1, le=200)
    items_per_page: int = Field(10, ge=1, le=200)


class ClubQSettings(Section):
    """Club Q: where its files are, who its mails are from, and where its money goes."""

    model_config = SettingsConfigDict(env_prefix="CLUB_Q_")

    base_path: AbsolutePath = INSTANCE / "club_q"
    #: Who its mails are from; without it, the first of ``ADMINS``.
    sender: Annotated[str, AfterValidator(_address)] | None = Field(None, validation_alias="CLUB_Q")
    #: Without it, nobody pays Club Q by transfer.
    iban: Annotated[str, AfterValidator(_iban)] | None = None
    bic: Annotated[str, AfterValidator(_bic)] | None = None


class BekksSettings(Section):
    """The Bekk: where its issues are."""

    model_config = SettingsConfigDict(env_prefix="BEKKS_")

    base_path: AbsolutePath = INSTANCE / "bekks"


class TheatreSettings(Section):
    """The theatre club: where its posters are."""

    model_config = SettingsConfigDict(env_prefix="THEATRE_")

    base_path: AbsolutePath = INSTANCE / "theatre"


class BannersSettings(Section):
    """The banners of the home page: where their pictures and attachments are."""

    model_config = SettingsConfigDict(env_prefix="BANNERS_")

    base_path: AbsolutePath = INSTANCE / "banners"


class VapidSettings(Section):
    """What notifications are pushed with: a pair of keys (RFC 8292); without it, none are."""

    model_config = SettingsConfigDict(env_prefix="VAPID_")

    #: In base64url: what browsers are given.
    public_key: Annotated[str, AfterValidator(_vapid_key)] | None = None
    #: A file in PEM, which the worker reads.
    private_key_path: AbsolutePath | None = None

    @property
    def is_set(self) -> bool:
        """Whether devices may ring."""
        return self.public_key is not None and self.private_key_path is not None


def _repository(place: str) -> str:
    """Where backups go: a folder of this machine, or one of the places that restic knows."""
    kind, colon, _rest = place.partition(":")
    if not place.startswith("/") and not (colon and kind in _REPOSITORIES):
        raise ValueError("write an absolute path, sftp:user@host:/path or s3:https://host/bucket")
    return place


#: What restic calls the places of its repositories.
_REPOSITORIES = frozenset({"sftp", "s3", "rest", "b2", "azure", "gs", "swift", "rclone"})


class BackupSettings(Section):
    """The backups: where they go, what more is in them, how long they are kept."""

    model_config = SettingsConfigDict(env_prefix="BACKUP_")

    #: As restic writes it. Without it, nothing is backed up.
    repository: Annotated[str, AfterValidator(_repository)] | None = None
    #: What deciphers it: whoever loses it loses the backups.
    password_file: AbsolutePath | None = None
    s3_access_key_id: str | None = Field(None, max_length=128)
    s3_secret_access_key: SecretStr | None = None
    #: Where the copy of the database waits to be sent: as much room as the database takes.
    staging_dir: AbsolutePath = INSTANCE / "backup"
    #: Files and folders of the machine that are not the site's.
    extra: Paths = ()
    #: Of how many days, weeks and months the last backup is kept.
    keep_days: int = Field(7, ge=1, le=366)
    keep_weeks: int = Field(5, ge=0, le=260)
    keep_months: int = Field(6, ge=0, le=120)

    @model_validator(mode="after")
    def _have_a_password(self) -> "BackupSettings":
        if self.repository is not None and self.password_file is None:
            raise ValueError("BACKUP_PASSWORD_FILE: required with BACKUP_REPOSITORY")
        return self

    @property
    def is_set(self) -> bool:
        """Whether anything is backed up."""
        return self.repository is not None


class NetworkSettings(Section):
    """The network of the residence: its addresses, and where its rules are written."""

    internal_networks: Networks = (IPv4Network("10.0.0.0/8"),)
    trusted_proxies: Networks = (IPv4Network("127.0.0.1/32"), IPv6Network("::1/128"))
    neighbour_cache_seconds: float = Field(5, ge=0, le=60)
    force_ip: IPvAnyAddress | None = None
    force_mac: Mac | None = None
    reserved_macs: Macs = ()
    building_floors: str = "1:16;2:26;3:26;4:26;5:26;6:20;7:20"
    address_gateway: IPv4Address = IPv4Address("10.0.0.1")
    address_pool: str = "10.0.0.100-10.0.0.199"
    address_devices: str = "10.{rank}.{floor}.{door}"
    address_bans: str = "10.0.8.0-10.0.255.255"
    #: Without it, no rules are written.
    dhcp_hosts_file: Path | None = None
    dhcp_format: DhcpFormat = "dhcpd"
    #: What the DHCP server keeps of the addresses it gave; without it, nobody's are shown.
    dhcp_leases_file: Path | None = None
    #: Without it, the firewall is told of nobody.
    nft_set_file: Path | None = Field(
        None, validation_alias=AliasChoices("NFT_SET_FILE", "PORTAL_NFT_FILE")
    )
    #: What ``flask dhcp watch`` runs once a file is new.
    dhcp_reload_command: Command = ()
    nft_reload_command: Command = ()
    #: Where the gateway's own helpers say what they have put in force.
    gateway_state_dir: Path | None = None

    @property
    def plan(self) -> AddressPlan:
        """The rooms of the building, and the addresses of each."""
        return AddressPlan.parse(
            floors=self.building_floors,
            gateway=str(self.address_gateway),
            pool=self.address_pool,
            devices=self.address_devices,
            bans=self.address_bans,
            networks=tuple(n for n in self.internal_networks if isinstance(n, IPv4Network)),
        )


class Settings(Section):
    """Everything an installation can choose."""

    mode: Literal["production", "development", "testing"] = "production"
    secret_key: SecretStr | None = None
    secret_key_fallbacks: Secrets = ()
    database_url: DatabaseUrl = Field(
        f"sqlite:///{INSTANCE / 'site.db'}", validation_alias="SQLALCHEMY_DATABASE_URI"
    )
    #: The role that may change tables, for ``flask db`` alone; without it, the site's.
    migration_url: DatabaseUrl | None = Field(None, validation_alias="SQLALCHEMY_MIGRATION_URI")
    server_name: Host = "localhost:5000"
    #: The names that the site answers to; for any other, it is a captive portal.
    netlocs: Netlocs = ()
    preferred_url_scheme: Literal["http", "https"] = "https"
    admins: Addresses = ()
    max_content_length: int = Field(25_000_000, ge=1)
    branch: str | None = Field(None, max_length=32)
    log_dir: AbsolutePath | None = None
    log_retention_days: int = Field(365, ge=1)

    #: Forces the maintenance, whatever the switch says.
    maintenance: bool = False
    #: How hard the proof of work of visitors is: one more doubles it.
    captcha_bits: int = Field(18, ge=8, le=26)

    #: The year in which a promo enters the school, less its number.
    promo_offset: int = Field(1881, ge=1800, le=2000)
    #: How many promos study at once.
    school_classes: int = Field(5, ge=1, le=10)
    #: Where the archives that people ask for wait for them.
    exports_dir: AbsolutePath = INSTANCE / "exports"

    #: Lets a site that is not for real run the sandbox of Lydia in production mode.
    allow_lydia_sandbox: bool = False

    pool: PoolSettings = Field(default_factory=PoolSettings)
    lydia: LydiaSettings = Field(default_factory=LydiaSettings)
    mail: MailSettings = Field(default_factory=MailSettings)
    transfer: TransferSettings = Field(default_factory=TransferSettings)
    network: NetworkSettings = Field(default_factory=NetworkSettings)
    chat: ChatSettings = Field(default_factory=ChatSettings)
    monitoring: MonitoringSettings = Field(default_factory=MonitoringSettings)
    saml: SamlSettings = Field(default_factory=SamlSettings)
    photos: PhotosSettings = Field(default_factory=PhotosSettings)
    bar: BarSettings = Field(default_factory=BarSettings)
    club_q: ClubQSettings = Field(default_factory=ClubQSettings)
    bekks: BekksSettings = Field(default_factory=BekksSettings)
    theatre: TheatreSettings = Field(default_factory=TheatreSettings)
    banners: BannersSettings = Field(default_factory=BannersSettings)
    vapid: VapidSettings = Field(default_factory=VapidSettings)
    backup: BackupSettings = Field(default_factory=BackupSettings)

    @model_validator(mode="before")
    @classmethod
    def _suit_the_mode(cls, values: dict[str, object]) -> dict[str, object]:
        """Ask in production for what only a developer's machine may leave out."""
        given = {name.lower() for name, value in values.items() if value not in (None, "")}
        if values.get("mode", "production") == "production":
            missing = [
                name for name in ("secret_key", "server_name", "admins") if name not in given
            ]
            if missing:
                raise ValueError(f"{missing[0].upper()}: required in production")
        elif "preferred_url_scheme" not in given:
            values["preferred_url_scheme"] = "http"
        return values

    @model_validator(mode="after")
    def _be_safe_in_production(self) -> "Settings":
        if self.mode != "production":
            return self
        if len(self.key.strip()) < 32:
            raise ValueError("SECRET_KEY: 32 characters at least")
        if not self.admins:
            raise ValueError("ADMINS: required in production")
        if self.preferred_url_scheme != "https":
            raise ValueError("PREFERRED_URL_SCHEME: https in production")
        if self.lydia.is_sandbox and not self.allow_lydia_sandbox:
            raise ValueError("LYDIA_BASE_URL: the sandbox is refused in production")
        if (self.lydia.base_url or "").startswith("http:"):
            raise ValueError("LYDIA_BASE_URL: https in production")
        if self.photos.secret_key is None:
            raise ValueError("PHOTOS_SECRET_KEY: required in production")
        for name in ("idp_metadata_url", "idp_metadata_fallback_url"):
            if (getattr(self.saml, name) or "").startswith("http:"):
                raise ValueError(f"SAML_{name.upper()}: https in production")
        for name in ("force_ip", "force_mac"):
            if getattr(self.network, name) is not None:
                raise ValueError(f"{name.upper()}: refused in production")
        return self

    @property
    def key(self) -> str:
        """What everything signed is signed with."""
        return self.secret_key.get_secret_value() if self.secret_key else _developers_key()

    @property
    def keys(self) -> tuple[str, ...]:
        """That key, then the former ones, still good to read with."""
        return (self.key, *(key.get_secret_value() for key in self.secret_key_fallbacks))

    @property
    def photos_key(self) -> str:
        """What the links to protected files are signed with."""
        given = self.photos.secret_key
        return given.get_secret_value() if given else f"photos of {self.key}"

    @property
    def origin(self) -> str:
        """Where the site is: ``https://pc-est-magique.fr``."""
        return f"{self.preferred_url_scheme}://{self.server_name}"

    @property
    def hosts(self) -> frozenset[str]:
        """The names that the site answers to, its own included; empty: any name."""
        own = re.sub(r":[0-9]{1,5}$", "", self.server_name.lower())
        return frozenset({*self.netlocs, own}) if self.netlocs else frozenset()

    @property
    def promos(self) -> Calendar:
        """Which promos study, by year."""
        return Calendar(self.promo_offset, self.school_classes)

    @property
    def is_https(self) -> bool:
        return self.preferred_url_scheme == "https"


def _developers_key() -> str:
    """The key of a developer's machine, made once."""
    path = INSTANCE / "secret_key"
    if not path.exists():
        INSTANCE.mkdir(exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text()


def read_settings() -> Settings:
    """The settings of this installation.

    Raises:
        SettingsError: In one line, the first variable at fault and why.
    """
    try:
        settings = Settings()
        settings.network.plan  # noqa: B018  # a wrong plan stops the start
    except ValidationError as error:
        raise SettingsError(_first_fault(error)) from None
    except ValueError as error:
        raise SettingsError(str(error)) from None
    return settings


_PREFIXES = {
    "PoolSettings": "SQLALCHEMY_",
    "MailSettings": "MAIL_",
    "LydiaSettings": "LYDIA_",
    "TransferSettings": "GRI_",
    "SamlSettings": "SAML_",
    "PhotosSettings": "PHOTOS_",
    "ClubQSettings": "CLUB_Q_",
    "VapidSettings": "VAPID_",
    "BackupSettings": "BACKUP_",
}


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_input=False, include_url=False)[0]
    reason = fault["msg"].removeprefix("Value error, ")
    names = [str(part) for part in fault["loc"] if not isinstance(part, int)]
    if not names:
        return reason
    prefix = _PREFIXES.get(error.title, "")
    name = names[0] if names[0].isupper() else (prefix + names[0]).upper()
    return f"{name}: {reason}"
