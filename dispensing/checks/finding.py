"""What one check says, and the clause it says it by."""

from collections.abc import Mapping
from dataclasses import dataclass

from dispensing.policy.figures import Citation

VERDICTS = ("passed", "warn", "review", "refused")


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check says of one dispensing, and the clause it says it by.

    `values` are the facts put into the words (`dispensing.words`); `next_step` is the
    key of what the patient or the counter can do now, empty where the check passed.
    """

    check: str
    verdict: str
    cited: Citation
    values: Mapping[str, str | int]
    next_step: str = ""

    @property
    def clause(self) -> str:
        """Give the clause the finding rests on."""
        return self.cited.clause

    @property
    def quote(self) -> str:
        """Give the verbatim words of the clause, or empty where none are shipped."""
        return self.cited.quote

    @property
    def document(self) -> str:
        """Give the title of the document that the clause stands in."""
        return self.cited.document
