"""The rows of the policy texts that decisions rested on, kept word for word."""

from datetime import datetime

from sqlalchemy import event
from sqlmodel import Field, SQLModel

from pharmacies.append_only import guard


class PolicyTextRow(SQLModel, table=True):
    """One text of rules as it stood: a pack's TOML or an overlay, known by its digest.

    Laid down once, with the first decision that rests on it, and never changed. Of the
    notice itself only the digest is kept, inside the pack (`text_sha256`).
    """

    __tablename__ = "policy_text"

    sha256: str = Field(primary_key=True, max_length=64)
    name: str
    text: str
    first_used_at: datetime


event.listen(SQLModel.metadata.tables["policy_text"], "after_create", guard)
