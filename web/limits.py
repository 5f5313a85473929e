"""How large a body may be where it holds a file: elsewhere the usual limit stands."""

from types import MappingProxyType

from flask import Flask, request

MIB = 1024 * 1024
# By blueprint: a prescription's PDF in base64, a photograph of a paper.
BYTES_MAX = MappingProxyType(
    {
        "national": 2 * MIB,
        "courier": 8 * MIB,  # a batch of acts, some of them with a picture in base64
        "papers": 8 * MIB,
        "medicine_files": 49 * MIB,
        "medicines_pages": 49 * MIB,  # a catalogue of 48, and what a form adds
        "matching": 49 * MIB,
        "matching_pages": 49 * MIB,
        "paper_pages": 8 * MIB,
        "code_pictures": 9 * MIB,  # a photograph of 8, and what a form adds
        "code_picture_pages": 9 * MIB,
        "cold_chain": 5 * MIB,  # a logger's file of 4, and what a form adds
        "cold_chain_pages": 5 * MIB,
        "lists": 33 * MIB,  # a list of 32, and what a form adds
        "lists_pages": 33 * MIB,
        "tasks": 6 * MIB,  # evidence of 4 in base64, and what a form adds
        "tasks_pages": 5 * MIB,
        "evidence": 65 * MIB,  # a file of 64, and what a form adds
        "evidence_pages": 65 * MIB,
    }
)


def init_app(app: Flask) -> None:
    """Raise the limit where a file is awaited; to be called before anything reads a body."""
    app.before_request(_raise_limit)


def _raise_limit() -> None:
    usual = request.max_content_length or 0
    larger = BYTES_MAX.get(request.blueprint or "", 0)
    if larger > usual:
        request.max_content_length = larger
