// A desk by scanner and keyboard alone. One field takes every scan: a box goes to its
// medicine, an insurance code to the settlement, anything else opens a prescription. Forms
// are sent from here, so that nothing typed is lost where an act is refused, and an answer
// that was lost is asked for again under the same key: nothing is booked twice.
(() => {
  "use strict";
  const find = (what) => document.querySelector(what);
  const all = (what) => [...document.querySelectorAll(what)];
  const scan = () => find("#scan");
  if (!find("main")) return;

  const { INSURANCE, ID, SEPARATOR, PAUSE_MS, LONG_PAUSE_MS, LEAST, HELD, isWhole, isBegun, boxesIn, Pace, later } =
    window.yaodaScans;
  const clean = (keys) => window.yaodaScans.clean(keys, scan()?.dataset.label);

  // ---- what the desk says ----
  const tell = (words, more = "") => {
    const said = find("#scan-said");
    if (!said) return;
    said.textContent = (words ? said.dataset[words] || "" : "") + more;
    said.className = { put: "good", ready: "good", code: "info", sending: "info" }[words] || (words ? "warn" : "");
  };
  const toScan = () => {
    const field = scan();
    if (!field) return;
    field.value = "";
    field.focus();
  };

  // ---- boxes ----
  const fields = () => all("[data-scanned]");
  const lines = (field) => field.value.split("\n").map((line) => line.trim()).filter(Boolean);
  const uncoded = (field) => {
    const other = find(`#uncoded-${field.id.slice(6)}`);
    return other ? other.value.split(/\s+/).filter(Boolean).length : 0;
  };
  const asked = () => all("[name^=packs_]").some((one) => one.value.trim());
  const wanted = (field) => {
    const part = find(`#packs-${field.id.slice(6)}`);
    return asked() ? Number(part?.value || 0) : Number(field.dataset.packs);
  };
  const lacking = (field) => wanted(field) - lines(field).length - uncoded(field);
  const kept = (field) => `${location.pathname}#${field.id}`;
  const count = () => {
    for (const field of fields()) {
      const shown = find(`#count-${field.id.slice(6)}`);
      shown.textContent = `${lines(field).length + uncoded(field)}/${wanted(field)}`;
      shown.classList.toggle("whole", lacking(field) <= 0);
      sessionStorage.setItem(kept(field), field.value);
    }
  };
  const missing = () => fields().filter((field) => lacking(field) > 0);
  const next = () => {
    const [field] = missing();
    if (field) return tell("boxes", `${field.dataset.name} ${find(`#count-${field.id.slice(6)}`).textContent}`);
    tell(find("#code").value ? "ready" : "code");
  };
  const put = (text) => {
    if (fields().some((field) => lines(field).includes(text))) return tell("known");
    const named = fields().filter((field) => field.dataset.prefix);
    const mine = named.filter((field) => text.startsWith(field.dataset.prefix));
    const room = (mine.length ? mine : fields().filter((field) => !field.dataset.prefix)).filter(
      (field) => lacking(field) > 0,
    );
    if (!room.length) return tell(mine.length || !named.length ? "full" : "other", text);
    const [field] = room;
    field.value = [...lines(field), text, ""].join("\n");
    field.form.setAttribute("hx-morph-skip", "");
    count();
    tell("put", `${field.dataset.name} ${find(`#count-${field.id.slice(6)}`).textContent}`);
    if (!missing().length) next();
  };

  // ---- one scan ----
  let lastScanMs = -1000;
  const take = (keys) => {
    const text = clean(keys);
    const settle = find("#settle");
    if (!text) return;
    lastScanMs = performance.now();
    const boxes = boxesIn(text);
    if (settle && boxes.length) boxes.forEach(put);
    else if (settle && (INSURANCE.test(text) || isCode(text))) return pay(settle, text);
    else if (settle && ID.test(text)) {
      find("#voucher").value = "card";
      find("#code").value = text.toUpperCase();
      settle.setAttribute("hx-morph-skip", "");
      tell("card");
    } else if (find("#checking") && (boxes.length || INSURANCE.test(text))) tell("check");
    else return open(text);
    toScan();
  };
  // Codes of another issuer look like nothing we know: they are codes once all boxes are there.
  const isCode = (text) => "textIsCode" in scan().dataset && !missing().length && text.length >= 18;
  const pay = (settle, text) => {
    find("#voucher").value = "e_code";
    find("#code").value = text;
    settle.setAttribute("hx-morph-skip", "");
    scan().value = "";
    if (missing().length) return next();
    settle.requestSubmit(); // what is still to be filled in takes the focus
  };
  const open = (text) => {
    scan().value = text;
    scan().form.requestSubmit();
  };
  // What comes next, where nothing was typed: the act that the page puts first.
  const goOn = () => {
    const first = find("[data-primary]");
    if (!first) return;
    if (first.id === "settle" && (missing().length || !find("#code").value)) return next();
    if (first.matches("form")) {
      for (const fold of all("details")) if (fold.contains(first)) fold.open = true;
      first.requestSubmit();
    } else first.click();
  };

  // ---- scanners that do not end with Enter: a whole code or fast keys, then a pause ----
  const pace = new Pace();
  let pause;
  const read = () => {
    const text = pace.swallowed;
    if (!text) return scan()?.value || "";
    scan().blur(); // what an input method still holds is let go
    toScan();
    return text;
  };
  const noteKey = (event) => {
    if (HELD.includes(event.key)) return;
    clearTimeout(pause);
    if (event.key.length !== 1 && event.key !== "Process") return pace.end();
    if (scan().value === "" && !event.isComposing) pace.end();
    pace.note(event);
    pause = setTimeout(rested, PAUSE_MS);
  };
  const rested = (isLong = false) => {
    const text = pace.swallowed || scan()?.value || "";
    if (sending || text.endsWith(SEPARATOR)) return;
    const isFast = pace.swallowed || (pace.isFast && text.length === pace.count);
    const isScan = isWhole(clean(text)) || (isLong && isFast && !isBegun(clean(text)));
    if (!isScan) return isLong || (pause = setTimeout(rested, LONG_PAUSE_MS - PAUSE_MS, true));
    take(read());
    pace.end();
  };

  // ---- keys ----
  const DOUBLE_MS = 500; // a scanner that ends with two line ends
  const step = (name) => {
    const ways = find("#ways")?.dataset[`way${name}`];
    if (ways) return location.assign(ways), true;
    const there = find(`[data-step="${name}"]`);
    if (!there) return false;
    if ("opens" in there.dataset) {
      there.parentElement.open = true;
      there.parentElement.querySelector("select, input:not([type=hidden])").focus();
    } else if ("go" in there.dataset) there.click();
    else {
      for (const fold of all("details")) if (fold.contains(there)) fold.open = true;
      there.focus();
      there.select?.(); // what is typed takes the place of what is proposed
    }
    return true;
  };
  document.addEventListener("keydown", (event) => {
    if (sending) return later.keepKey(event);
    if (event.altKey && !event.ctrlKey && /^[0-9]$/.test(event.key)) {
      if (step(event.key)) event.preventDefault();
    } else if (event.altKey && event.key.toLowerCase() === "c" && find("[data-camera]")) {
      event.preventDefault();
      find("[data-camera]").click();
    } else if (find("dialog[open]")) return;
    else if (event.ctrlKey && event.key === "]" && event.target.matches("#scan, [data-scanned]")) separate(event);
    else if (event.target === scan()) inScan(event);
    else if (event.key === "Escape" && scan() && event.target.getAttribute("role") !== "combobox") toScan();
    else if (event.key === "Enter") elsewhere(event);
    else if (isTyped(event)) return;
    else if (event.key === "?") showKeys(event);
    else if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey) {
      scan()?.focus(); // a scanner's end must not press a button that happens to have the focus
      if (scan()) noteKey(event);
    }
  });
  const TYPED = "textarea, input:not([type=radio], [type=checkbox], [type=file])";
  const isTyped = ({ target, key }) => target.matches?.(TYPED) || (target.matches?.("select") && !/^[0-9]$/.test(key));
  const separate = (event) => {
    const field = event.target;
    event.preventDefault();
    field.setRangeText(SEPARATOR, field.selectionStart, field.selectionEnd, "end");
    if (field === scan()) noteKey(event);
  };
  const inScan = (event) => {
    if (event.isComposing && !pace.swallowed) noteKey(event);
    else if (event.key === "Enter" || (event.code === "Enter" && pace.swallowed)) {
      event.preventDefault();
      clearTimeout(pause);
      const text = read();
      pace.end();
      if (text.trim()) take(text);
      else if (event.timeStamp - lastScanMs > DOUBLE_MS) goOn();
    } else if (event.key === "Escape") toScan();
    else if (event.key === "?" && !scan().value) showKeys(event);
    else noteKey(event);
  };
  // A scanner types into whichever field has the focus: the right one takes what it read.
  const elsewhere = (event) => {
    const field = event.target;
    if (field.matches("[data-scanned]")) {
      const at = field.value.split("\n");
      const text = clean(at.pop());
      if (!text) return;
      event.preventDefault();
      field.value = at.length ? `${at.join("\n")}\n` : "";
      take(text);
    } else if (field.id === "code" && /8[0-9]{19}$/.test(clean(field.value))) {
      event.preventDefault();
      const text = clean(field.value);
      field.value = text.slice(0, -20);
      take(text.slice(-20));
    } else if (field.id === "code" && missing().length) {
      event.preventDefault();
      next();
      toScan();
    }
  };
  const showKeys = (event) => {
    event.preventDefault();
    find("#keys")?.showModal();
  };

  // ---- what is typed while an answer is awaited is typed on the next page ----
  let sending = false;
  const typeKept = () => {
    const { typed, at } = later.taken();
    if (at) step(at);
    if (!typed || !scan()) return;
    const parts = typed.split("\n");
    while (parts.length > 1 && !sending) take(parts.shift());
    if (sending) later.keep(parts.join("\n"));
    else if (parts[0].length >= LEAST) take(parts[0]);
    else if (parts[0]) scan().value = parts[0]; // typed by hand: there to be gone on with
  };

  // ---- forms ----
  const AGAIN_S = 5;
  const body = (page) => page.querySelector("main");
  const busy = (form, is) => {
    sending = is;
    for (const one of form.querySelectorAll("button")) one.toggleAttribute("aria-busy", is);
    if (is) tell("sending");
  };
  const refused = (page, form) => {
    const box = find("#refused");
    const told = body(page);
    box.replaceChildren();
    const head = document.createElement("strong");
    head.textContent = told.querySelector("h1").textContent;
    box.append(head);
    for (const part of told.querySelectorAll("section.notice > *, article.notice")) box.append(document.importNode(part, true));
    box.hidden = false;
    tell("");
    busy(form, false);
    for (const one of form.querySelectorAll("[name=client_key]")) one.value = key();
    document.dispatchEvent(new Event("desk:stays"));
    box.scrollIntoView({ block: "nearest" });
    if (form.id === "settle") find("#code").value = "";
    if (form.hasAttribute("data-stays")) box.focus();
    else toScan();
    typeKept();
  };
  const key = () => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(18)))).replace(/[+/]/g, "-");
  const show = (page, address) => {
    find("main").replaceWith(document.adoptNode(page.querySelector("main")));
    document.title = page.title;
    history.replaceState(null, "", address);
    sending = false;
    begin();
    find("main [autofocus]")?.focus();
    typeKept();
  };
  // Waits until the next try is due, the line is back, or somebody presses the button.
  const wait = (seconds) =>
    new Promise((go) => {
      let left = seconds;
      const box = find("#lost");
      const done = () => {
        clearInterval(beat);
        removeEventListener("online", done);
        box.hidden = true;
        go();
      };
      const shown = () => (find("#lost-left").textContent = String(left));
      const beat = setInterval(() => ((left -= 1), left <= 0 ? done() : shown()), 1000);
      shown();
      box.hidden = false;
      find("#lost-now").onclick = done;
      addEventListener("online", done, { once: true });
    });
  const send = async (form, submitter) => {
    const data = new FormData(form, submitter);
    const isFile = form.enctype === "multipart/form-data";
    const sent = isFile ? data : new URLSearchParams([...data].map(([name, value]) => [name, String(value)]));
    const once = data.has("client_key");
    find("#refused").hidden = true;
    busy(form, true);
    for (;;) {
      let answer;
      let text;
      try {
        const headers = { Accept: "text/html", "Yaoda-Desk": "1" };
        answer = await fetch(form.action, { method: "POST", body: sent, headers });
        text = await answer.text();
      } catch {
        await wait(AGAIN_S);
        continue;
      }
      const place = answer.headers.get("Yaoda-Go");
      if (place) return location.assign(place);
      const later = Number(answer.headers.get("Retry-After"));
      if (once && later && [409, 503].includes(answer.status)) {
        await wait(later);
        continue;
      }
      const page = new DOMParser().parseFromString(text, "text/html");
      if (!body(page)) return location.reload();
      return answer.ok ? show(page, form.action) : refused(page, form);
    }
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || !form.closest("main") || !find("#refused")) return;
    event.preventDefault();
    if (!sending) send(form, event.submitter);
  });

  // ---- the countdown to the next question about an unknown outcome ----
  let tick;
  const countDown = () => {
    clearTimeout(tick);
    const asking = find("[data-asks-in]");
    if (!asking) return;
    let left = Number(asking.dataset.asksIn);
    const down = () => {
      if (!asking.isConnected) return;
      asking.textContent = String(Math.max(left, 0));
      if (left <= 0) {
        asking.closest("[data-while]").hidden = true;
        find("[data-after]").hidden = false;
        tick = setTimeout(() => location.reload(), 3000);
        return;
      }
      left -= 1;
      tick = setTimeout(down, 1000);
    };
    down();
  };

  document.addEventListener("input", (event) => {
    if (event.target.matches?.("[data-scanned], [name^=packs_], [name^=uncoded_]")) count();
  });

  // ---- the camera, fetched when it is wanted ----
  const fetched = (address) =>
    new Promise((done, failed) => {
      const script = document.createElement("script");
      Object.assign(script, { src: address, onload: done, onerror: failed });
      document.head.append(script);
    });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-camera], [data-keys]");
    if (!button) return;
    if ("keys" in button.dataset) return find("#keys").showModal();
    if (!window.yaodaCamera) await fetched(button.dataset.script);
    window.yaodaCamera(find("#viewfinder"), button.dataset.decoder, take);
  });

  const begin = () => {
    for (const one of all("[data-camera], [data-keys]")) one.hidden = false;
    for (const field of fields()) field.value = field.value || sessionStorage.getItem(kept(field)) || "";
    if (find("#live") && !fields().length) {
      for (const name of Object.keys(sessionStorage)) if (name.startsWith(`${location.pathname}#`)) sessionStorage.removeItem(name);
    }
    count();
    countDown();
  };
  document.addEventListener("live:changed", begin);
  document.addEventListener("close", (event) => event.target.matches("#keys, #viewfinder") && scan()?.focus(), true);
  begin();
  // Chromium leaves a field out whose page another page has led to by script.
  if (document.activeElement === document.body) find("main [autofocus]")?.focus();
  typeKept();
})();
