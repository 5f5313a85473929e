// The courier's page on the phone: its forms become acts, each stop says what became of them.
// Without this script, or where there is no safe place to keep acts, the forms go as they are.
(() => {
  "use strict";
  const acts = self.yaodaActs;
  const root = () => document.querySelector("#live");
  const queue = document.querySelector("#queue");
  const LATER_MS = 50;
  if (!root() || !self.isSecureContext || !self.indexedDB || !queue) return;

  const words = (name) => queue.dataset[name] || "";
  const made = (tag, text, kind = "") => {
    const one = document.createElement(tag);
    one.textContent = text;
    if (kind) one.className = kind;
    return one;
  };
  const stopsOf = (act) => {
    const kind = act.kind === "hand_over" || act.kind === "fail" ? "dropoff" : "pickup";
    const which = act.kind === "depart" ? `[data-route="${act.route}"]` : `[data-order="${act.order}"]`;
    const found = [...document.querySelectorAll(`.stop${which}[data-kind=${kind}]`)];
    // What was answered is of that route alone: the order may have come back on another one.
    return act.state === "sent" ? found.filter((stop) => stop.dataset.route === act.route) : found;
  };

  // ---- what each stop says ----
  const told = (stop, act) => {
    const box = stop.querySelector(".told");
    const kind = { waiting: "warn", sent: "good", refused: "bad" }[act.state];
    box.className = `told notice ${kind}`;
    box.hidden = false;
    box.replaceChildren(made("strong", `${act.words} · ${words(act.state)}`));
    if (act.problem) box.append(made("p", act.problem.detail), made("p", act.problem.next));
    if (act.note) box.append(made("p", act.note));
    // Whoever asks the dispatcher keeps the parcel, and the door is still ahead.
    if (act.state !== "refused" && act.outcome !== "desk") stop.dataset.told = act.state;
  };
  const isNext = (stop) => !("done" in stop.dataset) && !("told" in stop.dataset);
  const chooseNext = () => {
    const [next, ...later] = [...document.querySelectorAll(".route:not(.planned) .stop")].filter(isNext);
    for (const stop of later) stop.classList.remove("next");
    for (const stop of document.querySelectorAll(".stop[data-told]")) stop.classList.remove("next");
    if (!next || next.classList.contains("next")) return;
    next.classList.add("next");
    next.querySelector("details.do")?.setAttribute("open", "");
  };
  // ---- one counter with several parcels ----
  const untold = (group) => [...group.querySelectorAll(".stop")].filter(isNext);
  const tick = (stop) => stop.querySelector("input[name=order]");
  const countGroups = () => {
    for (const form of document.querySelectorAll("form[data-load-all]")) {
      const ahead = untold(form.closest(".pickups"));
      const left = ahead.filter((stop) => !tick(stop).checked).length;
      form.hidden = !ahead.length;
      form.querySelector("button").disabled = left > 0;
      const said = form.querySelector("[data-left]");
      said.textContent = left > 0 ? said.dataset.left.replace("{n}", left) : "";
    }
  };
  const loadAll = async (form) => {
    for (const stop of untold(form.closest(".pickups"))) {
      await acts.supersede(stop.dataset.order);
      await acts.record("pick_up", stop.dataset.order, {}, form.dataset.words, stop.dataset.route);
    }
    await draw();
    await acts.sync();
    if (acts.state() === "done") document.dispatchEvent(new CustomEvent("live:ask"));
  };
  const listed = (act) => {
    const line = made("li", "");
    line.append(made("strong", `${act.words} · ${words(act.state)}`));
    if (act.problem) line.append(made("p", `${act.problem.detail || ""} ${act.problem.next || ""}`));
    if (act.state === "refused") {
      const button = made("button", words("seen"), "second");
      button.type = "button";
      button.addEventListener("click", () => acts.seen(act.no));
      line.append(button);
    }
    return line;
  };
  let drawing = false;
  const draw = async () => {
    const mine = (await acts.mine()).filter((act) => act.kind !== "position");
    drawing = true;
    for (const stop of document.querySelectorAll(".stop")) {
      delete stop.dataset.told;
      const box = stop.querySelector(".told");
      if (box) box.hidden = true;
    }
    for (const act of mine) {
      if (act.kind === "proof") continue;
      if (act.kind === "reading") {
        const line = document.querySelector(`[data-read="${act.order || act.route}"]`);
        if (line) line.textContent = `${act.words} · ${words(act.state)}`;
        continue;
      }
      for (const stop of stopsOf(act)) if (!("done" in stop.dataset)) told(stop, act);
    }
    for (const route of document.querySelectorAll(".route.planned")) {
      const begun = mine.some((act) => act.state !== "refused" && stopsOf(act).some((stop) => route.contains(stop)));
      if (begun) route.classList.replace("planned", "out");
    }
    countGroups();
    const open = mine.filter((act) => act.state !== "sent");
    queue.hidden = !open.length;
    queue.querySelector("ol").replaceChildren(...open.map(listed));
    queue.querySelector("[role=status]").textContent = words(acts.state());
    chooseNext();
    drawing = false;
  };
  const again = () => setTimeout(() => drawing || draw(), LATER_MS);

  // ---- forms ----
  const value = (form, name) => form.elements[name]?.value.trim() || undefined;
  const proxyOf = (form) =>
    value(form, "receiver") === "proxy"
      ? {
          name: value(form, "proxy_name"),
          id_number: value(form, "proxy_id_number")?.toUpperCase(),
          patient_id_number: value(form, "patient_id_number")?.toUpperCase(),
        }
      : undefined;
  // In tenths of a degree; a phone's keys for numbers may have no minus, hence the tick.
  const temperature = (form) => {
    const read = value(form, "temperature")?.replace(",", ".");
    if (read === undefined) return undefined;
    const tenths = Math.round(Number(read) * 10);
    return form.elements.below?.checked ? -Math.abs(tenths) : tenths;
  };
  const taken = (form) => (value(form, "taken_fen") === undefined ? undefined : Number(value(form, "taken_fen")));
  // What an act is called in the list: a temperature, and money that was taken, by their figures.
  const named = (form) => {
    const name = form.dataset.words;
    if (form.dataset.act === "reading") return `${name} ${(temperature(form) / 10).toFixed(1)} °C`;
    const way = form.querySelector("[name=paid_by]:checked");
    return way ? `${name} · ${way.closest("fieldset").dataset.due} · ${way.closest("label").textContent}` : name;
  };
  const shown = (form) => {
    if (value(form, "token")) return { token: value(form, "token") };
    if (value(form, "code")) return { code: value(form, "code") };
    return value(form, "id_number") ? { id_number: value(form, "id_number").toUpperCase() } : {};
  };
  const BODIES = {
    depart: (form) => ({ route_id: form.dataset.order }),
    pick_up: () => ({}),
    break_down: () => ({}),
    fail: (form) => ({ reason: value(form, "reason"), outcome: value(form, "outcome") }),
    reading: (form) => ({
      temperature_dc: temperature(form),
      ...(form.dataset.order ? { source: "pickup" } : { source: "box", route_id: form.closest("[data-route]").dataset.route }),
    }),
    hand_over: (form) => ({
      ...shown(form),
      receiver: value(form, "receiver"),
      proxy: proxyOf(form),
      temperature_dc: temperature(form),
      paid_by: value(form, "paid_by"),
      taken_fen: taken(form),
      seal_intact: form.elements.seal.checked,
    }),
  };
  const take = async (form) => {
    const { act: kind, order } = form.dataset;
    const proofs = kind === "hand_over" || kind === "fail" ? await self.yaodaProof.taken(form) : [];
    // A departure is of a route: it holds up no order.
    const route = form.closest("[data-route]")?.dataset.route;
    if (order && kind !== "reading") await acts.supersede(order);
    await acts.record(kind, kind === "depart" ? null : order || null, BODIES[kind](form), named(form), route);
    for (const proof of proofs) await acts.record("proof", order, proof, words(proof.kind), route);
    form.reset();
    form.removeAttribute("hx-morph-skip");
    form.dispatchEvent(new CustomEvent("desk:stays", { bubbles: true })); // the page may be renewed
    form.closest("details")?.removeAttribute("open");
    await draw();
    await acts.sync();
    if (acts.state() === "done") document.dispatchEvent(new CustomEvent("live:ask"));
  };
  document.addEventListener("change", countGroups);
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-act], form[data-load-all]");
    if (!form) return;
    event.preventDefault();
    const doing = "loadAll" in form.dataset ? loadAll(form) : take(form);
    doing.catch((error) => {
      queue.hidden = false;
      queue.querySelector("[role=status]").textContent = `${words("unkept")} ${error.message ?? ""}`;
    });
  });

  // ---- who works here, and what is of another day or another courier ----
  const begin = async () => {
    document.documentElement.classList.add("on-phone");
    await self.yaodaClock.start();
    const { courier, token, day, now } = root().dataset;
    const before = await self.yaodaStore.fact("day");
    if (before !== day) await self.yaodaLeaving.tidy(day);
    // A page that was kept may be of a session that is over: the newest token counts.
    await self.yaodaStore.keep("who", { courier, token });
    // From the server itself, not from what the worker kept: then its hour is this one.
    if (performance.getEntriesByType("navigation")[0]?.transferSize) await self.yaodaClock.heard(Number(now));
    acts.onChange(draw);
    await draw();
    await acts.sync();
    if ("serviceWorker" in navigator) await navigator.serviceWorker.register("/courier/worker.js", { scope: "/courier" });
    new MutationObserver(() => drawing || again()).observe(document.querySelector("main"), { childList: true });
    document.addEventListener("live:changed", again);
    self.yaodaPlace?.follow();
  };
  begin();
})();
