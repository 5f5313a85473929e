// Keeps what a page shows in step with what happens elsewhere. An element says
// data-live="topic topic" and has an id; when a topic changes, the page is asked for again
// (at data-live-here, where the address of the page is that of an act) and the element takes
// its new state. What is being typed stays, and so does the focus.
(() => {
  const parts = () => [...document.querySelectorAll("[data-live][id]")];
  const topics = [...new Set(parts().flatMap((part) => part.dataset.live.split(" ")))];
  const banner = document.querySelector("#offline");
  const said = document.querySelector("#live-said");
  if (!topics.length || !banner) return;

  const LOST_MS = 2500;
  const ASK_MS = 5000;
  const LATER_MS = 50;
  let heard = document.querySelector("[data-live-since]").dataset.liveSince;
  let source;
  let lost;
  let asking;
  let due = new Set();
  let told = ""; // of which place the server told us with the change
  let busy = false;

  const address = (path) =>
    `${path}?topics=${encodeURIComponent(topics.join(" "))}&since=${encodeURIComponent(heard)}`;
  const isTyped = (form) => form.hasAttribute("hx-morph-skip");
  const tell = (words) => {
    said.textContent = "";
    setTimeout(() => (said.textContent = said.dataset[words]), 50);
  };
  const show = (words) => {
    banner.hidden = !words;
    if (words) banner.querySelector("span").textContent = banner.dataset[words];
  };

  // A form that somebody has begun to fill in is left as it is.
  document.addEventListener("input", (event) => {
    event.target.closest?.("[data-live] form")?.setAttribute("hx-morph-skip", "");
  });
  document.addEventListener("submit", () => (busy = true));
  // A desk's form that was refused leads nowhere: go on.
  document.addEventListener("desk:stays", () => {
    busy = false;
    renew();
  });

  const stays = (fresh, part) =>
    [...part.querySelectorAll("form[hx-morph-skip]")].every((form) =>
      [...fresh.querySelectorAll("form")].some(
        (other) => other.getAttribute("action") === form.getAttribute("action"),
      ),
    );

  const renew = async () => {
    if (busy || !due.size) return;
    busy = true;
    const changed = due;
    due = new Set();
    try {
      const here = document.querySelector("[data-live-here]")?.dataset.liveHere ?? location.href;
      const headers = { Accept: "text/html" };
      // Viewers who were told of the same are given what was read once for all of them.
      if (told) headers["Yaoda-Heard"] = told;
      const answer = await fetch(here, { headers: { ...headers, "Yaoda-Background": "1" } });
      if (answer.redirected) return show("signedOut");
      if (!answer.ok) return show("stale");
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of parts()) {
        if (!part.dataset.live.split(" ").some((topic) => changed.has(topic))) continue;
        const fresh = page.getElementById(part.id);
        if (!fresh || !stays(fresh, part)) {
          show("typed");
          continue;
        }
        for (const open of part.querySelectorAll("details[open][id]")) {
          fresh.querySelector(`#${CSS.escape(open.id)}`)?.setAttribute("open", "");
        }
        for (const each of fresh.querySelectorAll("[autofocus]")) each.removeAttribute("autofocus");
        const before = part.textContent;
        await htmx.swap({ sourceElement: part, target: part, text: fresh.outerHTML, swap: "outerMorph" });
        const now = document.getElementById(part.id);
        if (now.textContent !== before) {
          now.classList.remove("fresh");
          requestAnimationFrame(() => now.classList.add("fresh"));
          tell("changed");
          now.dispatchEvent(new CustomEvent("live:changed", { bubbles: true }));
        }
        now.dispatchEvent(new CustomEvent("live:renewed", { bubbles: true }));
      }
    } catch {
      for (const topic of changed) due.add(topic);
      setTimeout(renew, ASK_MS);
    } finally {
      busy = false;
      if (due.size) setTimeout(renew, LATER_MS);
    }
  };
  const take = (id, changed) => {
    heard = id || heard;
    for (const topic of changed) due.add(topic);
    if (changed.length) setTimeout(renew, LATER_MS);
  };

  // Where no line is kept for us, we ask from time to time.
  const ask = async () => {
    try {
      const answer = await fetch(address("/live/since"), { headers: { "Yaoda-Background": "1" } });
      if (answer.redirected) return show("signedOut");
      if (answer.status === 200) {
        const news = await answer.json();
        told = "";
        take(news.id, news.changed);
      }
      if (answer.ok) show("");
    } catch {
      show("lost");
    }
    asking = setTimeout(listen, ASK_MS);
  };
  const listen = () => {
    source = new EventSource(address("/live"));
    source.addEventListener("ready", (event) => {
      clearTimeout(lost);
      lost = undefined;
      heard = event.lastEventId || heard;
      show("");
    });
    source.addEventListener("changed", (event) => {
      told = event.lastEventId;
      take(event.lastEventId, JSON.parse(event.data).changed);
    });
    source.onerror = () => {
      lost ??= setTimeout(() => show("lost"), LOST_MS);
      if (source.readyState === EventSource.CLOSED) {
        clearTimeout(asking);
        asking = setTimeout(ask, 500);
      }
    };
  };
  // Who knows of a change has the page asked for again; a phone in a pocket listens to nothing.
  document.addEventListener("live:ask", () => {
    told = "";
    take("", topics);
  });
  if ("thrift" in document.body.dataset) {
    document.addEventListener("visibilitychange", () => {
      clearTimeout(asking);
      clearTimeout(lost);
      lost = undefined;
      source?.close();
      if (!document.hidden) listen();
    });
  }
  banner.querySelector("button").addEventListener("click", () => location.reload());
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  listen();
})();
