"""The identity providers that an operator lets in: one file, read at the start."""

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from web.webhooks.reach import Reach, reach_of

# A patient signs in by a password of the own: nobody else speaks for them.
STAFF = (
    *("counter", "pharmacist", "hospital", "dispatch", "courier"),
    *("bureau", "admin", "auditor", "health"),
)


class Provider(BaseModel):
    """One provider: who it is, who we are to it, and for which accounts it may speak."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slug: str = Field(pattern=r"^[a-z0-9-]{1,32}$")
    name: str = Field(min_length=1, max_length=40)
    issuer: str = Field(pattern=r"^https?://[^\s?#]{1,200}$")
    client_id: str = Field(min_length=1, max_length=200)
    secret_file: Path
    audience: str = ""  # of the ID token; the client's own id unless it says otherwise
    claim: str = Field(default="sub", pattern=r"^[a-z_]{1,40}$")  # that names a person
    roles: tuple[str, ...] = Field(min_length=1)
    subjects: tuple[str, ...] = Field(min_length=1)  # institutions or areas
    # What of the provider's own words means that it asked for a second factor.
    second_factor_acr: tuple[str, ...] = ()
    second_factor_amr: tuple[str, ...] = ()
    networks: str = ""  # that are reached besides the public one
    plain_http: bool = False
    ca_file: Path | None = None

    @field_validator("roles")
    @classmethod
    def _staff_alone(cls, roles: tuple[str, ...]) -> tuple[str, ...]:
        if not set(roles) <= set(STAFF):
            raise ValueError(f"expected some of {', '.join(STAFF)}")
        return roles

    @field_validator("networks")
    @classmethod
    def _networks_are_networks(cls, networks: str) -> str:
        reach_of(networks, plain_http=False)
        return networks

    @property
    def reach(self) -> Reach:
        """Tell which places may be asked on this provider's behalf."""
        return reach_of(self.networks, plain_http=self.plain_http)

    @property
    def secret(self) -> str:
        """Read the client's secret from its file."""
        return self.secret_file.read_text("utf-8").strip()

    def speaks_for(self, roles: set[str], subject: str) -> bool:
        """Tell whether it may sign in an account of these roles and this institution."""
        return bool(roles) and roles <= set(self.roles) and subject in self.subjects


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    providers: tuple[Provider, ...] = ()


def read_providers(path: Path | None) -> dict[str, Provider]:
    """Read the operator's file; ValueError names what is wrong with it."""
    if path is None:
        return {}
    found = _File.model_validate(tomllib.loads(path.read_text("utf-8"))).providers
    for each in found:
        if not each.secret_file.is_file():
            raise ValueError(f"{each.slug}: {each.secret_file} is no file")
    known = {each.slug: each for each in found}
    if len(known) != len(found) or len({each.issuer for each in found}) != len(found):
        raise ValueError(f"{path.name}: a slug or an issuer stands there twice")
    return known
