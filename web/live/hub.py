"""One watcher for all listeners of a process: it looks for news, and tells who asked."""

from collections.abc import Mapping
from threading import Event, Lock, Thread
from time import monotonic

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from web import db
from web.live.place import Place, Reading
from web.live.reading import Key, last_place, news_after
from web.live.stream import BEAT, Stream

log = structlog.stdlib.get_logger("yaoda.live")
LOOK_S = 0.4  # where another process writes
NEAR_S = 0.05  # between two looks at least, whatever this process writes
BEAT_S = 15.0
LIFE_S = 600.0  # then a listener comes back, and is asked again who it is
AWAY_S = 2.0  # between two looks while the database is away
Readings = tuple[Reading, ...]


class Full(Exception):
    """As many listen as may: the caller asks from time to time instead."""


class Hub:
    """The listeners of one process, and the thread that watches while there are any."""

    def __init__(self, engine: Engine, streams_max: int) -> None:
        self._engine = engine
        self._streams_max = streams_max
        self._guard = Lock()
        self._streams: set[Stream] = set()
        self._watcher: Thread | None = None
        self._stop, self._wake = Event(), Event()
        self._beaten_s = 0.0

    def __len__(self) -> int:
        return len(self._streams)

    def join(self, topics: Mapping[Key, str]) -> Stream:
        """Let one more listen, or raise Full."""
        stream = Stream(topics, self._leave)
        with self._guard:
            if len(self._streams) >= self._streams_max:
                raise Full
            self._streams.add(stream)
            self._stop.clear()
            if self._watcher is None:
                self._watcher = Thread(target=self._watch, name="live", daemon=True)
                self._watcher.start()
        return stream

    def close(self) -> None:
        """Let everybody go, and wait for the watcher."""
        for stream in self._listeners():
            stream.end()
        watcher = self._watcher
        if watcher is not None:
            watcher.join()

    def wake(self) -> None:
        """Let the watcher look at once: this process has written something."""
        self._wake.set()

    def _leave(self, stream: Stream) -> None:
        with self._guard:
            self._streams.discard(stream)
            if not self._streams:
                self._stop.set()  # the watcher need not look again
                self._wake.set()

    def _watch(self) -> None:
        readings: Readings | None = None
        while self._goes_on():
            wait_s = LOOK_S
            try:
                readings = self._look(readings)
            except SQLAlchemyError as error:
                # Who listens keeps the line: what was missed is read afterwards.
                log.warning("no news", kind=type(error).__name__)
                wait_s = AWAY_S
            self._beat()
            self._wake.wait(wait_s)
            self._wake.clear()
            self._stop.wait(NEAR_S)

    def _goes_on(self) -> bool:
        with self._guard:
            if self._streams:
                return True
            self._watcher = None
            return False

    def _look(self, readings: Readings | None) -> Readings:
        with db.open_session(self._engine, read_only=True) as session:
            if readings is None:
                return tuple(map(Reading, last_place(session).numbers))
            news = news_after(
                session,
                Place(*(each.high for each in readings)),
                [each.wanted() for each in readings],
            )
        now_s = monotonic()
        for reading, numbers in zip(readings, news.numbers, strict=True):
            reading.take(numbers, now_s)
        if news.keys:
            place = Place(*(each.whole for each in readings))
            for stream in self._listeners():
                stream.tell(news.keys, place)
        return readings

    def _beat(self) -> None:
        if monotonic() - self._beaten_s >= BEAT_S:
            self._beaten_s = monotonic()
            for stream in self._listeners():
                if monotonic() - stream.begun_s > LIFE_S:
                    stream.end()
                else:
                    stream.send(BEAT)

    def _listeners(self) -> list[Stream]:
        with self._guard:
            return list(self._streams)
