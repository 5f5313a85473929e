"""A stranger who asks for every address with everybody's ids, and how each answers.

Whatever belongs to somebody else has to answer as what there is not: the same status, the
same words, about the same number of queries.
"""

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, Uuid, event, select

from tests.platform import Platform, csrf
from web import matrix
from web.db import metadata

NOBODYS = UUID("00000000-0000-4000-8000-000000000000")
QUERIES_APART_MAX = 4
# Whatever differs from one request to the next and says nothing: ids, keys and tokens of a page.
_PASSING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r'|[0-9a-f]{32}|value="[^"]{20,}"|"request_id": ?"[^"]*"|<code>[0-9a-f-]{8,}</code>'
)


# For each role an account that owns nothing of what the others do.
STRANGERS = {
    "patient": "bob",
    "counter": "second-counter",
    "hospital": "internet-hospital",
    "dispatch": "other-dispatcher",
    "courier": "second-courier",
    "bureau": "hangzhou",
    "health": "hangzhou-health",
}
# Told on purpose: of two pharmacies with the patient's code, the second has to learn why.
TOLD = {("PUT", "/api/prescriptions/<uuid:prescription_id>/settlement", "counter")}
# Where an object is kept, if not in the table of its name.
TABLES: dict[str, tuple[str, ...]] = {
    "alert": ("delivery_order",),
    "case": ("desk_case",),
    "difference": ("reconcile_difference",),
    "entry": ("no_code",),
    "file": ("catalogue_upload",),
    "key": ("feed_key",),
    "order": ("delivery_order",),
    "proof": ("delivery_proof",),
    "run": ("siting",),
    "sample": ("smart_sample",),
    "task": ("matching_task",),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a caller was told, without what is different each time."""

    status: int
    body: str
    queries: int


@dataclass(frozen=True, slots=True)
class Door:
    """One address with an id in it, and a body that it would take."""

    method: str
    rule: str
    parameter: str
    action: str
    roles: tuple[str, ...]
    body: Any
    is_page: bool

    def address(self, number: UUID) -> str:
        """Write the address with an id."""
        path = re.sub(rf"<uuid:{self.parameter}>", str(number), self.rule)
        path = re.sub(r"<uuid:\w+>", str(NOBODYS), path)
        return re.sub(r"<int:\w+>", "1", path)


class Stranger:
    """Somebody who is signed in and asks for what is not theirs."""

    def __init__(self, platform: Platform, name: str) -> None:
        self.engine: Engine = platform.app.extensions["engine"]
        self.program = platform.program(name)
        self.person = platform.person(name)
        home = self.person.get("/", follow_redirects=True).text
        self.token = csrf(home)

    def ask(self, door: Door, number: UUID) -> Answer:
        """Ask at a door with an id."""
        address = door.address(number)
        with counted(self.engine) as queries:
            if door.is_page:
                sent = {"csrf_token": self.token} if door.method != "GET" else None
                told = self.person.open(address, method=door.method, data=sent)
            else:
                path = address.removeprefix("/api")
                told = self.program.ask(door.method, path, door.body)
        body = _PASSING.sub("", told.text) if told.mimetype != "application/pdf" else ""
        return Answer(told.status_code, body, len(queries))


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """Note the statements that run meanwhile."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def doors(platform: Platform) -> list[Door]:
    """List the addresses that name an object, each once for every id in it."""
    views = platform.app.view_functions
    examples = _examples(platform)
    found = []
    for rule in platform.app.url_map.iter_rules():
        action = getattr(views[rule.endpoint], "action", None)
        if action is None:
            continue
        path = str(rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            body = examples.get((method, path), None if method == "GET" else {})
            roles = views[rule.endpoint].login_roles
            found += [
                Door(method, path, name, action, roles, body, _is_page(path))
                for name in re.findall(r"<uuid:(\w+)>", path)
            ]
    return found


def _is_page(path: str) -> bool:
    return not path.startswith("/api")


def unoffered(platform: Platform) -> list[str]:
    """Name the addresses with an id for which the database holds no object to be asked about."""
    kept = ids(platform.app.extensions["engine"])
    return sorted(
        f"{door.method} {door.rule}: no {door.parameter}"
        for door in doors(platform)
        if not _asked(door.parameter, kept, whole=False)
    )


def ids(engine: Engine) -> dict[str, list[UUID]]:
    """Harvest every id that the database keeps, by table."""
    found: dict[str, set[UUID]] = defaultdict(set)
    with engine.connect() as connection:
        for table in metadata().sorted_tables:
            for column in table.primary_key:
                if isinstance(column.type, Uuid):
                    read = connection.execute(select(column)).scalars()
                    found[table.name].update(read)
    return {name: sorted(numbers) for name, numbers in found.items() if numbers}


def leaks(
    platform: Platform,
    names: dict[str, str],
    *,
    open_to_all: Collection[UUID] = (),
    whole: bool = False,
) -> list[str]:
    """Say where a stranger is told of an object otherwise than of none.

    `names` gives for each role the account that owns nothing of what is there. Each door is
    asked with an object of the kind that it names, and with all of every kind in a `whole` crawl.
    What is `open_to_all` by a rule of the field, such as a prescription that any pharmacy may
    still serve, is left out.
    """
    found = []
    kept = {
        table: [number for number in numbers if number not in open_to_all]
        for table, numbers in ids(platform.app.extensions["engine"]).items()
    }
    callers = {role: Stranger(platform, name) for role, name in names.items()}
    for door in doors(platform):
        for role, stranger in callers.items():
            if role not in door.roles or (door.method, door.rule, role) in TOLD:
                continue
            if _is_everybodys(door.action, role):
                continue
            stranger.ask(door, NOBODYS)  # templates and statements are compiled
            none = stranger.ask(door, NOBODYS)
            for number in _asked(door.parameter, kept, whole=whole):
                told = stranger.ask(door, number)
                fault = _fault(none, told)
                if fault:
                    where = f"{door.method} {door.rule} {door.parameter} as {role}"
                    found.append(f"{where}: {fault}")
                    break
    return found


def _is_everybodys(action: str, role: str) -> bool:
    """Tell whether the matrix declares, with its reason, that it belongs to nobody."""
    scope = matrix.scope_of(action, role)
    return scope is not None and scope.name == "any"


def _asked(parameter: str, kept: dict[str, list[UUID]], *, whole: bool) -> list[UUID]:
    if whole:
        return [number for numbers in kept.values() for number in numbers]
    noun = parameter.removesuffix("_id")
    tables = TABLES.get(noun, (noun,))
    return [kept[table][0] for table in tables if kept.get(table)]


def _fault(none: Answer, told: Answer) -> str:
    if told.status != none.status:
        return f"status {told.status}, not {none.status}"
    if told.body != none.body:
        return f"other words: {told.body[:300]!r}, not {none.body[:300]!r}"
    if abs(told.queries - none.queries) > QUERIES_APART_MAX:
        return f"{told.queries} queries, not {none.queries}"
    return ""


def _examples(platform: Platform) -> dict[tuple[str, str], Any]:
    spec = json.loads(platform.app.test_client().get("/openapi.json").text)
    found = {}
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            example = content.get("application/json", {}).get("example")
            rule = re.sub(r"\{(\w+_id)\}", r"<uuid:\1>", path)
            rule = rule.replace("{no}", "<int:no>")
            found[method.upper(), rule] = example or ({} if content else None)
    return found
