"""What an operator sets of the life of a prescription."""

from dataclasses import dataclass
from datetime import timedelta

from dispensing.life.reviews import ReviewPolicy, reviews_needed


@dataclass(frozen=True, slots=True)
class LifeRules:
    """Who reviews, how long a claim holds, and how much earlier a filling may begin.

    No text names the days of a lead: it is 0 until an operator sets it.
    """

    review: ReviewPolicy = "law"
    claim_lasts: timedelta = timedelta(hours=2)
    refill_lead_days: int = 0

    def reviews_needed(self, source: str) -> int:
        """Tell how many pharmacists must agree to a prescription of this source."""
        return reviews_needed(self.review, source)


AS_THE_LAW_SAYS = LifeRules()
