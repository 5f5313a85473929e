"""What the checks do at a counter, each as one call."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from dispensing import checks
from fixtures import cast
from tests.platform import codes
from tests.security.harness import House


def insurance_code(
    house: House, purpose: str = "download", outlet: str = cast.LUCHENG_PHARMACY
) -> str:
    """Let alice open a code for a pharmacy."""
    wanted = {"purpose": purpose, "outlet": outlet}
    return str(house.program("alice").post("/insurance-codes", wanted)["text"])


def settle(
    house: House,
    rx: UUID | str,
    scanned: str,
    *,
    who: str = "counter",
    batch: int = 1,
    **more: Any,
) -> TestResponse:
    """Settle a prescription with a code, and a batch of packs of its own."""
    asked = {"scanned_code": scanned, "trace_codes": codes(batch), **more}
    return house.program(who).ask("PUT", f"/prescriptions/{rx}/settlement", asked)


def leave_out(patch: pytest.MonkeyPatch, names: Iterable[str]) -> None:
    """Build a house in which some checks of a dispensing find nothing."""
    silent = frozenset(names)
    kept = tuple(
        (name, (lambda *_: None) if name in silent else check)
        for name, check in checks.CHECKS.items()
    )
    patch.setattr(checks, "_IN_ORDER", kept)
