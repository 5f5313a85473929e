"""An explanation as a page in Markdown: what it comes to first, the details after."""

import re
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter

from dispensing.explain import Explained, Explanation, SumLine, WayOut
from dispensing.explain.phrases import PAGE
from dispensing.money import yuan
from dispensing.words import say_either, word

# Where one of these refuses, the medicine may not be given out, insured or not.
NO_MEDICINE = (
    "prescription.signature",
    "prescription.validity",
    "prescription.unused",
    "drug.forbidden",
)
_SMALLER = re.compile(r"min\((.+), (.+)\)")


def page(explanation: Explanation, title: str = "") -> str:
    """Write an explanation as a page that a patient can read from top to bottom."""
    writer = Writer(explanation)
    return "\n".join(writer.lines(title)).rstrip() + "\n"


class Writer:
    """Writes the parts of a page in the explanation's language."""

    def __init__(self, explanation: Explanation) -> None:
        self.told = explanation

    def headline(self) -> str:
        """Say in one line what it comes to."""
        head, paid = self.tell(self.told.decision), self.told.patient_fen
        if paid is None or self.told.decision != "accepted":
            return head
        return head + self.tell("comma") + self.tell("you_pay", amount=yuan(paid))

    def lines(self, title: str) -> Iterator[str]:
        """Write the page line by line."""
        yield f"# {self.headline()}"
        yield ""
        yield " · ".join(filter(None, [title, self.tell("day", on=self.told.on)]))
        yield ""
        yield from self._labels()
        for said in self.amounts():
            yield said
            yield ""
        yield from self._problems()
        yield from self._ways()
        yield from self._cheaper()
        yield from self._sum()
        yield from self._checks()
        yield from self._sources()
        yield self.tell("runs", runs=self.told.runs)

    def tell(self, key: str, **values: object) -> str:
        """Say one of the sentences of a page."""
        return say_either(PAGE[key], self.told.language).format(**values)

    def _labels(self) -> Iterator[str]:
        for label in self.told.labels:
            yield f"> {self.tell('labelled', label=word(label, self.told.language))}"
            yield ""

    def amounts(self) -> Iterator[str]:
        """Say what it costs and who pays what."""
        told, total = self.told, yuan(self.told.total_fen)
        if told.fund_fen is None or told.patient_fen is None:
            yield self.tell(self._without_split(), total=total)
            return
        key = "of_total" if told.decision == "accepted" else "if_agreed"
        fund, paid = yuan(told.fund_fen), yuan(told.patient_fen)
        yield self.tell(key, total=total, fund=fund, amount=paid)
        if told.account_fen and told.cash_fen is not None:
            account, cash = yuan(told.account_fen), yuan(told.cash_fen)
            yield self.tell("from_account", account=account, cash=cash)
        if told.mutual_aid_fen:
            yield self.tell("from_family", aid=yuan(told.mutual_aid_fen))

    def _without_split(self) -> str:
        """Say what stands instead: not even one's own money buys on a bad prescription."""
        if self.told.decision != "refused":
            return "no_amount"
        refused = [one.check for one in self.told.problems if one.verdict == "refused"]
        barred = any(check.startswith(NO_MEDICINE) for check in refused)
        return "not_given" if barred else "all_yours"

    def _problems(self) -> Iterator[str]:
        if not self.told.problems:
            return
        heading = "note" if self.told.decision == "accepted" else "why"
        yield f"## {self.tell(heading)}"
        yield ""
        for one in self.told.problems:
            verdict = word(one.verdict, self.told.language)
            yield f"**{one.title}{self.tell('colon')}{verdict}**"
            yield ""
            yield one.why
            yield ""
            yield from self._quoted(one)
            yield ""
            if one.next_step:
                yield f"{self.tell('next')}{self.tell('colon')}{one.next_step}"
                yield ""

    def _quoted(self, one: Explained | SumLine) -> Iterator[str]:
        """Give the words of the text, or our own, marked as such."""
        place = f"{one.document} {one.clause}".strip(" —")
        if one.quote:
            yield f"> {place}{self.tell('colon')}“{one.quote}”"
        elif one.says:
            yield f"> {place}{self.tell('colon')}{one.says}（{self.tell('paraphrased')}）"
        if filled := self.filled(one):
            yield f"> {filled}"

    def filled(self, one: Explained | SumLine) -> str:
        """Say who filled in the number that the text leaves open."""
        source = one.source if isinstance(one, SumLine) else ""
        return self.tell("filled", source=source) if source else ""

    def ways_heading(self) -> str:
        """Name the ways: to pass, or where nothing passes, to a person."""
        ways = self.told.ways
        return self.tell(
            "ways_review" if ways and ways[0].decision == "review" else "ways"
        )

    def _ways(self) -> Iterator[str]:
        told = self.told
        if told.decision == "accepted":
            return
        yield f"## {self.ways_heading()}"
        yield ""
        if not told.ways:
            yield self.tell("no_way")
        for number, way in enumerate(told.ways, 1):
            yield f"{number}. {self.way(way)}"
        yield ""

    def way(self, way: WayOut) -> str:
        """Say one way, and what is paid then."""
        words = _capital(self.tell("and").join(way.words))
        said = [words, self._effect(way)]
        return self.tell("comma").join(filter(None, said)) + self.tell("stop")

    def _effect(self, way: WayOut) -> str:
        if way.decision == "review":
            return self.tell("effect_review")
        if not way.possible or way.patient_after_fen is None:
            return ""
        return self.tell("effect", amount=yuan(way.patient_after_fen))

    def cheaper_heading(self) -> str:
        """Name the cheaper ways: now, or once it passes."""
        then = "cheaper" if self.told.decision == "accepted" else "cheaper_then"
        return self.tell(then)

    def _cheaper(self) -> Iterator[str]:
        if not self.told.cheaper:
            return
        yield f"## {self.cheaper_heading()}"
        yield ""
        for way in self.told.cheaper:
            yield f"- {self.cheaper(way)}"
        yield ""

    def cheaper(self, way: WayOut) -> str:
        """Say one cheaper way, what was paid before and what is saved."""
        said = [
            _capital(self.tell("and").join(way.words)),
            self._effect(way),
            self.tell("effect_before", amount=yuan(way.patient_before_fen or 0)),
            self.tell("saves", amount=yuan(way.saves_fen or 0)),
        ]
        return self.tell("comma").join(said) + self.tell("stop")

    def _sum(self) -> Iterator[str]:
        if not self.told.sum:
            return
        yield f"## {self.tell('sum')}"
        yield ""
        for number, (heading, lines) in enumerate(self.sums()):
            if number:
                yield ""
            yield from self._table_head(heading)
            for line in lines:
                label = word(line.label, self.told.language)
                basis = f"{line.clause} {label}".strip()
                amount, name = yuan(line.result_fen), self.name(line)
                yield f"| {name} | {self.working(line)} | {amount} | {basis} |"
        yield from self._you()
        yield self.tell("rounded")
        yield ""

    def sums(self) -> Iterator[tuple[str, list[SumLine]]]:
        """Give the worked sum of each medicine, then of the whole bill."""
        for number, lines in groupby(self.told.sum, attrgetter("line")):
            held = list(lines)
            whole = self.tell("whole_bill")
            yield (whole if number is None else held[0].medicine), held

    def name(self, line: SumLine) -> str:
        """Name an amount, and tell where the year's limit cut it."""
        return line.name + (self.tell("capped") if line.capped else "")

    def working(self, line: SumLine) -> str:
        """Write a sum as one says it: in words of which two it is the smaller."""
        found = _SMALLER.fullmatch(line.sum)
        if found is None:
            return line.sum
        one, other = found.groups()
        return self.tell(f"smaller_{line.amount}", one=one, other=other)

    def _table_head(self, medicine: str) -> Iterator[str]:
        columns = [self.tell(key) for key in ("item", "working", "result", "basis")]
        yield f"**{medicine}**"
        yield ""
        yield f"| {' | '.join(columns)} |"
        yield "|---|---|---:|---|"

    def _you(self) -> Iterator[str]:
        told = self.told
        parts_fen = (told.account_fen, told.mutual_aid_fen, told.cash_fen)
        summed = " + ".join(yuan(part) for part in parts_fen if part) or yuan(0)
        paid = yuan(told.patient_fen or 0)
        yield f"| **{self.tell('you')}** | {summed} | **{paid}** | |"
        yield ""

    def _checks(self) -> Iterator[str]:
        yield f"## {self.tell('looked')}"
        yield ""
        columns = [self.tell(key) for key in ("checked", "answer", "facts", "basis")]
        yield f"| {' | '.join(columns)} |"
        yield "|---|---|---|---|"
        for one in self.told.checks:
            verdict = word(one.verdict, self.told.language)
            colon = self.tell("colon")
            shown = self.tell("semicolon").join(
                f"{fact.name}{colon}{fact.value}" for fact in one.facts
            )
            clause = one.clause.strip("—")
            yield f"| {one.title} | {verdict} | {shown} | {clause} |"
        yield ""

    def _sources(self) -> Iterator[str]:
        """Give each sentence that the amounts rest on, once."""
        found = self.sources()
        if not found:
            return
        yield f"## {self.tell('sources')}"
        yield ""
        for line in found:
            yield "\n>\n".join(self._quoted(line))
            yield ""

    def sources(self) -> list[SumLine]:
        """Find a line of the sum for each sentence and number that it rests on, once."""
        held: dict[tuple[str, ...], SumLine] = {}
        for line in self.told.sum:
            words = (line.document, line.clause, line.quote or line.says)
            if words[-1]:
                held.setdefault((*words, line.label, line.source), line)
        return list(held.values())


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
