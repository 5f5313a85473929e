// Where the courier is, while a route is under way and the page is seen: at most every 30 s and
// only after 50 m, sent along with what is sent anyhow, or by itself after two minutes.
self.yaodaPlace = (() => {
  "use strict";
  const EVERY_MS = 30_000;
  const AFTER_M = 50;
  const SEND_MS = 120_000;
  const KEPT_MAX = 200;
  const RADIUS_M = 6_371_000;
  const acts = self.yaodaActs;
  let watching;
  let last;
  let sentMs = 0;

  const away = (one, other) => {
    const rad = Math.PI / 180;
    const x = (other.longitude - one.longitude) * rad * Math.cos(one.latitude * rad);
    const y = (other.latitude - one.latitude) * rad;
    return Math.hypot(x, y) * RADIUS_M;
  };
  const isDue = (fix) => !last || (fix.timestamp - last.timestamp >= EVERY_MS && away(last.coords, fix.coords) >= AFTER_M);
  const take = async (fix) => {
    if (!isDue(fix)) return;
    last = fix;
    const { longitude, latitude, accuracy, speed } = fix.coords;
    const round = (number, digits) => Number(number.toFixed(digits));
    const body = { lon: round(longitude, 6), lat: round(latitude, 6), accuracy_m: Math.min(Math.round(accuracy), 100_000) };
    if (Number.isFinite(speed) && speed >= 0) body.speed_mps = round(speed, 1);
    await acts.record("position", null, body, "");
    const kept = (await acts.mine()).filter((act) => act.kind === "position");
    await self.yaodaStore.drop(kept.slice(0, -KEPT_MAX).map((act) => act.no));
    if (performance.now() - sentMs < SEND_MS || !navigator.onLine) return;
    sentMs = performance.now();
    await acts.sync();
  };
  const stop = () => {
    if (watching !== undefined) navigator.geolocation.clearWatch(watching);
    watching = undefined;
  };
  const start = () => {
    const root = document.querySelector("#live");
    const out = document.querySelector(".route.out");
    if (document.hidden || !root || !out || !navigator.geolocation) return stop();
    watching ??= navigator.geolocation.watchPosition(take, stop, { maximumAge: EVERY_MS, timeout: 60_000 });
  };
  return {
    follow: () => {
      document.addEventListener("visibilitychange", start);
      document.addEventListener("live:changed", start);
      start();
    },
  };
})();
