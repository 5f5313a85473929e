"""Round trips by chance: whatever fits into a national message is read as it was written."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispensing.days import CHINA
from dispensing.errors import Malformed
from dispensing.intake.national import read, region, regions, write
from dispensing.intake.national.messages import NODES
from tests.intake.examples import EXAMPLES

NATIONAL = region("national")
TEXTS = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x9FFF, exclude_characters="\x7f"),
    min_size=1,
    max_size=20,
).map(str.strip)
SECONDS = st.integers(0, 200 * 365 * 86_400)
TIMES = SECONDS.map(lambda s: datetime(1992, 1, 1, tzinfo=CHINA) + timedelta(seconds=s))


def values(one):
    """Make values that go into one field."""
    kind = one.kind
    if one.table:
        return st.sampled_from(sorted(NATIONAL.tables[one.table].codes))
    if kind.form == "text":
        return TEXTS.filter(bool).map(lambda text: text[: kind.size].strip() or "x")
    if kind.form == "number":
        whole = st.integers(0, 10 ** min(kind.size, 14) - 1)
        return whole.map(
            lambda n: Decimal(n).scaleb(-kind.scale) if kind.scale else int(n)
        )
    if kind.form in {"flag", "time"}:
        return st.booleans() if kind.form == "flag" else TIMES
    if kind.form == "node":
        return nodes(kind.node)
    return st.lists(nodes(kind.node), min_size=1, max_size=2).map(tuple)


def nodes(name):
    """Make nodes with every required field, and some of the others."""
    rows = NATIONAL.nodes[name]
    fields = {
        one.name: values(one) if one.required else st.none() | values(one)
        for one in rows
    }
    left_out = {
        one.name: st.just(()) | values(one)
        for one in rows
        if one.kind.form == "nodes" and not one.required
    }
    unknown = st.dictionaries(st.sampled_from(["zz1", "zz2"]), TEXTS, max_size=2)
    return st.builds(NODES[name], unknown=unknown, **{**fields, **left_out})


@pytest.mark.parametrize("name", regions())
@pytest.mark.parametrize("node", ["rx", "upload", "review_upload", "content"])
def test_whatever_fits_is_read_as_it_was_written(name, node):
    there = region(name)

    @given(nodes(node))
    @settings(max_examples=25)
    def examine(value):
        assert read(there, node, write(there, node, value)).value == value

    examine()


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["x" * 5000, "\ud800", "\u0000", "NaN", "1e999", "0" * 400]),
    lambda part: (
        st.lists(part, max_size=4)
        | st.dictionaries(st.text(max_size=8), part, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("node", sorted(EXAMPLES))
def test_whatever_comes_is_read_or_refused_by_its_fields(node):
    @given(
        field=st.sampled_from(sorted(EXAMPLES[node])), junk=JUNK, alone=st.booleans()
    )
    @settings(max_examples=100)
    def examine(field, junk, alone):
        try:
            found = read(
                NATIONAL, node, junk if alone else {**EXAMPLES[node], field: junk}
            )
        except Malformed as error:
            assert all(one.where and one.expected for one in error.errors)
        else:
            assert write(NATIONAL, node, found.value)

    examine()


@pytest.mark.parametrize("junk", [[], {}])
def test_deep_nesting_is_refused(junk):
    for _ in range(100):
        junk = {"deep": junk}
    with pytest.raises(Malformed):
        read(NATIONAL, "query", {**EXAMPLES["query"], "more": junk})
