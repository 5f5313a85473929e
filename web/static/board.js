// The timeline of a plan worked by hand: a stop is chosen, picked up, moved and put down, by
// mouse, finger, pen or keyboard alone; the server says at every place whether it fits and what
// it costs. On the road it shows when each parcel is expected now.
(() => {
  const board = () => document.querySelector(".timeline");
  if (!board()) return;
  const TRY_MS = 60;
  const CHOOSE_MS = 200;
  const STALE_MS = 2500;
  const NOW_MS = 20_000;
  const DRAG_PX = 5;
  const HOLD_MS = 350; // a finger that stays picks up; one that moves at once scrolls
  const SLIP_PX = 12;
  const EDGE_PX = 40;
  const HEAD_PX = 180;
  const SCROLL_MS = 40;
  const FLEET_MS = 500;
  const EXPECT_MS = 3000;
  const ANYWAY_MS = 30_000;
  const SVG = "http://www.w3.org/2000/svg";
  const english = document.documentElement.lang === "en";
  let held = null; // { order, from, lane, gap, x, judged }
  let press = null; // where a pointer went down, and where it is: { block, id, kind, x, y, at, hold, roll }
  let chosen = "";
  let asked = 0;
  let trying;
  let choosing;
  let swallow = false; // the click that ends a drag chooses nothing

  const lanes = () => [...board().querySelectorAll(".lane[data-courier]")];
  const blocks = (lane) => [...lane.querySelectorAll('g[role="button"]')];
  const box = (block) => block.querySelector("rect");
  const left = (block) => Number(box(block).getAttribute("x"));
  const right = (block) => left(block) + Number(box(block).getAttribute("width"));
  const orders = (block) => block.dataset.orders.split(" ");
  const laneOf = (block) => block.closest(".lane");
  const isDone = (block) => block.classList.contains("done");
  const say = (name, values = {}) => {
    const line = document.querySelector("#said");
    line.textContent = (line.dataset[name] ?? name).replace(/{(\w+)}/g, (_, key) => values[key] ?? "");
    line.className = `board-said ${name}`;
  };
  const signed = (value, digits) => `${value >= 0 ? "+" : ""}${value.toFixed(digits)}`;
  const refusal = (told) => [told.detail ?? told.title, told.next].filter(Boolean).join(" ");
  const figures = (told) => ({ yuan: signed(told.more_fen / 100, 2), km: signed(told.more_m / 1000, 1) });

  // What a lane has without the order that is moved: blocks, and how many stops ahead each is.
  const others = (lane, order) =>
    blocks(lane)
      .map((block) => ({ block, ahead: isDone(block) ? 0 : orders(block).filter((it) => it !== order).length }))
      .filter(({ block, ahead }) => ahead || isDone(block));
  const begun = (row) => row.filter(({ block }) => isDone(block)).length;
  const position = (row, gap) => row.slice(0, gap).reduce((sum, { ahead }) => sum + ahead, 0);
  const gapAt = (row, x) => {
    const after = row.findIndex(({ block }) => (left(block) + right(block)) / 2 > x);
    return Math.max(begun(row), after < 0 ? row.length : after);
  };
  const gapX = (row, gap) => {
    if (gap > 0) return right(row[gap - 1].block) + 2;
    return row.length ? left(row[0].block) - 14 : 8;
  };

  const ask = (address, body, more = "") =>
    fetch(address + more, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "X-CSRFToken": board().dataset.token,
        Accept: "application/json",
      },
      body: JSON.stringify(body),
    });

  // -- what is chosen: its window on its lane, its details beside the timeline
  const window_ = () => board().querySelectorAll(".window").forEach((band) => band.remove());
  const mark = (block) => {
    board().querySelectorAll("g.chosen").forEach((it) => it.classList.remove("chosen"));
    window_();
    if (!block) return;
    block.classList.add("chosen");
    if (block.classList.contains("dropoff")) {
      board().querySelector(`g.eta[data-order="${CSS.escape(orders(block)[0])}"]`)?.classList.add("chosen");
    }
    if (!block.dataset.opens) return;
    const band = document.createElementNS(SVG, "rect");
    const opens = Math.max(0, Number(block.dataset.opens));
    band.setAttribute("class", "window");
    band.setAttribute("x", opens);
    band.setAttribute("y", 45);
    band.setAttribute("width", Math.max(0, Number(block.dataset.closes) - opens));
    band.setAttribute("height", 3);
    block.parentNode.append(band);
  };
  const find = (order, kind = "dropoff") =>
    board().querySelector(`g.${kind}[data-orders~="${CSS.escape(order)}"]`);
  const fill = async (place, address) => {
    const answer = await fetch(address, { headers: { Accept: "text/html", "Yaoda-Background": "1" } });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.querySelector(place).replaceChildren(...page.body.childNodes);
  };
  const here = (name, value) => {
    const part = document.querySelector("#live[data-live-here]");
    const address = new URL(part.dataset.liveHere, location.href);
    address.searchParams.set(name, value);
    part.dataset.liveHere = address.pathname + address.search;
  };
  const choose = (order, courier) => {
    if (order === chosen) return;
    chosen = order;
    mark(find(order) ?? find(order, "pickup"));
    clearTimeout(choosing);
    choosing = setTimeout(() => {
      here("order", order);
      fill("#stop", board().dataset.orders + order);
      const shown = document.querySelector("#route [data-courier]")?.dataset.courier;
      if (courier && shown !== courier) list(courier);
    }, CHOOSE_MS);
    document.dispatchEvent(new CustomEvent("board:chosen", { detail: { order, courier } }));
  };
  const list = (courier) => {
    here("courier", courier);
    board().querySelectorAll("a.who[aria-current]").forEach((it) => it.removeAttribute("aria-current"));
    board().querySelector(`[data-courier="${courier}"] a.who`)?.setAttribute("aria-current", "true");
    document.dispatchEvent(new CustomEvent("board:courier", { detail: { courier } }));
    return fill("#route", board().dataset.couriers + courier);
  };

  // -- one block takes the tabulator's key; arrows lead from it to the others
  const take = (block) => {
    if (!block) return;
    for (const each of board().querySelectorAll('g[tabindex="0"]')) each.setAttribute("tabindex", "-1");
    block.setAttribute("tabindex", "0");
    block.focus();
    const rect = box(block).getBoundingClientRect();
    const frame = board().getBoundingClientRect();
    if (rect.left < frame.left + HEAD_PX) board().scrollLeft -= frame.left + HEAD_PX - rect.left;
    choose(orders(block)[0], laneOf(block).dataset.courier);
  };
  const ready = () => {
    if (board().querySelector('g[tabindex="0"]')) return;
    board().querySelector('g[role="button"]')?.setAttribute("tabindex", "0");
  };
  const walk = (block, key) => {
    const lane = laneOf(block);
    const row = blocks(lane);
    const at = row.indexOf(block);
    if (key === "ArrowLeft" || key === "ArrowRight") {
      return take(row[at + (key === "ArrowLeft" ? -1 : 1)]);
    }
    const rows = lanes().filter((it) => blocks(it).length);
    const next = rows[rows.indexOf(lane) + (key === "ArrowUp" ? -1 : 1)];
    if (!next) return;
    const x = left(block);
    take(blocks(next).reduce((best, it) => (Math.abs(left(it) - x) < Math.abs(left(best) - x) ? it : best)));
  };

  // -- picked up, carried, put down
  const ghost = (state = "") => {
    board().querySelectorAll(".ghost").forEach((it) => it.remove());
    if (!held) return;
    const bar = document.createElementNS(SVG, "rect");
    bar.setAttribute("class", `ghost ${state}`);
    bar.setAttribute("x", gapX(others(held.lane, held.order), held.gap));
    bar.setAttribute("y", 12);
    bar.setAttribute("width", 12);
    bar.setAttribute("height", 34);
    held.lane.querySelector("svg.blocks").append(bar);
    bar.scrollIntoView?.({ block: "nearest", inline: "nearest" });
  };
  const from = (block) => {
    const lane = laneOf(block);
    held.from = block;
    held.start = `${lane.dataset.courier} ${gapAt(others(lane, held.order), left(block))}`;
    block.classList.add("held");
  };
  const pick = (block) => {
    if (board().dataset.state !== "draft") return say("committed");
    if (!block.classList.contains("dropoff") || isDone(block) || block.classList.contains("locked")) {
      return say("fixed");
    }
    const order = orders(block)[0];
    const lane = laneOf(block);
    held = { order, lane, gap: gapAt(others(lane, order), left(block)), x: left(block) };
    from(block);
    say("held", { order: order.slice(0, 8) });
    ghost();
  };
  const back = () => {
    if (!held) return;
    const block = held.from;
    block.classList.remove("held");
    held = null;
    clearTimeout(trying);
    asked += 1;
    ghost();
    say("back");
    block.focus();
  };
  const edit = () => ({
    order: held.order,
    courier: held.lane.dataset.courier,
    pickup: null,
    dropoff: position(others(held.lane, held.order), held.gap),
    seen: Number(board().dataset.seen),
  });
  const place = () => ({ courier: held.lane.dataset.name, at: edit().dropoff + 1 });
  const judge = (told) => {
    const values = { ...place(), ...figures(told) };
    if (told.feasible) return say("fits", values);
    const faults = [...new Set(told.faults.map((it) => (english ? it.words_en : it.words_zh)))];
    say("breaks", { ...values, faults: faults.join(english ? "; " : "；") });
  };
  const probe = () => {
    clearTimeout(trying);
    ghost();
    const number = (asked += 1);
    trying = setTimeout(async () => {
      try {
        const answer = await ask(board().dataset.plan, edit(), "?try=true");
        if (number !== asked || !held) return;
        const told = await answer.json();
        if (!answer.ok) return say(refusal(told));
        ghost(told.feasible ? "good" : "bad");
        judge(told);
      } catch {
        say("lost");
      }
    }, TRY_MS);
  };
  const carry = (key) => {
    if (key === "ArrowLeft" || key === "ArrowRight") {
      const row = others(held.lane, held.order);
      const gap = held.gap + (key === "ArrowLeft" ? -1 : 1);
      if (gap < begun(row) || gap > row.length) return;
      held.gap = gap;
      held.x = gapX(row, gap);
    } else {
      const rows = lanes();
      const next = rows[rows.indexOf(held.lane) + (key === "ArrowUp" ? -1 : 1)];
      if (!next) return;
      held.lane = next;
      held.gap = gapAt(others(next, held.order), held.x);
    }
    probe();
  };
  const renewed = (seen) => {
    setTimeout(() => board().dataset.seen === seen && location.reload(), STALE_MS);
  };
  const drop = async () => {
    if (held.start === `${held.lane.dataset.courier} ${held.gap}`) return back();
    const { order } = held;
    clearTimeout(trying);
    asked += 1;
    try {
      const answer = await ask(board().dataset.plan, edit());
      const told = await answer.json();
      if (!answer.ok) {
        ghost("bad");
        return say(refusal(told));
      }
      held?.from.classList.remove("held");
      held = null;
      chosen = "";
      focus = order;
      say("done", figures(told));
      renewed(board().dataset.seen);
    } catch {
      say("lost");
    }
  };
  const undo = async () => {
    try {
      const answer = await ask(board().dataset.undo, {});
      const told = await answer.json();
      if (!answer.ok) return say(refusal(told));
      say("undone");
      renewed(board().dataset.seen);
    } catch {
      say("lost");
    }
  };
  let focus = ""; // the order that was moved last has the focus where it is now

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "z" && !event.target.closest("input, textarea, select")) {
      event.preventDefault();
      if (board().dataset.state === "draft") undo();
      return;
    }
    const block = event.target.closest?.('.timeline g[role="button"]');
    if (!block && !held) return;
    const { key } = event;
    if (key === "Escape" && held) back();
    else if (key.startsWith("Arrow")) held ? carry(key) : walk(block, key);
    else if (key === "Enter" || key === " ") held ? drop() : pick(block);
    else return;
    event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (swallow) {
      swallow = false;
      return event.preventDefault();
    }
    const block = event.target.closest?.('.timeline g[role="button"]');
    if (block) return take(block);
    const who = event.target.closest?.(".timeline a.who");
    if (who) {
      event.preventDefault();
      return list(who.closest(".lane").dataset.courier);
    }
    const shows = event.target.closest?.("[data-shows]");
    if (shows && board()) {
      event.preventDefault();
      const order = shows.dataset.shows;
      const found = find(order) ?? find(order, "pickup");
      if (found) return take(found);
      choose(order); // it is on no lane
      document.querySelector("#stop").scrollIntoView({ block: "nearest" });
    }
  });
  document.addEventListener("map:chosen", ({ detail }) => take(find(detail.order)));
  const letGo = () => {
    clearTimeout(press?.hold);
    clearInterval(press?.roll);
    press = null;
  };
  const lift = () => {
    clearTimeout(press.hold);
    pick(press.block);
    if (!held) return letGo();
    press.roll = setInterval(roll, SCROLL_MS);
  };
  const over = () => {
    const lane = document.elementFromPoint(...press.at)?.closest?.(".lane[data-courier]");
    if (!lane) return;
    const x = press.at[0] - lane.querySelector("svg.blocks").getBoundingClientRect().left;
    const gap = gapAt(others(lane, held.order), x);
    if (lane === held.lane && gap === held.gap) return;
    Object.assign(held, { lane, gap, x });
    probe();
  };
  // At an edge of the timeline it goes on below what is carried.
  const roll = () => {
    if (!press || !held) return;
    const frame = board().getBoundingClientRect();
    const way = (at, low, high) => (at < low + EDGE_PX ? -EDGE_PX / 4 : at > high - EDGE_PX ? EDGE_PX / 4 : 0);
    const across = way(press.at[0], frame.left + Math.min(HEAD_PX, frame.width / 3), frame.right);
    const down = way(press.at[1], Math.max(0, frame.top), Math.min(innerHeight, frame.bottom));
    if (!across && !down) return;
    board().scrollBy(across, down);
    over();
  };
  // What is carried stays in hand where the timeline below it is drawn anew.
  const regain = () => {
    if (press) press.block = find(press.order, press.stop);
    if (press && !press.block) letGo();
    if (held) {
      const block = find(held.order);
      const lane = lanes().find((it) => it.dataset.courier === held.lane.dataset.courier);
      if (!block || !lane || isDone(block)) {
        letGo();
        return back();
      }
      const row = others(lane, held.order);
      Object.assign(held, { lane, gap: Math.min(Math.max(held.gap, begun(row)), row.length) });
      from(block);
    }
    ghost();
  };
  document.addEventListener("pointerdown", (event) => {
    const block = event.target.closest?.('.timeline g[role="button"]');
    if (!block || held || event.button || !event.isPrimary) return;
    letGo();
    const { clientX: x, clientY: y, pointerId: id, pointerType: kind } = event;
    const stop = block.classList.contains("dropoff") ? "dropoff" : "pickup";
    press = { block, order: orders(block)[0], stop, id, kind, x, y, at: [x, y] };
    if (kind !== "mouse") press.hold = setTimeout(lift, HOLD_MS);
  });
  document.addEventListener("pointermove", (event) => {
    if (!press || event.pointerId !== press.id) return;
    press.at = [event.clientX, event.clientY];
    if (!held) {
      const gone = Math.hypot(event.clientX - press.x, event.clientY - press.y);
      if (press.kind !== "mouse") return gone > SLIP_PX ? letGo() : undefined;
      if (gone < DRAG_PX) return;
      lift();
      if (!held) return;
    }
    over();
  });
  document.addEventListener("pointerup", (event) => {
    if (!press || event.pointerId !== press.id) return;
    letGo();
    if (!held) return;
    swallow = true;
    setTimeout(() => (swallow = false), 50);
    drop();
  });
  document.addEventListener("pointercancel", (event) => {
    if (!press || event.pointerId !== press.id) return;
    letGo();
    back();
  });
  // What a finger carries does not scroll the page, and opens no menu.
  document.addEventListener("touchmove", (event) => press && held && event.preventDefault(), { passive: false });
  document.addEventListener("contextmenu", (event) => press?.hold && event.preventDefault());

  // -- on the road: when each parcel is expected now, and where couriers are (the map asks)
  let fleet;
  let soon;
  let later;
  const expect = async () => {
    const { arrivals } = board().dataset;
    if (!arrivals) return;
    try {
      const answer = await fetch(arrivals, { headers: { Accept: "text/html", "Yaoda-Background": "1" } });
      if (answer.status !== 200 || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const fresh of page.querySelectorAll("g.etas")) {
        const lane = board().querySelector(`.lane[data-courier="${fresh.dataset.courier}"]`);
        lane?.querySelector("g.etas")?.replaceWith(fresh);
        const told = lane?.querySelector("[data-expected]");
        if (told) told.textContent = fresh.dataset.late;
      }
    } catch {
      // the next position asks again
    }
  };
  const follow = () => {
    if (fleet || !board().dataset.listen) return;
    const moved = () => document.dispatchEvent(new CustomEvent("fleet:changed"));
    fleet = new EventSource(board().dataset.listen);
    fleet.addEventListener("changed", () => {
      soon ??= setTimeout(() => ((soon = null), moved()), FLEET_MS);
      later ??= setTimeout(() => ((later = null), expect()), EXPECT_MS);
    });
    setInterval(() => (moved(), expect()), ANYWAY_MS); // also where no line is kept for us
    addEventListener("pagehide", () => fleet.close());
  };

  // -- the present hour, and what others change meanwhile
  let since = performance.now();
  const tick = () => {
    const { begins, now, minute } = board().dataset;
    const at = Number(now) + (performance.now() - since) / 1000;
    const x = ((at - Number(begins)) / 60) * Number(minute);
    for (const line of board().querySelectorAll("line.now")) {
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
    }
  };
  setInterval(tick, NOW_MS);
  document.addEventListener("live:renewed", () => {
    since = performance.now();
    regain();
    ready();
    follow();
    if (focus) {
      take(find(focus));
      focus = "";
    } else if (chosen) mark(find(chosen) ?? find(chosen, "pickup"));
  });
  ready();
  follow();
  // What was done long ago is a scroll away, the present hour is in sight.
  const line = board().querySelector("line.now");
  if (line) board().scrollLeft = Number(line.getAttribute("x1")) - board().clientWidth / 3;
})();
