"""The interface described: OpenAPI 3.1, made from the same types that answer."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from flask import Flask, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from flask_security import current_user
from pydantic import BaseModel, TypeAdapter

from web import client_keys, matrix, program_keys, shown
from web.problems import CHALLENGE, CONTENT_TYPE, Problem

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])
REF = "#/components/schemas/{model}"
ALWAYS = {"401", "403", "429", "500", "503"}
WRITING = {"post", "put", "patch", "delete"}
WITH_KEY = {"400", "409"}
CLIENT_KEY = {
    "name": client_keys.HEADER,
    "in": "header",
    "required": False,
    "description": (
        "Recommended: a key of your own for this one act, such as a random UUID."
        " Within a day the same request under the same key gets the first answer;"
        " another request under it gets 409 (key-used-otherwise), and so does one"
        " while the first is running (Retry-After)."
    ),
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": 255,
        "pattern": f"^{client_keys.FORM}$",
    },
}
CHALLENGED = {
    "WWW-Authenticate": {
        "description": "How to come in: a key of a program (RFC 9110, 11.6.1).",
        "required": True,
        "schema": {"type": "string"},
        "example": CHALLENGE,
    }
}
WITH_ID = {"404"}
WITH_QUERY = {"404", "422"}
WITH_BODY = {"400", "404", "409", "413", "415", "422"}
LOCAL_TIME = "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"
UUID_FORM = {"type": "string", "format": "uuid"}
SECURITY_SCHEMES = {
    "token": {
        "type": "apiKey",
        "in": "header",
        "name": "Authentication-Token",
        "description": "A token from POST /api/tokens.",
    },
    "program_key": {
        "type": "http",
        "scheme": "bearer",
        "description": (
            "A key of an institution's program, `yaoda_...`, as `Authorization: Bearer`;"
            " it opens the actions that it was made for (`x-action`), until it ends."
        ),
    },
    "program_key_header": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "The same key, where a program can set no `Authorization`.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "yaoda",
        "description": (
            "A signed-in browser (over TLS `__Host-yaoda`); writes also need the"
            " X-CSRFToken header."
        ),
    },
}


def init_app(app: Flask, *, is_open: bool) -> None:
    """Show the description to whoever is signed in, and to all where that is meant."""

    def guard() -> None:
        hidden = request.endpoint == "openapi.spec" and not is_open
        if hidden and not current_user.is_authenticated:
            abort(401)

    app.before_request(guard)


def answers(kinds: Mapping[int, Any]) -> Callable[[View], View]:
    """Declare what a view answers with: a type for each status."""

    def decorate(view: View) -> View:
        view.answer_kinds = dict(kinds)  # type: ignore[attr-defined]
        return view

    return decorate


def reply(value: Any, status: int = 200) -> tuple[Any, int]:
    """Answer with a value as JSON."""
    return jsonify(value), status


def complete(spec: dict[str, Any] | str) -> dict[str, Any] | str:
    """Add to the generated description what the views declare and what can go wrong."""
    assert isinstance(spec, dict)
    schemas = spec.setdefault("components", {}).setdefault("schemas", {})
    _keep(schemas, "Problem", Problem)
    views = _views(current_app)
    # strict.Provider shows an answer of the rules with its words.
    answer = _schema(schemas, shown.Assessed)
    spec["paths"] = {
        name: path for name, path in spec["paths"].items() if name.startswith("/api/")
    }
    for path in spec["paths"].values():
        for method, operation in path.items():
            if isinstance(operation, dict):
                view = views[operation["operationId"]]
                _complete(operation, view, schemas)
                if method in WRITING and hasattr(view, "login_roles"):
                    _take_keys(operation)
        _name_ids(path)
    schemas["AssessmentView"] = answer
    _local_times(spec)
    return spec


def _complete(operation: dict[str, Any], view: Any, schemas: dict[str, Any]) -> None:
    operation["responses"].clear()
    for status, kind in getattr(view, "answer_kinds", {}).items():
        schema = _schema(schemas, kind)
        operation["responses"][str(status)] = {
            "description": "Answer",
            "content": {"application/json": {"schema": schema}},
        }
    roles = getattr(view, "login_roles", None)
    expected = set(ALWAYS)
    places = {parameter["in"] for parameter in operation["parameters"]}
    expected |= WITH_ID if "path" in places else set()
    expected |= WITH_QUERY if "query" in places else set()
    expected |= WITH_BODY if "requestBody" in operation else {"409"}
    if roles is None:
        operation["security"] = []
    else:
        operation["x-action"] = view.action
        operation["x-roles"] = list(roles)
        operation["x-scopes"] = {
            role: scope.en
            for role, scope in matrix.ACTIONS[view.action].grants.items()
            if role in roles
        }
        operation["security"] = [{name: []} for name in _ways(view.action, roles)]
    for status in sorted(expected):
        operation["responses"][status] = _problem()
    operation["responses"]["401"]["headers"] = CHALLENGED


def _ways(action: str, roles: Collection[str]) -> tuple[str, ...]:
    """Name the ways in; keys of programs open what one of their roles does."""
    keyed = action not in program_keys.NEVER and set(roles) & set(program_keys.ROLES)
    programs = ("program_key", "program_key_header") if keyed else ()
    return ("token", *programs, "session")


def _take_keys(operation: dict[str, Any]) -> None:
    operation["parameters"].append(CLIENT_KEY)
    for status in sorted(WITH_KEY):
        operation["responses"].setdefault(status, _problem())


def _problem() -> dict[str, Any]:
    schema = {"$ref": REF.format(model="Problem")}
    return {
        "description": "A problem document",
        "content": {CONTENT_TYPE: {"schema": schema}},
    }


def _name_ids(path: dict[str, Any]) -> None:
    for operation in path.values():
        for parameter in operation.get("parameters", ()):
            # Ids are called so; another part of an address is a word.
            if parameter["in"] == "path" and parameter["name"].endswith("_id"):
                parameter["schema"] = UUID_FORM


def _local_times(part: Any) -> None:
    """Describe times of day as they are: JSON Schema's "time" would ask for an offset."""
    if isinstance(part, dict):
        if part.get("format") == "time":
            del part["format"]
            part["pattern"] = LOCAL_TIME
        for inner in part.values():
            _local_times(inner)
    elif isinstance(part, list):
        for inner in part:
            _local_times(inner)


def _schema(schemas: dict[str, Any], kind: Any) -> dict[str, Any]:
    made = TypeAdapter(kind).json_schema(ref_template=REF, mode="serialization")
    for name, each in made.pop("$defs", {}).items():
        # Two classes of one name: the second would be described as the first.
        assert schemas.setdefault(name, each) == each, f"{name} {kind}"
    return made


def _keep(schemas: dict[str, Any], name: str, model: type[BaseModel]) -> None:
    schemas[name] = _schema(schemas, model)


def _views(app: Flask) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for rule in app.url_map.iter_rules():
        for method in rule.methods or ():
            name = f"{method.lower()}_{rule.endpoint.replace('.', '_')}"
            found[name] = app.view_functions[rule.endpoint]
    return found
