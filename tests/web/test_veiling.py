"""A log tells no number of a person, whatever is written to it."""

import io
import logging

import structlog

from web import db, observe, veiling

ID, PHONE = "33030219560312401X", "13900001234"


def test_numbers_of_people_are_veiled_wherever_they_stand():
    sink = io.StringIO()
    handler = logging.StreamHandler(sink)
    handler.addFilter(veiling.Veil())
    log = logging.Logger("of this test")
    log.addHandler(handler)
    log.info("asked %s of %s", ID, PHONE)
    try:
        raise ValueError(f"no {ID}")
    except ValueError:
        log.exception("failed")
    told = sink.getvalue()
    assert "[id]" in told and "[phone]" in told and "Traceback" in told
    assert ID not in told and PHONE not in told


def test_a_traceback_tells_no_value_of_a_variable():
    id_number = ID
    try:
        raise LookupError(len(id_number))
    except LookupError as error:
        given = {"exc_info": (type(error), error, error.__traceback__)}
        told = observe._TRACEBACKS(structlog.get_logger(), "error", given)
    assert "locals" not in repr(told["exception"][0]["frames"]) or ID not in repr(told)


def test_an_error_of_the_database_tells_no_value(tmp_path):
    assert db.open_engine(f"sqlite:///{tmp_path}/a.db").hide_parameters
