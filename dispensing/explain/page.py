"""An explanation as a page in Markdown: what it comes to first, the details after."""

from collections.abc import Iterator

from dispensing.explain import Explained, Explanation, SumLine, WayOut
from dispensing.explain.phrases import PAGE
from dispensing.money import yuan
from dispensing.words import say_either, word


def page(explanation: Explanation, title: str = "") -> str:
    """Write an explanation as a page that a patient can read from top to bottom."""
    writer = _Writer(explanation)
    return "\n".join(writer.lines(title)).rstrip() + "\n"


class _Writer:
    """Writes the parts of one page in the explanation's language."""

    def __init__(self, explanation: Explanation) -> None:
        self.told = explanation

    def lines(self, title: str) -> Iterator[str]:
        head = self.say(self.told.decision)
        paid = self.told.patient_fen
        if paid is not None and self.told.decision == "accepted":
            head += self.say("comma") + self.say("you_pay", amount=yuan(paid))
        yield f"# {head}"
        yield ""
        yield " · ".join(filter(None, [title, self.say("day", on=self.told.on)]))
        yield ""
        yield from self._labels()
        yield from self._amounts()
        yield from self._problems()
        yield from self._ways()
        yield from self._cheaper()
        yield from self._sum()
        yield from self._checks()
        yield from self._sources()
        yield self.say("runs", runs=self.told.runs)

    def say(self, key: str, **values: object) -> str:
        return say_either(PAGE[key], self.told.language).format(**values)

    def _labels(self) -> Iterator[str]:
        for label in self.told.labels:
            yield f"> {self.say('labelled', label=label)}"
            yield ""

    def _amounts(self) -> Iterator[str]:
        told, total = self.told, yuan(self.told.total_fen)
        if told.fund_fen is None or told.patient_fen is None:
            key = "all_yours" if told.decision == "refused" else "no_amount"
            yield self.say(key, total=total)
        else:
            key = "of_total" if told.decision == "accepted" else "if_agreed"
            fund, paid = yuan(told.fund_fen), yuan(told.patient_fen)
            yield self.say(key, total=total, fund=fund, amount=paid)
            if told.account_fen and told.cash_fen is not None:
                account, cash = yuan(told.account_fen), yuan(told.cash_fen)
                yield ""
                yield self.say("from_account", account=account, cash=cash)
        yield ""

    def _problems(self) -> Iterator[str]:
        if not self.told.problems:
            return
        heading = "note" if self.told.decision == "accepted" else "why"
        yield f"## {self.say(heading)}"
        yield ""
        for one in self.told.problems:
            verdict = word(one.verdict, self.told.language)
            yield f"**{one.title}{self.say('colon')}{verdict}**"
            yield ""
            yield one.why
            yield ""
            yield from self._quoted(one)
            yield ""
            if one.next_step:
                yield f"{self.say('next')}{self.say('colon')}{one.next_step}"
                yield ""

    def _quoted(self, one: Explained | SumLine) -> Iterator[str]:
        """Give the words of the text, or our own, marked as such."""
        place = f"{one.document} {one.clause}".strip(" —")
        if one.quote:
            yield f"> {place}{self.say('colon')}“{one.quote}”"
        elif one.says:
            yield f"> {place}{self.say('colon')}{one.says}（{self.say('paraphrased')}）"

    def _ways(self) -> Iterator[str]:
        told = self.told
        if told.decision == "accepted":
            return
        accepted = not told.ways or told.ways[0].decision == "accepted"
        yield f"## {self.say('ways' if accepted else 'ways_review')}"
        yield ""
        if not told.ways:
            yield self.say("no_way")
        for number, way in enumerate(told.ways, 1):
            yield f"{number}. {self._way(way)}"
        yield ""

    def _way(self, way: WayOut) -> str:
        words = _capital(self.say("and").join(way.words))
        said = [words, self._effect(way)]
        return self.say("comma").join(filter(None, said)) + self.say("stop")

    def _effect(self, way: WayOut) -> str:
        if way.decision == "review":
            return self.say("effect_review")
        if not way.possible or way.patient_after_fen is None:
            return ""
        return self.say("effect", amount=yuan(way.patient_after_fen))

    def _cheaper(self) -> Iterator[str]:
        told = self.told
        if not told.cheaper:
            return
        then = "cheaper" if told.decision == "accepted" else "cheaper_then"
        yield f"## {self.say(then)}"
        yield ""
        for way in told.cheaper:
            before, saved = way.patient_before_fen or 0, way.saves_fen or 0
            said = [
                _capital(self.say("and").join(way.words)),
                self._effect(way),
                self.say("effect_before", amount=yuan(before)),
                self.say("saves", amount=yuan(saved)),
            ]
            yield f"- {self.say('comma').join(said)}{self.say('stop')}"
        yield ""

    def _sum(self) -> Iterator[str]:
        if not self.told.sum:
            return
        yield f"## {self.say('sum')}"
        yield ""
        medicine = None
        for line in self.told.sum:
            if line.medicine != medicine:
                if medicine is not None:
                    yield ""
                medicine = line.medicine
                yield from self._table_head(medicine or self.say("whole_bill"))
            basis = f"{line.clause} {line.label}".strip()
            yield f"| {line.name} | {line.sum} | {yuan(line.result_fen)} | {basis} |"
        yield from self._you()
        yield self.say("rounded")
        if any("min(" in line.sum for line in self.told.sum):
            yield self.say("min_said")
        yield ""

    def _table_head(self, medicine: str) -> Iterator[str]:
        columns = [self.say(key) for key in ("item", "working", "result", "basis")]
        yield f"**{medicine}**"
        yield ""
        yield f"| {' | '.join(columns)} |"
        yield "|---|---|---:|---|"

    def _you(self) -> Iterator[str]:
        told = self.told
        account, cash = yuan(told.account_fen or 0), yuan(told.cash_fen or 0)
        paid = yuan(told.patient_fen or 0)
        yield f"| **{self.say('you')}** | {account} + {cash} | **{paid}** | |"
        yield ""

    def _checks(self) -> Iterator[str]:
        yield f"## {self.say('looked')}"
        yield ""
        columns = [self.say(key) for key in ("checked", "answer", "facts", "basis")]
        yield f"| {' | '.join(columns)} |"
        yield "|---|---|---|---|"
        for one in self.told.checks:
            verdict = word(one.verdict, self.told.language)
            colon = self.say("colon")
            shown = self.say("semicolon").join(
                f"{fact.name}{colon}{fact.value}" for fact in one.facts
            )
            clause = one.clause.strip("—")
            yield f"| {one.title} | {verdict} | {shown} | {clause} |"
        yield ""

    def _sources(self) -> Iterator[str]:
        """Give each sentence that the amounts rest on, once."""
        quoted = dict.fromkeys(
            text for line in self.told.sum for text in self._quoted(line)
        )
        if not quoted:
            return
        yield f"## {self.say('sources')}"
        yield ""
        for text in quoted:
            yield text
            yield ""


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
