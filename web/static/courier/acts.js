// Records what is done and has it sent: at once where there is a line, else when it is back.
self.yaodaActs = (() => {
  "use strict";
  const FIRST_MS = 5_000;
  const LAST_MS = 300_000;
  const store = self.yaodaStore;
  const clock = self.yaodaClock;
  const listeners = [];
  let pause = FIRST_MS;
  let timer;
  let state = "";
  let again = false;
  let sending;

  const courier = () => document.querySelector("#live").dataset.courier;
  const tell = () => listeners.forEach((listen) => listen(state));
  // The worker sends also after the page was closed, where the browser knows how.
  const askWorker = async () => {
    const ready = await navigator.serviceWorker?.getRegistration("/courier");
    await ready?.sync?.register("acts").catch(() => {});
  };
  const send = async () => {
    clearTimeout(timer);
    state = await self.yaodaSending.all();
    tell();
    if (state === "done") {
      pause = FIRST_MS;
      return;
    }
    await askWorker();
    if (document.hidden || state === "out" || state === "stale") return; // whoever opens it again sends
    timer = setTimeout(sync, pause * (0.75 + Math.random() / 2));
    pause = Math.min(pause * 2, LAST_MS);
  };
  const sync = async () => {
    if (sending) {
      again = true;
      return sending;
    }
    sending = send();
    try {
      await sending;
    } finally {
      sending = undefined;
    }
    if (again) {
      again = false;
      await sync();
    }
  };
  const record = async (kind, order, body, words, route) => {
    const act = { id: crypto.randomUUID(), kind, order, body, route, outcome: body.outcome, words, courier: courier(), state: "waiting", ...clock.stamp() };
    await store.add(act);
    tell();
    return act;
  };
  // Who acts anew on an order has read at its stop what was refused: that no longer holds it up.
  const supersede = async (order) => {
    const refused = (await mine()).filter((act) => act.order === order && act.state === "refused");
    await store.drop(refused.map((act) => act.no));
  };
  // What is seen of them: a refused act that was seen to no longer holds up the rest.
  const seen = async (no) => {
    await store.drop([no]);
    tell();
    await sync();
  };
  const mine = async () => (await store.acts()).filter((act) => act.courier === courier());

  new BroadcastChannel("yaoda-acts").addEventListener("message", tell);
  addEventListener("online", () => {
    pause = FIRST_MS;
    sync();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) clearTimeout(timer);
    else sync();
  });
  return { record, supersede, sync, seen, mine, courier, state: () => state, onChange: (listen) => listeners.push(listen) };
})();
