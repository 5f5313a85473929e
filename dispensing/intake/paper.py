"""A prescription on paper, keyed in at the counter: what stands on it, to the one message."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from dispensing.days import CHINA, start_of
from dispensing.identity import is_id_number
from dispensing.intake.incoming import Incoming
from dispensing.intake.instants import Day
from dispensing.intake.message import (
    LINES_MAX,
    Doctor,
    MessageLine,
    OutletCode,
    RxNumber,
    Text,
    parse_message,
)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _id_number(text: str) -> str:
    if not is_id_number(text):
        raise ValueError(
            "an 18-character ID number with a valid check digit (GB 11643)"
        )
    return text


class PaperPatient(_Strict):
    """Whom it is for, as the paper and the ID card say."""

    id_number: Annotated[
        str,
        Field(min_length=18, max_length=18, examples=["33030219560312401X"]),
        AfterValidator(_id_number),
    ]
    name: Text


class PaperPrescription(_Strict):
    """What stands on a paper prescription (纸质外配处方) with its record number (备案号)."""

    paper_no: RxNumber
    record_no: Text
    issuer: OutletCode
    doctor: Doctor
    patient: PaperPatient
    disease: Annotated[str, Field(pattern=r"^[a-z_]{2,40}$", examples=["hypertension"])]
    diagnosis: Annotated[
        str, Field(pattern=r"^[A-Z][0-9A-Za-z.+*]{1,19}$", examples=["I10.x00"])
    ]
    issued_on: Day
    valid_days: Annotated[int, Field(ge=1, le=366)] | None = None
    long_term: bool = False
    rx_type: Annotated[str, Field(pattern=r"^([1-9]|10|99)$")] | None = None
    department: Text | None = None
    lines: Annotated[tuple[MessageLine, ...], Field(min_length=1, max_length=LINES_MAX)]


def incoming_of(
    paper: PaperPrescription,
    *,
    person_no: str,
    outlet_code: str,
    image_sha256: str | None,
) -> Incoming:
    """Give the one message of a paper; who keyed it in and its photograph are evidence.

    A paper has a day and no hour: it counts as issued when that day begins in China.
    """
    keyed: dict[str, Any] = paper.model_dump(mode="json")
    taken = (
        "issuer",
        "doctor",
        "disease",
        "diagnosis",
        "valid_days",
        "long_term",
        "rx_type",
        "department",
        "record_no",
        "lines",
    )
    message = parse_message(
        {
            **{name: keyed[name] for name in taken},
            "hosp_rx_no": paper.paper_no,
            "source": "external",
            "insured": {"person_no": person_no, **keyed["patient"]},
            "issued_at": start_of(paper.issued_on).astimezone(CHINA).isoformat(),
        }
    )
    raw = {"paper": keyed, "outlet": outlet_code, "image_sha256": image_sha256}
    return Incoming("paper", message, raw)
