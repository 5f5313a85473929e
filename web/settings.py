"""What an operator may set: the environment variables that begin with YAODA_."""

from datetime import date
from ipaddress import ip_network
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, IPvAnyAddress, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from dispensing import policy
from dispensing.approvals import read_thresholds
from dispensing.gateway.national.transport import READ_MS_MAX
from dispensing.intake import national
from dispensing.intake.instants import Instant
from dispensing.retention import read_terms
from dispensing.signing import ED25519, SM2
from routing.reserve import RESERVE_PERCENT
from routing.travel.figures import read_figures
from web import breached, chart, db

CodeReason = Literal["expired", "used", "forged", "inactive", "other_identity"]


class Settings(BaseSettings):
    """The settings of one running platform, read from the environment once."""

    # What is set to nothing is not set: an empty host would be every address.
    model_config = SettingsConfigDict(
        env_prefix="YAODA_", env_ignore_empty=True, extra="ignore", frozen=True
    )

    var_dir: Path = Path("var")
    database_url: str = Field(default_factory=db.database_url)
    region: str = "wenzhou"
    messages_region: str = "national"  # how national messages are written
    overlay: Path | None = None  # the operator's figures for open parameters
    approvals: Path | None = None  # up to what one person overrides alone, with sources
    retention: Path | None = None  # how long what is kept, with sources
    # From how many masked values opened on a day an account is told of.
    openings_told_from: int = Field(default=20, ge=1, le=100_000)
    clock_start: Instant | None = None  # "now" starts here and flows
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    threads: int = Field(default=8, ge=1, le=256)
    # Pages that hear of changes at once, in one process; the rest ask every few seconds.
    live_streams_max: int = Field(default=500, ge=0, le=10_000)
    sweep_seconds: int = Field(default=60, ge=1, le=3600)  # between two sweeps
    seal_seconds: int = Field(default=5, ge=1, le=3600)  # between two seals
    # That do jobs beside the answers; none where `yaoda work` does them.
    work_threads: int = Field(default=3, ge=0, le=32)
    # By which the next key of the vault seals; SM4 where commercial ciphers are asked for.
    vault_algorithm: Literal["aes-256-gcm", "sm4-gcm"] = "aes-256-gcm"
    anchor_dir: Path | None = None  # the audit's anchors; var/anchors unless given
    https: bool = False  # cookies only over TLS, and HSTS
    proxy: IPvAnyAddress | None = None  # whom X-Forwarded-For and -Proto are believed
    openapi: Literal["open", "signed-in"] = "signed-in"  # who reads /openapi.json
    body_bytes_max: int = Field(default=256 * 1024, ge=1024)
    # What one account may read in a minute; it may write half as often (web/rates.py).
    requests_minute_max: int = Field(default=600, ge=0, le=1_000_000)
    breached_passwords: Path | None = None  # SHA-1:COUNT, sorted; none may be set
    password_memory_kib: int = Field(default=65_536, ge=64)
    token_hours: int = Field(default=12, ge=1, le=24 * 7)
    # Whether staff sign in with a second factor (等保 8.1.4.1 身份鉴别).
    second_factor: Literal["staff", "off"] = "staff"
    # How long a session of the pages lasts at most, and how long it may lie unused: a
    # courier rides for a shift without looking at the phone.
    session_staff_hours: int = Field(default=12, ge=1, le=24)
    session_patient_hours: int = Field(default=24, ge=1, le=24 * 7)
    idle_staff_minutes: int = Field(default=15, ge=1, le=24 * 60)
    idle_courier_minutes: int = Field(default=12 * 60, ge=1, le=24 * 60)
    sessions_max: int = Field(default=5, ge=1, le=1_000)  # of one account at a time
    issued_ahead_seconds: int = Field(default=300, ge=0, le=86_400)  # of clocks
    late_after_revocation_hours: int = Field(default=24, ge=0, le=24 * 31)
    basemap: Path | None = None  # GeoJSON drawn under the routes
    gateway: Path | None = None  # the embedded sandbox platform's own file
    # The platform over the national interface, instead of the embedded sandbox.
    gateway_url: str | None = Field(default=None, pattern=r"^https?://\S{1,200}$")
    gateway_region: str = "national"  # how it speaks: a name, or a .toml file
    gateway_connect_ms: int = Field(default=3_000, ge=1, le=READ_MS_MAX)
    gateway_read_ms: int = Field(default=20_000, ge=1, le=READ_MS_MAX)
    gateway_secret: Path | None = None  # our SM2 key: 64 hexadecimal digits
    gateway_public: Path | None = None  # the platform's SM2 key: 128 of them
    gateway_ca: Path | None = None  # whom a private line trusts, as PEM
    # Whether it is asked about a patient before a settlement (1101, 5301), and what a
    # difference does; by default `warn` where a platform is reached by its address.
    gateway_asks: Literal["none", "warn", "refuse"] | None = None
    upload_seconds: int = Field(default=5, ge=1, le=3600)  # between two rounds
    uploads_since: date | None = None  # what was sold on earlier days is not uploaded
    # Who reads insurance codes: our own issuer, or the national decoder (ec.query).
    codes: Literal["embedded", "national"] = "embedded"
    codes_url: str | None = Field(default=None, pattern=r"^https?://\S{1,200}$")
    codes_office: str = Field(default="0001", min_length=1, max_length=20)
    codes_office_name: str = Field(default="药房", min_length=1, max_length=30)
    codes_seconds_max: int = Field(default=5, ge=1, le=60)
    codes_refusals: dict[str, CodeReason] = {}  # its error numbers, as reasons of ours
    backup_key: Path | None = None  # the file of the key that archives are sealed with
    # Who knows the roads: nobody (the geodesic with a detour), OSRM or Valhalla at an
    # address, or OSRM in this process from a prepared extract.
    roads: Literal["geodesic", "osrm", "valhalla", "osrm-here"] = "geodesic"
    roads_url: str | None = Field(default=None, pattern=r"^https?://\S{1,200}$")
    roads_profile: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]{1,40}$")
    roads_extract: Path | None = None  # what osrm-extract made: town.osrm
    roads_places_max: int = Field(default=100, ge=2, le=10_000)  # in one question
    roads_seconds_max: int = Field(default=60, ge=1, le=600)  # for one plan
    roads_figures: Path | None = None  # the operator's own detour and speeds
    roads_keep_mb: int = Field(default=512, ge=0, le=100_000)  # of answers kept
    # How much of the time until a window closes plans leave free (docs/routing.md).
    plan_reserve_percent: int = Field(default=RESERVE_PERCENT, ge=0, le=100)
    # Who is asked for addresses that are not known here: nobody, or others through geopy.
    geocoder: Literal["none", "nominatim", "baidu"] = "none"
    geocoder_url: str = Field(
        default="https://nominatim.openstreetmap.org", pattern=r"^https?://\S{1,200}$"
    )
    geocoder_key: Path | None = None  # the file of Baidu's key
    geocoder_per_second: float = Field(default=1, gt=0, le=50)
    # Positions of couriers: forgotten after so many days, and how exact one has to be.
    positions_keep_days: int = Field(default=30, ge=1, le=3650)
    positions_within_m: int = Field(default=200, ge=1, le=10_000)
    # From when on the dispatcher is told (docs/live.md says where each default is from).
    watch_seconds: int = Field(default=15, ge=1, le=3600)  # between two looks
    alert_start_minutes: int = Field(default=15, ge=0, le=24 * 60)
    alert_late_minutes: int = Field(default=0, ge=0, le=24 * 60)
    alert_standing_minutes: int = Field(default=30, ge=1, le=24 * 60)
    alert_off_route_m: int = Field(default=500, ge=50, le=100_000)
    alert_off_route_minutes: int = Field(default=5, ge=0, le=24 * 60)
    alert_silent_minutes: int = Field(default=20, ge=1, le=24 * 60)
    alert_cold_minutes: int = Field(default=15, ge=0, le=24 * 60)
    pg_bin: Path | None = None  # the folder of pg_dump and pg_restore
    # The file of the key that /metrics is read with; else it is for this machine alone.
    metrics_key: Path | None = None
    # The file of the identity providers that staff may sign in by (OpenID Connect).
    oidc: Path | None = None
    logins_failed_max: int = Field(default=10, ge=1)
    signature: Literal["ed25519", "sm2"] = "ed25519"  # what receipts are signed by
    # Who reviews a prescription (审方) before it is settled: `law` is one pharmacist for what
    # comes over the internet, and none for others.
    review: Literal["law", "none", "one", "two"] = "law"
    claim_minutes: int = Field(default=120, ge=1, le=7 * 24 * 60)
    refill_lead_days: int = Field(default=0, ge=0, le=90)  # how much earlier to come
    receipt_paper: Literal["58", "80", "a4"] = "80"  # of the counter's printer
    # Notices: networks that are allowed besides the public one (10.20.0.0/16, fd00::/8),
    # plain HTTP, and a file of certificates that are trusted besides the usual ones.
    notice_seconds: int = Field(default=2, ge=1, le=3600)  # between two rounds
    notice_networks: str = ""
    notice_http: bool = False
    notice_ca_file: Path | None = None
    # Where people reach the platform, for the codes on receipts: https://...
    address: str | None = Field(
        default=None, pattern=r"^https?://[^\s#?]{1,60}[^\s#?/]$"
    )

    @model_validator(mode="after")
    def _national_codes_have_a_line(self) -> Self:
        if self.codes == "national" and self.codes_url is None:
            raise ValueError("national codes want YAODA_CODES_URL, the front machine")
        return self

    @model_validator(mode="after")
    def _roads_have_a_place(self) -> Self:
        if self.roads in ("osrm", "valhalla") and self.roads_url is None:
            raise ValueError("this road engine wants YAODA_ROADS_URL, its address")
        if self.roads == "osrm-here" and self.roads_extract is None:
            raise ValueError("OSRM in process wants YAODA_ROADS_EXTRACT")
        return self

    @model_validator(mode="after")
    def _baidu_has_its_key(self) -> Self:
        if self.geocoder == "baidu" and not (
            self.geocoder_key and self.geocoder_key.is_file()
        ):
            raise ValueError("Baidu wants YAODA_GEOCODER_KEY, the file of its key")
        return self

    @field_validator("roads_figures")
    @classmethod
    def _figures_have_a_source(cls, path: Path | None) -> Path | None:
        if path is not None:
            read_figures(path)
        return path

    @field_validator("approvals")
    @classmethod
    def _thresholds_have_a_source(cls, path: Path | None) -> Path | None:
        if path is not None:
            read_thresholds(path)
        return path

    @field_validator("retention")
    @classmethod
    def _terms_have_a_source(cls, path: Path | None) -> Path | None:
        if path is not None:
            read_terms(path)
        return path

    @field_validator("breached_passwords")
    @classmethod
    def _breached_can_be_searched(cls, path: Path | None) -> Path | None:
        return path if path is None else breached.check(path)

    @model_validator(mode="after")
    def _providers_send_people_back(self) -> Self:
        if self.oidc is not None and self.address is None:
            raise ValueError(
                "providers want YAODA_ADDRESS, where they send people back"
            )
        return self

    @field_validator("region")
    @classmethod
    def _region_is_known(cls, region: str) -> str:
        known = policy.regions()
        if region not in known:
            raise ValueError(f"expected one of {', '.join(known)}")
        return region

    @field_validator("messages_region")
    @classmethod
    def _messages_are_mapped(cls, name: str) -> str:
        try:
            return national.region(name).name
        except LookupError as error:
            raise ValueError(str(error)) from None

    @field_validator("notice_networks")
    @classmethod
    def _networks_are_networks(cls, networks: str) -> str:
        for each in filter(None, (part.strip() for part in networks.split(","))):
            ip_network(each)
        return networks

    @field_validator("basemap")
    @classmethod
    def _basemap_can_be_drawn(cls, basemap: Path | None) -> Path | None:
        if basemap is None:
            return None
        try:
            chart.draw([], basemap)
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            raise ValueError(f"{basemap}: expected GeoJSON with polygons") from None
        return basemap

    @property
    def secrets_dir(self) -> Path:
        """Name the folder where the keys of this installation lie."""
        return self.var_dir / "secrets"

    @property
    def signing_dir(self) -> Path:
        """Name the folder where the keys lie that receipts are signed with."""
        return self.secrets_dir / "signing"

    @property
    def algorithm(self) -> str:
        """Name the algorithm that receipts are signed by."""
        return SM2 if self.signature == "sm2" else ED25519
