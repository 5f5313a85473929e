"""What a set of cases covers: which checks object, which clauses decide or pay.

A clause is covered where some case is refused, held, warned or paid by it: a case that
merely passes shows nothing about the clause.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dispensing.assess import assess
from dispensing.cases import Case, read_cases
from dispensing.checks import ALL_CHECKS
from dispensing.policy.figures import Citation
from dispensing.policy.pack import Pack, load_packs


@dataclass(slots=True)
class Coverage:
    """Which cases, by their ids, cover what."""

    cases: int = 0
    checks: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    cited: dict[Citation, list[str]] = field(default_factory=dict)
    requirements: dict[str, list[str]] = field(default_factory=dict)

    def add(self, case: Case) -> None:
        """Run a case and note what its answer rests on."""
        answer = assess(case.dispensing, case.rules())
        self.cases += 1
        rested = [finding.cited for finding in answer.problems]
        if answer.split is not None:
            rested += [figure.cited for figure in answer.split.bases]
        for finding in answer.problems:
            verdicts = self.checks.setdefault(finding.check, {})
            verdicts.setdefault(finding.verdict, []).append(case.id)
        for cited in dict.fromkeys(rested):
            self.cited.setdefault(cited, []).append(case.id)
            for name in _ids(cited.requirement):
                self.requirements.setdefault(name, []).append(case.id)
        for name in case.cites:
            self.requirements.setdefault(name, []).append(case.id)


def coverage(paths: Iterable[Path]) -> tuple[Coverage, tuple[str, ...]]:
    """Run every case of these files; give what is covered, and the regions asked."""
    found, regions = Coverage(), dict[str, None]()
    for path in paths:
        for case in read_cases(path):
            found.add(case)
            regions[case.region] = None
    return found, tuple(regions)


def told(paths: Iterable[Path]) -> Iterator[str]:
    """Tell the coverage line by line, what is missing marked with a dash."""
    found, regions = coverage(paths)
    yield from _checks(found)
    for pack in load_packs():
        if pack.region in (*regions, "national"):
            yield ""
            yield from _clauses(found, pack)
    asked = _requirements(regions)
    covered = [name for name in asked if name in found.requirements]
    missing = [name for name in asked if name not in found.requirements]
    yield ""
    yield f"requirements\t{len(covered)} of {len(asked)}"
    for name in missing:
        yield f"-\t{name}"


def _checks(found: Coverage) -> Iterator[str]:
    hit = sum(1 for check in ALL_CHECKS if check in found.checks)
    yield f"checks\t{hit} of {len(ALL_CHECKS)}\t{found.cases} cases"
    for check in ALL_CHECKS:
        verdicts = found.checks.get(check, {})
        said = ", ".join(f"{verdict} {len(ids)}" for verdict, ids in verdicts.items())
        yield f"{'+' if said else '-'}\t{check}\t{said}".rstrip()


def _clauses(found: Coverage, pack: Pack) -> Iterator[str]:
    """Tell of each sentence of a pack which figures rest on it, and in how many cases."""
    rows: dict[Citation, dict[str, None]] = {}
    for figure in pack.figures:
        rows.setdefault(figure.cited, {})[figure.name] = None
    hit = sum(1 for cited in rows if cited in found.cited)
    yield f"clauses of {pack.id}\t{hit} of {len(rows)}"
    for cited, names in rows.items():
        own = cited.document == pack.title
        where = cited.clause if own else f"{cited.document} {cited.clause}"
        ids = found.cited.get(cited, ())
        count = f"{len(ids)} cases" if ids else ""
        row = (where.strip("— "), ", ".join(names), count)
        yield "\t".join(("+" if ids else "-", *row)).rstrip()


def _requirements(regions: tuple[str, ...]) -> list[str]:
    """Name the requirements that the packs of these regions carry, in their order."""
    named = {
        name: None
        for pack in load_packs()
        if pack.region in (*regions, "national")
        for figure in pack.figures
        for name in _ids(figure.cited.requirement)
    }
    return list(named)


def _ids(requirement: str) -> list[str]:
    return requirement.replace("、", " ").replace(",", " ").split()
