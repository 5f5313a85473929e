"""The sandbox over HTTP: one address for messages, and an administration beside it."""

import ipaddress
from dataclasses import asdict
from hmac import compare_digest
from typing import Any

from flask import Flask, Response, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from dispensing.money import yuan
from web.sandbox.answering import Counter
from web.sandbox.books import Bill
from web.sandbox.faults import KINDS, BadFault, read_fault

BODY_BYTES_MAX = 16 * 1024 * 1024
SHOWN = 200


def create_sandbox(counter: Counter, token: str = "") -> Flask:
    """Make the sandbox's app: messages by POST to /, its books and its faults."""
    app = Flask(__name__)
    app.config.update(MAX_CONTENT_LENGTH=BODY_BYTES_MAX)
    app.jinja_env.filters["yuan"] = yuan
    _messages(app, counter)
    _administration(app, counter, token)
    return app


def _messages(app: Flask, counter: Counter) -> None:
    @app.post("/")
    def message() -> ResponseReturnValue:
        """Answer one message of the interface."""
        said = counter.answer(request.get_data())
        answer = Response(said.body, said.status, mimetype="application/json")
        answer.headers["Content-Length"] = str(said.of_bytes)
        return answer

    @app.get("/healthz")
    def healthy() -> ResponseReturnValue:
        """Tell that the sandbox listens."""
        return jsonify(status="ok")


def _administration(app: Flask, counter: Counter, token: str) -> None:
    def allowed() -> None:
        """Let in whoever has the token; without one, whoever is on this machine."""
        told = request.headers.get("X-Sandbox-Token", "")
        if token and not compare_digest(token.encode(), told.encode()):
            abort(403)
        here = ipaddress.ip_address(request.remote_addr or "0.0.0.0").is_loopback
        if not token and not here:
            abort(403)

    @app.get("/")
    def page() -> ResponseReturnValue:
        """Show what is booked, and the faults that are set."""
        allowed()
        bills = counter.books.booked()[-SHOWN:][::-1]
        return render_template(
            "books.html", bills=bills, faults=counter.faults.told(), kinds=KINDS
        )

    @app.get("/booked")
    def booked() -> ResponseReturnValue:
        """List what is booked, as JSON."""
        allowed()
        return jsonify([_bill(bill) for bill in counter.books.booked()])

    @app.get("/faults")
    def faults() -> ResponseReturnValue:
        """List the faults that are set."""
        allowed()
        return jsonify(counter.faults.told())

    @app.post("/faults")
    def add() -> ResponseReturnValue:
        """Set one more fault."""
        allowed()
        try:
            counter.faults.add(read_fault(request.get_json(silent=True)))
        except BadFault as error:
            return jsonify(error=str(error)), 400
        return jsonify(counter.faults.told()), 201

    @app.delete("/faults")
    def clear() -> ResponseReturnValue:
        """Take all faults away."""
        allowed()
        counter.faults.clear()
        return jsonify([])


def _bill(bill: Bill) -> dict[str, Any]:
    told = asdict(bill)
    del told["lines_fen"]
    return {**told, "on": bill.on.isoformat(), "cash_fen": bill.cash_fen}
