"""How many pharmacists review a prescription (审方) before it is dispensed."""

from typing import Literal, get_args

# `law`: one for what comes over the internet (药品网络销售监督管理办法), none for others.
ReviewPolicy = Literal["law", "none", "one", "two"]
POLICIES: tuple[ReviewPolicy, ...] = get_args(ReviewPolicy)
_EVERYWHERE = {"none": 0, "one": 1, "two": 2}


def reviews_needed(policy: ReviewPolicy, source: str) -> int:
    """Tell how many pharmacists must agree before a prescription of this source is settled.

    >>> reviews_needed("law", "internet_hospital"), reviews_needed("law", "external")
    (1, 0)
    >>> reviews_needed("two", "external")
    2
    """
    if policy == "law":
        return 1 if source == "internet_hospital" else 0
    return _EVERYWHERE[policy]
