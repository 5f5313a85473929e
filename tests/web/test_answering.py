"""An app that answers beside other work: what it still held is let go at the end."""

import http.client
import threading
from io import BytesIO
from typing import Any

from tests.serving import serving

SOON_S = 10


def test_a_file_that_was_still_to_be_sent_is_closed_at_the_end():
    file, taken = BytesIO(b"x" * 8_000_000), threading.Event()

    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("Content-Length", "8000000")])
        taken.set()
        return environ["wsgi.file_wrapper"](file)

    with serving(app) as address:
        asking = http.client.HTTPConnection(
            address.removeprefix("http://"), timeout=SOON_S
        )
        asking.request("GET", "/")
        assert taken.wait(SOON_S)
        asking.getresponse().read(1)  # the rest is never read
    asking.close()

    assert file.closed
