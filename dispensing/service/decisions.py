"""Keep what a decision rested on, sealed, and open it for who asks again."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from dispensing.records import Record
from dispensing.sealed import at, unseal
from dispensing.tables import AssessmentRow
from dispensing.vault import Vault

_COLUMN = "record_sealed"


def sealed_record(vault: Vault, id_: UUID, record: Record) -> str:
    """Seal what was put to the rules for the decision of an id."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return vault.seal(text, at(AssessmentRow, _COLUMN, id_))


def record_of(vault: Vault, row: AssessmentRow) -> Mapping[str, Any]:
    """Open what was put to the rules for a decision."""
    found: dict[str, Any] = json.loads(unseal(vault, row, _COLUMN))
    return found
