"""The scripts of the pages take no name of a property from outside (prototype pollution)."""

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "web" / "static"
SCRIPTS = sorted(each for each in STATIC.rglob("*.js") if "vendor" not in each.parts)
FAULTS = {
    "a property is set under a name that is not known beforehand": (
        r"[\w)\]]\[(?!\d+\])[^\]\n\"']+\]\s*(?:[-+*/|&?]|\|\||&&|\?\?)?=(?![=>])"
    ),
    "names are gone through that an object may have inherited": (
        r"for\s*\(\s*(?:const|let|var)\s+\w+\s+in\b"
    ),
    "the prototype is named": r"__proto__|\.prototype\b|setPrototypeOf|\.constructor\b",
    "what was read is put over an object": r"Object\.assign\(\w+,\s*[^{\s]",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_no_name_from_outside_becomes_a_property(fault):
    found = [
        f"{path.name}:{number}: {line.strip()}"
        for path in SCRIPTS
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(FAULTS[fault], re.sub(r"//.*|\"[^\"]*\"", "", line))
    ]
    assert not found


WRONG = (
    "held[name] = value;",
    "for (const name in told) use(name);",
    "held.__proto__.is = true;",
    "Object.assign(plan, await answer.json());",
)


@pytest.mark.parametrize(("fault", "line"), [*zip(FAULTS, WRONG, strict=True)])
def test_each_fault_would_be_seen(fault, line):
    assert re.search(FAULTS[fault], line)
