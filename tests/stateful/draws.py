"""What is drawn for an act of a life: whom it concerns, what is answered, where it is cut."""

from hypothesis import strategies as st

from tests.dispensing.attacks import SHOP
from tests.world import SECOND_PHARMACY

CALLS_MAX = 70
answers = st.sampled_from(["ok"] * 5 + ["declined", "lost", "deaf"])
tenders = st.sampled_from(["cash", "mobile", "bank_card", "on_delivery"])
picks = st.integers(0, 5)
cuts = st.one_of(*[st.none()] * 5, st.integers(0, CALLS_MAX))
shops = st.sampled_from([SHOP] * 3 + [SECOND_PHARMACY])
pharmacists = st.sampled_from("ABC")
# How a prescription comes: on paper, to be filled again, or over the internet.
kinds = st.sampled_from(["plain", "plain", "repeat", "online"])
