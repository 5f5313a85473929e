"""What the interface takes about the life of a prescription: reviews, returns, closures."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from web.schemas import Name, Secret, Strict, Text
from web.strict import plain_text


class Pharmacist(Strict):
    """Who reviews: the number and the name on the licence (执业药师)."""

    code: Name
    name: Name


class ReviewRequest(Strict):
    """A pharmacist's review of a prescription (审方; the second: 复核)."""

    verdict: Literal["passed", "refused"]
    pharmacist: Pharmacist
    opinion: Annotated[str, Field(max_length=500), AfterValidator(plain_text)] = ""
    no: Literal[1, 2] | None = (
        None  # which of the two it is; the next one where not said
    )

    @model_validator(mode="after")
    def _a_refusal_says_why(self) -> Self:
        if self.verdict == "refused" and not self.opinion.strip():
            raise ValueError("a refusal needs an opinion")
        return self


class ReviewWithdrawal(Strict):
    """Who withdraws a passed review before the settlement (撤回审方), and why."""

    pharmacist: Pharmacist
    reason: Text


class GivingBack(Strict):
    """Why a pharmacy gives a prescription back, under the secret of its claim."""

    secret: Secret
    reason: Literal[
        "out_of_stock",
        "patient_left",
        "not_designated",
        "wrong_prescription",
        "other",
    ]


class Referral(Strict):
    """What the pharmacy would give instead; the prescriber alone may change it."""

    wanted: Text
    secret: Secret | None = None


class RestClosure(Strict):
    """Why the rest of a part is never handed out."""

    reason: Literal["not_wanted", "out_of_stock", "doctor_stopped", "other"]
