"""The golden pages are what the rules say today, word for word."""

import pytest

from tests.dispensing import golden


@pytest.mark.parametrize("name", golden.PAGES)
def test_a_golden_page_says_the_same(name):
    assert golden.written(name) == golden.kept(name).read_text("utf-8")


def test_no_golden_page_is_left_over():
    assert {path.stem for path in golden.FOLDER.glob("*.md")} == set(golden.PAGES)
