"""A road engine on loopback that answers as OSRM and Valhalla do, and may go wrong."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

SEA = 122.0  # whoever is further east, is on an island


def way(a: tuple[float, float], b: tuple[float, float]) -> tuple[Any, Any]:
    """Give seconds and metres from a to b; more eastwards than westwards, none over the sea."""
    if (a[0] > SEA) != (b[0] > SEA):
        return None, None
    metres = (abs(a[0] - b[0]) + abs(a[1] - b[1])) * 100_000
    seconds = metres / 8 + (7.25 if b[0] > a[0] else 0)
    return round(seconds, 1), round(metres, 1)


@dataclass
class Fake:
    """What was asked, and what goes wrong next."""

    url: str = ""
    asked: list[Any] = field(default_factory=list)
    faults: list[Any] = field(default_factory=list)  # (status, body), or "hang"
    brief: bool = False  # as newer Valhallas answer
    released: threading.Event = field(default_factory=threading.Event)

    def osrm(self, path: str) -> dict[str, Any]:
        split = urlsplit(path)
        query = {name: it[0] for name, it in parse_qs(split.query).items()}
        service, version, profile, places = split.path.strip("/").split("/")
        assert (service, version, profile) == ("table", "v1", "driving")
        assert query["annotations"] == "duration,distance"
        points = [tuple(map(float, it.split(","))) for it in places.split(";")]
        rows = [points[int(it)] for it in query["sources"].split(";")]
        columns = [points[int(it)] for it in query["destinations"].split(";")]
        cells = [[way(a, b) for b in columns] for a in rows]
        return {
            "code": "Ok",
            "durations": [[it[0] for it in row] for row in cells],
            "distances": [[it[1] for it in row] for row in cells],
            "sources": [{"hint": "", "location": it, "name": ""} for it in rows],
            "destinations": [
                {"hint": "", "location": it, "name": ""} for it in columns
            ],
        }

    def valhalla(self, body: dict[str, Any]) -> dict[str, Any]:
        assert body["costing"] == "motor_scooter"
        rows, columns = (
            [(it["lon"], it["lat"]) for it in body[name]]
            for name in ("sources", "targets")
        )
        cells = [[way(a, b) for b in columns] for a in rows]
        km = [[None if it[1] is None else it[1] / 1000 for it in row] for row in cells]
        seconds = [[it[0] for it in row] for row in cells]
        told: Any = {"durations": seconds, "distances": km}
        if not self.brief:
            told = [
                [
                    {"time": s, "distance": d, "from_index": i, "to_index": j}
                    for j, (s, d) in enumerate(zip(*row, strict=True))
                ]
                for i, row in enumerate(zip(seconds, km, strict=True))
            ]
        return {
            "sources_to_targets": told,
            "units": "kilometers",
            "algorithm": "costmatrix",
        }


@contextmanager
def engine() -> Iterator[Fake]:
    """Serve the engine while the block runs."""
    fake = Fake()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            fake.asked.append(self.path)
            self.answer(lambda: fake.osrm(self.path))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fake.asked.append(body)
            assert self.path == "/sources_to_targets"
            self.answer(lambda: fake.valhalla(body))

        def answer(self, make: Any) -> None:
            fault = fake.faults.pop(0) if fake.faults else None
            if fault == "hang":
                fake.released.wait(10)
                self.close_connection = True
                return
            status, said = fault or (200, json.dumps(make()))
            self.send_response(status)
            self.send_header("Content-Length", str(len(said.encode())))
            self.end_headers()
            self.wfile.write(said.encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        fake.released.set()
        server.shutdown()
        server.server_close()
