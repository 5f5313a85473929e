// How long ago something was done, on a phone whose clock may be wrong by a day. What counts is
// the difference of two readings of one clock: of the wall clock, put right by what the server
// last said; of the monotonic one where somebody has set the wall clock in between.
self.yaodaClock = (() => {
  "use strict";
  const BOOT = `${performance.timeOrigin} ${Math.random()}`;
  const HALF_DAY_MS = 12 * 3600 * 1000;
  const WEEK_MS = 7 * 24 * 3600 * 1000;
  let offset = 0; // the server's clock less this one's

  const WATCH_MS = 2 * 60 * 1000;

  return {
    start: async () => {
      offset = (await self.yaodaStore.fact("offset")) ?? 0;
    },
    heard: (serverMs) => {
      offset = serverMs - Date.now();
      return self.yaodaStore.keep("offset", offset);
    },
    now: () => Date.now() + offset,
    stamp: () => ({ boot: BOOT, wall: Date.now(), mono: performance.now(), offset }),
    // Both clocks have measured the same: nobody has set the one that can be set.
    steady: (act) =>
      act.boot === BOOT && Math.abs(Date.now() + offset - (act.wall + act.offset) - (performance.now() - act.mono)) <= WATCH_MS,
    // The monotonic clock of a phone may stand still while it sleeps, but never runs ahead.
    ago: (act) => {
      let ms = Date.now() + offset - (act.wall + act.offset);
      if (act.boot === BOOT) {
        const mono = performance.now() - act.mono;
        if (ms < mono || ms - mono > HALF_DAY_MS) ms = mono;
      }
      return Math.round(Math.min(Math.max(ms, 0), WEEK_MS));
    },
  };
})();
