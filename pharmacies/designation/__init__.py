"""The life of a designation (定点): applied for, signed, suspended, renewed, ended. Pure."""

from pharmacies.designation.admission import (
    CHRONIC,
    GENERAL,
    Condition,
    Conditions,
    Dossier,
    Examined,
    examine,
    months_later,
)
from pharmacies.designation.agreement import (
    AGREEMENT_KINDS,
    Agreement,
    AgreementKind,
    designated_on,
)
from pharmacies.designation.refusals import REFUSALS, Refused, refuse
from pharmacies.designation.states import STATES, Known, agreement_on, state_of
from pharmacies.designation.table import OPERATIONS, cell, permit

__all__ = [
    "AGREEMENT_KINDS",
    "CHRONIC",
    "GENERAL",
    "OPERATIONS",
    "REFUSALS",
    "STATES",
    "Agreement",
    "AgreementKind",
    "Condition",
    "Conditions",
    "Dossier",
    "Examined",
    "Known",
    "Refused",
    "agreement_on",
    "cell",
    "designated_on",
    "examine",
    "months_later",
    "permit",
    "refuse",
    "state_of",
]
