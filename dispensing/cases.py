"""Policy cases: a dispensing and what the rules must say of it, as bureaus write them."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dispensing.assess import Assessment, assess
from dispensing.case_fields import CASE, EXPECT, CaseError, checked, dispensing_of
from dispensing.money import yuan
from dispensing.policy.overlay import overlay_of
from dispensing.policy.pack import load_packs
from dispensing.policy.rules import NotInForce, regions, rules_for

AMOUNTS = tuple(name for name in EXPECT if name not in ("decision", "checks"))
_FILE_KEYS = ("policy", "base", "cases")


@dataclass(frozen=True, slots=True)
class Result:
    """One case, run: the differences between what was expected and what came."""

    file: str
    id: str
    title: str
    differences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Tell whether everything expected came, and nothing else."""
        return not self.differences


def main(paths: Iterable[Path], echo: Callable[[str], object] = print) -> int:
    """Run case files, tell each failure, end with the count; 1 where one failed."""
    results = run_files(paths)
    for result in results:
        if not result.passed:
            echo(f"{result.file}: {result.id}: {result.title}".rstrip(": "))
            for difference in result.differences:
                echo(f"    {difference}")
    failed = sum(1 for result in results if not result.passed)
    echo(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed or not results else 0


def run_files(paths: Iterable[Path]) -> tuple[Result, ...]:
    """Run every case of these files; a file or a case that is not fit is a failure."""
    return tuple(result for path in paths for result in _run_file(Path(path)))


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


def _run_file(path: Path) -> list[Result]:
    try:
        content = _read(path)
        region = _region(content)
        cases = content.get("cases")
        if not isinstance(cases, list) or not cases:
            raise CaseError("cases", "expected a list of cases")
        base = checked(content.get("base", {}), CASE, "base")
    except CaseError as error:
        return [Result(str(path), "file", "", (str(error),))]
    results = []
    seen: set[str] = set()
    for number, case in enumerate(cases):
        name, title = _named(case, number)
        try:
            if name in seen:
                raise CaseError("id", f"expected an id of its own, got {name} again")
            found = tuple(_differences(region, base, case))
        except CaseError as error:
            found = (str(error),)
        seen.add(name)
        results.append(Result(str(path), name, title, found))
    return results


def _named(case: Any, number: int) -> tuple[str, str]:
    if not isinstance(case, Mapping):
        return f"cases[{number}]", ""
    return str(case.get("id") or f"cases[{number}]"), str(case.get("title") or "")


def _differences(region: str, base: Mapping[str, Any] | None, case: Any) -> list[str]:
    if not isinstance(case, Mapping):
        raise CaseError("", f"expected a map, got {case!r}")
    whole = merge(base or {}, checked(case, CASE, ""))
    expect = whole.get("expect")
    if not isinstance(expect, Mapping) or "decision" not in expect:
        raise CaseError("expect", "expected a decision")
    dispensing = dispensing_of(whole)
    try:
        overlay = overlay_of(region, whole.get("parameters") or {}, source="case file")
    except ValueError as error:
        raise CaseError("parameters", str(error)) from error
    try:
        rules = rules_for(region, dispensing.on, overlay)
    except NotInForce as error:
        raise CaseError("on", str(error)) from error
    return _compare(expect, assess(dispensing, rules))


def _compare(expect: Mapping[str, Any], got: Assessment) -> list[str]:
    verdicts = {item.check: item.verdict for item in got.problems}
    pairs = [
        ("decision", expect["decision"], got.decision),
        ("checks", dict(expect.get("checks") or {}), verdicts),
    ]
    for name in AMOUNTS:
        if name in expect:
            fen = None if got.split is None else getattr(got.split, f"{name}_fen")
            pairs.append((name, expect[name], "none" if fen is None else yuan(fen)))
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
    if policy not in named or named[policy] not in regions():
        known = ", ".join(regions())
        raise CaseError("policy", f"expected one of {known}, got {policy!r}")
    return named[policy]


class _Plain(yaml.SafeLoader):
    """Leaves every scalar as it is written, but null, true and false.

    So an amount of 12.60 stays "12.60" without quotes, `on` is a key and not a truth,
    and an area keeps its digits.
    """


_Plain.yaml_implicit_resolvers = {}
_Plain.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"(?:~|null|Null|NULL)?$"), ["~", "n", "N", ""]
)
_Plain.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"(?:true|True|false|False)$"), list("tTfF")
)
_Plain.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile("<<$"), ["<"])


def _read(path: Path) -> Mapping[str, Any]:
    try:
        content = yaml.load(path.read_text("utf-8"), _Plain)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CaseError("", f"expected a YAML file: {error}") from error
    if not isinstance(content, Mapping):
        raise CaseError("", "expected a map with policy, base and cases")
    for key in content:
        if key not in _FILE_KEYS:
            expected = f"unknown field, expected one of {', '.join(_FILE_KEYS)}"
            raise CaseError(str(key), expected)
    return content
