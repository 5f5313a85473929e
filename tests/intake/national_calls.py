"""National calls of the hospital of the small world: numbered, signed, uploaded."""

import base64
from datetime import date
from typing import Any

from dispensing import service
from dispensing.intake.national import region, write
from dispensing.intake.national.messages import Numbered
from dispensing.service.national_taking import Call
from fixtures import cast
from tests import world
from tests.intake import examples, keys
from tests.intake.examples import understood

KEY = "hospital-2025"
NATIONAL = region("national")


def call(issuer: str = cast.HOSPITAL, name: str = "national") -> Call:
    """Make one call of an institution at noon."""
    return Call(region(name), issuer, world.NOON)


def add_key(session: Any, kind: str = keys.SM2) -> None:
    """Let the hospital have a key of a kind."""
    key = service.IssuerKey(
        key_id=KEY,
        issuer=cast.HOSPITAL,
        public_jwk=keys.public_jwk(kind),
        valid_from=date(2025, 1, 1),
        valid_until=date(2025, 12, 31),
    )
    service.add_keys(session, [key])


def numbered(session: Any, desk: Any, **changes: Any) -> Numbered:
    """Let the hospital pre-check a prescription."""
    rx = understood("rx", examples.rx(**changes))
    return service.pre_check(session, desk, call(), rx)


def twenty(numbers: Numbered, **changes: Any) -> dict[str, Any]:
    """Make the twenty fields under the numbers that were drawn."""
    drawn = write(NATIONAL, "numbered", numbers)
    return examples.attested(
        rxTraceCode=drawn["rxTraceCode"], hiRxno=drawn["hiRxno"], **changes
    )


def signature(fields: dict[str, Any], kind: str = keys.SM2) -> str:
    """Sign the twenty fields by the hospital's key of a kind."""
    payload = examples.sorted_bytes(fields)
    return keys.signed(kind, payload, key_id=KEY).value


def sign_request(
    fields: dict[str, Any], kind: str = keys.SM2, **extras: str
) -> dict[str, Any]:
    """Make a D002 message with the hospital's signature."""
    return examples.sign_request(
        fields, signDigest=signature(fields, kind), signCertSn=KEY, **extras
    )


def signed(session: Any, desk: Any, raw: dict[str, Any]) -> Any:
    """Send a D002 message."""
    asked = understood("sign_request", raw)
    return service.sign_national(session, desk, call(), asked)


def uploaded(session: Any, desk: Any, fields: dict[str, Any], **more: Any) -> Any:
    """Send a D003 message."""
    sent = understood("upload", examples.upload(fields, **more))
    return service.upload_national(session, desk, call(), sent)


def pdf(text: str) -> str:
    """Make a file that begins as a PDF does, in base64."""
    return base64.b64encode(b"%PDF-1.7 " + text.encode()).decode()
