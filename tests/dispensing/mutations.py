"""Ways to spoil a figure of a pack, each with what the refusal has to say."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

FROM, UNTIL = "from = 2030-01-01\n", "until = 2029-12-31\n"
DISEASES = re.compile(r'(?<=")(hypertension|diabetes|tuberculosis)(?=")')
VALUE = re.compile(r'^value = ("[^"\n]*"|[0-9]+|true|false)', re.MULTILINE)
NUMBER = re.compile(r"[0-9]+(?=[^0-9]*$)")


@dataclass(frozen=True)
class Figure:
    """One figure as it is written: its own lines, from the header on."""

    written: str

    def field(self, key: str) -> str:
        """Give the words of a field, nothing where there is none."""
        found = re.search(rf'^{key} = "([^"\n]*)"', self.written, re.MULTILINE)
        return found[1] if found else ""

    def without(self, key: str) -> str:
        """Take a field away."""
        return re.sub(rf"^{key} = .*\n", "", self.written, flags=re.MULTILINE)

    def having(self, key: str, value: str) -> str:
        """Give a field another value, as TOML."""
        line = f"{key} = {value}"
        return re.sub(rf"^{key} = .*$", lambda _: line, self.written, flags=re.M)

    def plus(self, line: str) -> str:
        """Add a line behind the name."""
        return re.sub(
            r"^(name = .*\n)", lambda m: m[1] + line, self.written, count=1, flags=re.M
        )


Mutation = Callable[[Figure], str | None]


def _quoted(change: Callable[[str], str]) -> Mutation:
    def mutate(figure: Figure) -> str | None:
        quote = figure.field("quote")
        return figure.having("quote", f'"{change(quote)}"') if quote else None

    return mutate


def _valued(units: str, change: Callable[[str], str]) -> Mutation:
    def mutate(figure: Figure) -> str | None:
        value = VALUE.search(figure.written)
        if value is None or figure.field("unit") not in units.split():
            return None
        return figure.having("value", change(value[1]))

    return mutate


def _one_more(value: str) -> str:
    """Count the last digits of a value one up."""
    return NUMBER.sub(lambda m: str(int(m[0]) + 1).rjust(len(m[0]), "0"), value)


def _where(key: str, change: Callable[[Figure], str]) -> Mutation:
    def mutate(figure: Figure) -> str | None:
        return change(figure) if re.search(rf"^{key} =", figure.written, re.M) else None

    return mutate


def _sub(pattern: str, new: str) -> Mutation:
    def mutate(figure: Figure) -> str | None:
        changed, times = re.subn(pattern, new, figure.written, count=1, flags=re.M)
        return changed if times else None

    return mutate


MUTATIONS: dict[str, tuple[Mutation, str]] = {
    "no quote": (_where("quote", lambda f: f.without("quote")), "expected a quote"),
    "an empty quote": (_quoted(lambda _: ""), "quote: expected words"),
    "a sign of the quote changed": (
        _quoted(lambda q: f"{q[: len(q) // 2]}〇{q[len(q) // 2 + 1 :]}"),
        "expected a quote of the text",
    ),
    "a sign put into the quote": (
        _quoted(lambda q: f"{q[: len(q) // 2]}〇{q[len(q) // 2 :]}"),
        "expected a quote of the text",
    ),
    "two signs of the quote swapped": (
        _quoted(lambda q: f"{q[-1]}{q[1:-1]}{q[0]}" if q[0] != q[-1] else "〇"),
        "expected a quote of the text",
    ),
    "no clause": (lambda f: f.without("clause"), "clause: expected words"),
    "a clause of spaces": (lambda f: f.having("clause", '" "'), "clause: expected"),
    "no unit": (lambda f: f.without("unit"), "expected unit"),
    "another unit": (lambda f: f.having("unit", '"litres"'), "expected unit"),
    "an unknown key": (lambda f: f.plus("guess = 1\n"), r"guess: unknown key"),
    "an unknown name": (
        lambda f: f.having("name", f'"{f.field("name")}.x9"'),
        "expected the name of a known parameter|expected a quota unit",
    ),
    "no name": (lambda f: f.without("name"), "name: expected words"),
    "the figure twice": (lambda f: f"{f.written}\n{f.written}", "one figure for a day"),
    "dates in the wrong order": (
        lambda f: re.sub(
            r"^(name = .*\n)",
            lambda m: m[1] + FROM + UNTIL,
            re.sub(r"^(from|until) = .*\n", "", f.written, flags=re.M),
            count=1,
            flags=re.M,
        ),
        "expected from <= until",
    ),
    "a date as words": (
        lambda f: (
            None
            if re.search("^until =", f.written, re.M)
            else f.plus('until = "2030-01-01"\n')
        ),
        "until: expected a date",
    ),
    "a value of the wrong kind": (
        _valued("share yuan days count pharmacies switch rule choice", lambda _: "3.5"),
        "expected",
    ),
    "a share above 1": (_valued("share", lambda _: '"1.01"'), "expected a share"),
    "a share of 101": (_valued("share", lambda _: '"101"'), "expected a share"),
    "a share as a fraction": (_valued("share", lambda _: "0.5"), "as a string"),
    "an amount below 0": (_valued("yuan", lambda _: '"-0.01"'), "of 0 yuan or more"),
    "an amount of half a fen": (_valued("yuan", lambda _: '"1.005"'), "expected yuan"),
    "days below 0": (_valued("days count pharmacies", lambda _: "-1"), "0 or more"),
    "a value one higher": (
        _valued("share yuan days count pharmacies", _one_more),
        "expected (a quote that prints|words that print) the value",
    ),
    "a rule switched off": (_valued("rule", lambda _: "false"), "switched off"),
    "an unknown choice": (_valued("choice", lambda _: '"perhaps"'), "expected one of"),
    "an unknown disease": (
        lambda f: (
            DISEASES.sub("gout", f.written, 1) if DISEASES.search(f.written) else None
        ),
        "expected .*among .*got 'gout'|expected one of .*got 'gout'",
    ),
    "a value and where it is left to": (
        _where("value", lambda f: f.plus('left_to = "另一份文件"\n')),
        "expected one of value",
    ),
    "nothing to be known": (
        _where("left_to", lambda f: f.without("left_to")),
        "expected one of value",
    ),
    "left to nobody": (
        _where("left_to", lambda f: f.having("left_to", '""')),
        "left_to: expected words",
    ),
    "the same as what is not known": (
        _where("same_as", lambda f: f.having("same_as", '"ratio.resident.level9"')),
        "expected the name of a known parameter",
    ),
    "no words of ours": (_where("says", lambda f: f.without("says")), "or says where"),
    "an unknown text": (
        lambda f: re.sub(
            "^text = .*\n", "", f.plus('text = "x9"\n'), flags=re.M
        ).replace("name = ", 'text = "x9"\nname = ', 1),
        "text: expected one of",
    ),
    "a row's quote changed": (
        _sub(r'^(    .*\bquote = ")[^"]', r"\1〇"),
        "row 1: expected a quote of the text",
    ),
    "a row's column misspelt": (
        _sub(r"^(    \{ )", r"\1x9 = 1, "),
        "unknown column x9",
    ),
    "a row's amount one higher": (
        _sub(r'(_yuan = ")', r"\g<1>1"),
        "expected a quote that prints",
    ),
    "a target one higher": (
        _sub(r'^("[^"]+" = )([0-9]+)', r"\g<1>9\2"),
        "expected '.*' in the text",
    ),
    "a target below 0": (_sub(r'^("[^"]+" = )[0-9]+', r"\1-1"), "0 or more"),
}


def figures_of(text: str) -> tuple[str, Iterator[tuple[int, Figure]]]:
    """Part a pack into its document and its figures, each with the lines before it."""
    document, *figures = re.split(r"(?m)^(?=\[\[figures\]\])", text)

    def placed() -> Iterator[tuple[int, Figure]]:
        line = document.count("\n")
        for one in figures:
            yield line, Figure(one.rstrip("\n") + "\n")
            line += one.count("\n")

    return document, placed()
