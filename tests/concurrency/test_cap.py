"""Two hundred at the cap at the same moment: paid to the fen, and everybody is answered."""

import pytest

from tests.concurrency import crowds

CROWD = 200


@pytest.mark.timeout(600)
def test_cap_is_paid_to_the_fen_and_two_hundred_at_once_are_answered(
    patient_engine, tmp_path
):
    answers = crowds.at_the_cap(patient_engine, tmp_path, CROWD)
    assert len(answers) == CROWD


def test_cap_is_paid_the_same_one_after_another(engine, tmp_path, monkeypatch):
    """The twin: the same bills, the same checks, no race."""
    monkeypatch.setattr(crowds.attacks, "at_once", one_by_one)
    assert len(crowds.at_the_cap(engine, tmp_path, 20)) == 20


def one_by_one(engine, acts):
    answers = []
    for act in acts:
        with crowds.db.open_session(engine) as session:
            answers.append(act(session))
    return answers
