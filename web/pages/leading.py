"""Where a desk's script goes next: it is told the way, because it cannot see a redirect."""

from flask import Response, request

ASKED = "Yaoda-Desk"
GO = "Yaoda-Go"


def lead(response: Response) -> Response:
    """Answer a script that asks so with the place that a form would have led to."""
    if ASKED in request.headers and 300 <= response.status_code < 400:
        place = response.headers.pop("Location")
        response.headers[GO] = place
        response.status_code = 204
        response.set_data(b"")
    return response
