// Sends what was done: in its order, a batch at a time, one sender at a time, the page or its
// worker. What was answered is marked; what was not is sent again under the same number.
self.yaodaSending = (() => {
  "use strict";
  const ADDRESS = "/api/courier/acts";
  const ACTS_MAX = 20;
  const SIGNS_MAX = 3_000_000;
  const store = self.yaodaStore;
  const clock = self.yaodaClock;
  const news = new BroadcastChannel("yaoda-acts");

  // Acts of an order of which one was refused wait until somebody has seen to that one.
  const due = (acts, courier) => {
    const stuck = new Set(acts.filter((act) => act.state === "refused" && act.order).map((act) => act.order));
    return acts.filter((act) => act.state === "waiting" && act.courier === courier && !stuck.has(act.order));
  };
  const sent = (act) => ({
    id: act.id,
    kind: act.kind,
    ago_ms: clock.ago(act),
    steady: clock.steady(act),
    order_id: act.order,
    body: act.body,
  });
  const batchOf = (acts, most) => {
    const batch = [];
    let signs = 0;
    for (const act of acts.slice(0, most)) {
      signs += JSON.stringify(act.body).length;
      if (batch.length && signs > SIGNS_MAX) break;
      batch.push(act);
    }
    return batch;
  };
  const post = (token, batch) =>
    fetch(ADDRESS, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token, Accept: "application/json" },
      body: JSON.stringify({ acts: batch.map(sent), now_ms: Math.round(clock.now()) }),
    });
  const marked = (act, answer) => {
    if (answer.status === "held") return act;
    if (answer.status === "refused") return { ...act, state: "refused", problem: answer.problem };
    return { ...act, state: "sent", note: answer.note, body: {} }; // a picture is not kept twice
  };
  const take = async (batch, told) => {
    await clock.heard(told.now_ms);
    const answers = new Map(told.answers.map((answer) => [answer.id, answer]));
    const known = batch.map((act) => marked(act, answers.get(act.id)));
    const fleeting = known.filter((act) => act.kind === "position" && act.state !== "waiting");
    await store.put(known.filter((act) => !fleeting.includes(act)));
    await store.drop(fleeting.map((act) => act.no));
    return known.some((act) => act.state !== "waiting");
  };

  // Tells how it ended: done, later, offline, out (signed out), stale (a page of another session).
  const all = async () => {
    let most = ACTS_MAX;
    for (;;) {
      const who = await store.fact("who");
      const batch = who ? batchOf(due(await store.acts(), who.courier), most) : [];
      if (!batch.length) return "done";
      let answer;
      try {
        answer = await post(who.token, batch);
      } catch {
        return "offline";
      }
      if (answer.ok) {
        let told;
        try {
          told = await answer.json();
        } catch {
          return "offline"; // half an answer is none
        }
        if (!(await take(batch, told))) return "later";
        news.postMessage("sent");
      } else if (answer.status === 401 || answer.status === 403) {
        await store.forget(); // signed out, here or elsewhere: what was not sent waits, sealed
        return "out";
      } else if (answer.status === 400) return "stale";
      else if (answer.status !== 413 && answer.status !== 422) return "later";
      else if (batch.length > 1) most = 1; // one of them is at fault: alone it is found
      else {
        const problem = await answer.json().catch(() => ({}));
        await store.put([{ ...batch[0], state: "refused", problem }]);
        most = ACTS_MAX;
        news.postMessage("sent");
      }
    }
  };
  const LOCK = "yaoda-acts";
  const WAIT_MS = 5_000;
  return {
    all: () => (navigator.locks ? navigator.locks.request(LOCK, all) : all()),
    // What is cleared stays cleared: a batch on its way is written down before, if it comes back soon.
    after: async (work) => {
      if (!navigator.locks) return work();
      let begun = false;
      const alone = () => ((begun = true), work());
      try {
        return await navigator.locks.request(LOCK, { signal: AbortSignal.timeout(WAIT_MS) }, alone);
      } catch (error) {
        if (begun) throw error;
        return work();
      }
    },
    due: async (courier) => due(await store.acts(), courier),
  };
})();
