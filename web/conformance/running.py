"""Run the scenarios of one kind of implementation against an address, and tell what came of it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from time import sleep

import httpx

from web.conformance.api_steps import ACTS as API_ACTS
from web.conformance.api_world import Api
from web.conformance.given import TOKENS, BadGiven, Given
from web.conformance.platform_steps import ACTS as PLATFORM_ACTS
from web.conformance.platform_world import Platform
from web.conformance.script import Outcome, load, run

KINDS = ("sandbox", "api")
TIMEOUT_S = 35
_WORDS = {"passed": "通过", "failed": "未通过", "left out": "未执行"}


def against_platform(
    url: str, given: Given, now: Callable[[], datetime]
) -> tuple[Outcome, ...]:
    """Run the scenarios of the settlement interface; httpx.HTTPError where nobody listens."""
    scenarios = load("sandbox", PLATFORM_ACTS)
    with httpx.Client(base_url=url, timeout=TIMEOUT_S, trust_env=False) as client:
        client.get("")

        def world() -> Platform:
            people = {who: dict(each) for who, each in given.people.items()}
            return Platform(client, given.institution, people, now(), given.cap_fen)

        has = {"封顶额": given.cap_fen is not None}
        return run(scenarios, PLATFORM_ACTS, world, has)


def against_api(
    url: str,
    given: Given,
    now: Callable[[], datetime],
    wait: Callable[[int], object] | None = None,
) -> tuple[Outcome, ...]:
    """Run the scenarios of our own interface; `wait` lets seconds go by, where that is meant."""
    missing = [name for name in TOKENS if name not in given.tokens]
    if missing or not given.medicine:
        raise BadGiven(f"expected tokens of {', '.join(TOKENS)}, and a medicine")
    scenarios = load("api", API_ACTS)
    with httpx.Client(base_url=url, timeout=TIMEOUT_S, trust_env=False) as client:
        client.get("/healthz")

        def world() -> Api:
            return Api(client, given, now(), wait or sleep)

        return run(scenarios, API_ACTS, world, {"等待": wait is not None})


def told(outcomes: Sequence[Outcome]) -> list[str]:
    """Tell people what came of each scenario, with the clause that it rests on."""
    lines = []
    for one in outcomes:
        lines.append(f"{_WORDS[one.state]}  {one.name}〔{one.clause}〕")
        if one.state == "failed":
            lines.append(f"      {one.step}：{one.why}")
        elif one.why:
            lines.append(f"      {one.why}")
    states = [one.state for one in outcomes]
    lines.append(
        f"{states.count('passed')} passed, {states.count('failed')} failed,"
        f" {states.count('left out')} left out"
    )
    return lines


def as_json(outcomes: Sequence[Outcome]) -> str:
    """Tell programs the same."""
    return json.dumps([asdict(one) for one in outcomes], ensure_ascii=False, indent=1)
