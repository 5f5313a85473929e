"""Positions from trackers: OsmAnd and Traccar send them with the key of their firm.

The key stands in the address (`key=`), as trackers can send nothing else, or in the header
`Authorization: Bearer`. What is put aside is answered like what counts: a tracker that gets
an error sends the same again for ever.
"""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, abort, jsonify, request
from flask.typing import ResponseReturnValue

from dispensing.errors import FieldError, Malformed
from routing import service
from routing.feeds import Heard, NotAFeed, read_client, read_forwarded, read_osmand
from web import clock, db, parts, riding
from web.strict import parse

bp = Blueprint("feed", __name__, url_prefix="/feed")

_BEARER = "Bearer "


@bp.route("/osmand", methods=["GET", "POST"])
def osmand() -> ResponseReturnValue:
    """Take one fix as parameters, or as the JSON of Traccar Client."""
    if request.is_json:
        return _taken(read_client, _body())
    return _taken(read_osmand, request.values.to_dict())


@bp.post("/traccar")
def traccar() -> ResponseReturnValue:
    """Take a position that a Traccar server forwards as JSON."""
    return _taken(read_forwarded, _body())


def _taken(
    read: Callable[[Mapping[str, Any], Any], Heard], sent: Mapping[str, Any]
) -> ResponseReturnValue:
    try:
        heard = read(sent, clock.now())
    except NotAFeed as error:
        raise Malformed([FieldError("feed", str(error))]) from None
    session = db.writing_session()
    try:
        courier_code = service.courier_of_device(session, _key(), heard.device)
    except service.WrongKey:
        abort(401)
    taken = service.record_positions(
        session,
        vault=parts.desk().vault,
        courier_code=courier_code,
        points=heard.fixes,
        now=clock.now(),
        sieve=riding.sieve_of(parts.settings()),
        limits=riding.limits_of(parts.settings()),
    )
    return jsonify(taken)


def _key() -> str:
    bearer = request.headers.get("Authorization", "")
    if bearer.startswith(_BEARER):
        return bearer.removeprefix(_BEARER).strip()
    return request.args.get("key", "")


def _body() -> Mapping[str, Any]:
    sent = parse(request.get_data())
    if not isinstance(sent, dict):
        raise Malformed([FieldError("feed", "an object")])
    return sent
