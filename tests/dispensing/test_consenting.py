"""What people agree to is written in both languages, and a text that changes is another one."""

import pytest

from dispensing.consenting import grounds

# Who changes a text gives it a higher version, and its digests go here.
DIGESTS = {
    ("delivery", 1): {"223128882a1b95ea", "d38b38082fa7c4c8"},
    ("helpers", 1): {"1b6a20056d30c004", "3afae7cf7a3758d1"},
}


@pytest.mark.parametrize("slug", grounds().purposes)
def test_a_text_stays_what_it_was_at_its_version(slug):
    purpose = grounds().purposes[slug]
    digests = {purpose.sha256(each)[:16] for each in ("zh", "en")}
    assert DIGESTS[slug, purpose.version] == digests


def test_every_ground_names_its_clause():
    found = grounds()
    assert found.purposes.keys() == {"delivery", "helpers"}
    for clause in (
        *(each.clause for each in found.purposes.values()),
        *(each.clause for each in found.others),
    ):
        assert "第" in clause and "条" in clause
    assert found.open, "what is not settled is said"
