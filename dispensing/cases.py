"""Policy cases: a dispensing and what the rules must say of it, as bureaus write them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from dispensing.assess import Assessment, assess
from dispensing.case_fields import (
    CASE,
    EXPECT,
    CaseError,
    checked,
    dispensing_of,
    together,
)
from dispensing.case_yaml import read_yaml
from dispensing.money import yuan
from dispensing.policy.overlay import Overlay, overlay_of
from dispensing.policy.pack import load_packs, regions
from dispensing.policy.rules import NotInForce, Rules, rules_for
from dispensing.policy.toml_file import BadPack
from dispensing.prescription import Dispensing

AMOUNTS = tuple(name for name in EXPECT if name not in ("decision", "checks"))
SUFFIXES = (".yaml", ".yml")
LINE_SIGNS = 800  # the longest message: an unknown check, and all that there are
_FILE_KEYS = ("policy", "base", "cases")


@dataclass(frozen=True, slots=True)
class Case:
    """One case, read: a dispensing in a region, and what is expected of the rules."""

    id: str
    title: str
    cites: tuple[str, ...]
    region: str
    dispensing: Dispensing
    overlay: Overlay
    expect: Mapping[str, Any]

    def rules(self, day: date | None = None) -> Rules:
        """Give the rules of the case's day, or of another; `CaseError` where none hold."""
        try:
            return rules_for(self.region, day or self.dispensing.on, self.overlay)
        except NotInForce as error:
            raise CaseError("on", str(error)) from error
        except BadPack as error:
            raise CaseError("parameters", str(error)) from error

    def rules_on(self, day: date) -> Rules | None:
        """Give the rules of any day, or None where no text holds."""
        try:
            return self.rules(day)
        except CaseError:
            return None


@dataclass(frozen=True, slots=True)
class Result:
    """One case, run: the differences between what was expected and what came.

    A case or a file that is not fit to be run has what is wrong with it instead.
    """

    file: str
    id: str
    title: str
    differences: tuple[str, ...]
    fit: bool = True

    @property
    def passed(self) -> bool:
        """Tell whether everything expected came, and nothing else."""
        return not self.differences


def main(
    paths: Iterable[Path],
    echo: Callable[[str], object] = print,
    progress: Callable[[int, int], object] | None = None,
) -> int:
    """Run case files, tell each failure, end with the count.

    `progress` is told after each file how many of how many are done. Returns 1 where a
    case failed, 2 where a file or a case is not fit to be run.
    """
    files = list(map(Path, paths))
    results: list[Result] = []
    for number, file in enumerate(files, 1):
        ran = run_file(file)
        for line in chain.from_iterable(map(_told, ran)):
            echo(line)
        results += ran
        if progress is not None:
            progress(number, len(files))
    failed = sum(1 for result in results if not result.passed)
    echo(f"{len(results) - failed} passed, {failed} failed")
    if not all(result.fit for result in results):
        return 2
    return 1 if failed or not results else 0


def run_files(paths: Iterable[Path]) -> tuple[Result, ...]:
    """Run every case of these files; a file or a case that is not fit is a failure."""
    return tuple(result for path in paths for result in run_file(Path(path)))


def case_files(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Name the files themselves, and the YAML files of the folders among these paths.

    What editors and file systems hide in a folder (a name that begins with a dot) is
    not a case file.
    """
    found: dict[Path, None] = {}
    for path in paths:
        inside = sorted(filter(_is_case_file, path.rglob("*"))) if path.is_dir() else []
        found |= dict.fromkeys(inside if path.is_dir() else [path])
    return tuple(found)


def read_cases(path: Path, only: str = "") -> tuple[Case, ...]:
    """Read the cases of a file, or the one of an id; what is not fit raises `CaseError`."""
    found = []
    for name, _, read in _cases(path):
        if only in ("", name):
            try:
                found.append(read())
            except CaseError as error:
                raise CaseError(name, str(error)) from error
    if not found:
        raise CaseError("id", f"expected the id of a case of {path}, got {only!r}")
    return tuple(found)


def merge(base: Any, over: Any) -> Any:
    """Lay one value over another: maps merge, lists and scalars replace.

    >>> merge({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}})
    {'a': {'b': 3, 'c': 2}}
    """
    if not (isinstance(base, Mapping) and isinstance(over, Mapping)):
        return over
    merged = dict(base)
    for key, value in over.items():
        merged[key] = merge(base[key], value) if key in base else value
    return merged


def _is_case_file(path: Path) -> bool:
    hidden = path.name.startswith(".")
    return path.suffix.lower() in SUFFIXES and not hidden and path.is_file()


def _told(result: Result) -> list[str]:
    """Tell each fault in one line; a failure, expected beside got, in several."""
    if result.passed:
        return []
    where = f"{result.file}: {result.id}".removesuffix(": file")
    if not result.fit:
        return [_one_line(f"{where}: {fault}") for fault in result.differences]
    title = f"{where}: {result.title}".removesuffix(": ")
    lines = [title, *(f"    {difference}" for difference in result.differences)]
    return list(map(_one_line, lines))


def _one_line(told: str) -> str:
    """Keep what a file says on one line of a terminal, whatever is written in it."""
    plain = "".join(sign if sign.isprintable() else "\ufffd" for sign in told)
    return plain if len(plain) <= LINE_SIGNS else f"{plain[: LINE_SIGNS - 1]}…"


def run_file(path: Path) -> list[Result]:
    """Run the cases of one file."""
    try:
        cases = _cases(path)
    except CaseError as error:
        return [Result(str(path), "file", "", error.each, fit=False)]
    results = []
    for name, title, read in cases:
        try:
            case = read()
            found = tuple(_compare(case.expect, assess(case.dispensing, case.rules())))
            fit = True
        except CaseError as error:
            found, fit = error.each, False
        results.append(Result(str(path), name, title, found, fit))
    return results


def _cases(path: Path) -> list[tuple[str, str, Callable[[], Case]]]:
    """Name the cases of a file, each with what reads it: one bad case spoils no other."""
    content = _read(path)
    _, region, base, cases = together(
        partial(_known, content),
        partial(_region, content),
        partial(checked, content.get("base", {}), CASE, "base"),
        partial(_listed, content),
    )
    base = base or {}
    seen: set[str] = set()
    found: list[tuple[str, str, Callable[[], Case]]] = []
    for number, raw in enumerate(cases):
        name, title = _named(raw, number)
        read = partial(_case, region, base, raw, name)
        found.append((name, title, partial(_twice, name) if name in seen else read))
        seen.add(name)
    return found


def _listed(content: Mapping[str, Any]) -> list[Any]:
    cases = content.get("cases")
    if not isinstance(cases, list) or not cases:
        raise CaseError("cases", "expected a list of cases")
    return cases


def _twice(name: str) -> Case:
    raise CaseError("id", f"expected an id of its own, got {name} again")


def _named(case: Any, number: int) -> tuple[str, str]:
    if not isinstance(case, Mapping):
        return f"cases[{number}]", ""
    return str(case.get("id") or f"cases[{number}]"), str(case.get("title") or "")


def _case(region: str, base: Mapping[str, Any], raw: Any, name: str) -> Case:
    if not isinstance(raw, Mapping):
        raise CaseError("", f"expected a map, got {raw!r}")
    whole = merge(base, checked(raw, CASE, ""))
    expect, dispensing, overlay = together(
        partial(_expected, whole),
        partial(dispensing_of, whole),
        partial(_overlay, region, whole.get("parameters") or {}),
    )
    return Case(
        id=name,
        title=str(raw.get("title") or ""),
        cites=tuple(whole.get("cites") or ()),
        region=region,
        dispensing=dispensing,
        overlay=overlay,
        expect=expect,
    )


def _expected(whole: Mapping[str, Any]) -> Mapping[str, Any]:
    expect = whole.get("expect")
    if not isinstance(expect, Mapping) or expect.get("decision") is None:
        raise CaseError("expect", "expected a decision")
    return expect


def _overlay(region: str, given: Mapping[str, Any]) -> Overlay:
    try:
        return overlay_of(region, given, source="case file")
    except ValueError as error:
        faults = (CaseError("parameters", said) for said in str(error).split("\n"))
        raise CaseError.of(faults) from error


def _compare(expect: Mapping[str, Any], got: Assessment) -> list[str]:
    verdicts = {item.check: item.verdict for item in got.problems}
    pairs = [
        ("decision", expect["decision"], got.decision),
        ("checks", dict(expect.get("checks") or {}), verdicts),
    ]
    for name in AMOUNTS:
        if name in expect:
            fen = None if got.split is None else getattr(got.split, f"{name}_fen")
            wanted = "none" if expect[name] is None else expect[name]
            pairs.append((name, wanted, "none" if fen is None else yuan(fen)))
    return [
        f"{name}: expected {_words(wanted)}, got {_words(came)}"
        for name, wanted, came in pairs
        if wanted != came
    ]


def _words(value: object) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    pairs = [f"{name}: {verdict}" for name, verdict in sorted(value.items())]
    return "{" + ", ".join(pairs) + "}"


def _region(content: Mapping[str, Any]) -> str:
    """Find the region by its own name or by the id of one of its documents."""
    policy = content.get("policy")
    named = {pack.id: pack.region for pack in load_packs()}
    named |= {region: region for region in regions()}
    if not isinstance(policy, str) or named.get(policy) not in regions():
        known = ", ".join(regions())
        raise CaseError("policy", f"expected one of {known}, got {policy!r}")
    return named[policy]


def _read(path: Path) -> Mapping[str, Any]:
    try:
        content = read_yaml(path)
    except ValueError as error:
        raise CaseError("", str(error)) from error
    if not isinstance(content, Mapping):
        raise CaseError("", "expected a map with policy, base and cases")
    return content


def _known(content: Mapping[str, Any]) -> None:
    expected = f"unknown field, expected one of {', '.join(_FILE_KEYS)}"
    unknown = [
        CaseError(str(key), expected) for key in content if key not in _FILE_KEYS
    ]
    if unknown:
        raise CaseError.of(unknown)
