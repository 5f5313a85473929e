// Alt+number jumps to a step; a scanner that ends with Enter moves on instead of sending.
document.addEventListener("keydown", (event) => {
  if (event.altKey && /^[0-9]$/.test(event.key)) {
    const field = document.querySelector(`[data-step="${event.key}"]`);
    if (field) {
      event.preventDefault();
      field.focus();
    }
  }
});

// Boxes that were scanned stay in their fields when an answer sends the reader back here.
// Only what stands on a box is kept, in this tab, until the prescription is settled.
// What a page shows can change while it is open: what is new is bound then.
let scanned = [];
const here = location.pathname;
const bound = new WeakSet();
const isNew = (element) => element && !bound.has(element) && bound.add(element);
const keepScans = (field) => {
  field.value = field.value || sessionStorage.getItem(here + field.id) || "";
  field.form.addEventListener("submit", () => {
    sessionStorage.setItem(here + field.id, field.value);
  });
};

// A box that the scanner reads again within a second was read twice, not put down twice.
const DOUBLE_MS = 1000;
const noticeDoubles = (field) => {
  let last = "";
  let lastMs = -DOUBLE_MS;
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const lines = field.value.split("\n");
    const line = lines.pop();
    if (line && line === last && event.timeStamp - lastMs < DOUBLE_MS) {
      event.preventDefault();
      field.value = [...lines, ""].join("\n");
    }
    last = line;
    lastMs = event.timeStamp;
  });
};

// What is scanned into the wrong field goes where it belongs, and sends nothing.
const sortScans = (code, fields) => {
  const TRACE = /^(\][A-Za-z][0-9A-Za-z])?8[0-9]{19}$/;
  const CODE = /^(\][A-Za-z][0-9A-Za-z])?ym1\./i;
  const said = document.querySelector("#scan-said");
  const tell = (words) => {
    said.textContent = said.dataset[words] || "";
    said.hidden = !words;
  };
  const boxes = (field) => field.value.split("\n").filter((line) => line.trim());
  const isFull = (field) => boxes(field).length >= Number(field.dataset.packs);
  const isKnown = (line) => [...scanned].some((field) => boxes(field).includes(line));
  const goOn = () => ([...scanned].find((field) => !isFull(field)) || code).focus();

  for (const field of fields) {
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.defaultPrevented) return;
      const lines = field.value.split("\n");
      const line = lines.pop().trim();
      if (CODE.test(line)) {
        event.preventDefault();
        field.value = [...lines, ""].join("\n");
        code.value = line;
        code.focus();
        tell("moved");
      } else if (line && isFull(field)) {
        event.preventDefault();
        field.value = [...lines, line, ""].join("\n");
        tell("");
        goOn();
      }
    });
  }

  code.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const line = code.value.trim();
    const isBox = TRACE.test(line);
    const others = document.querySelectorAll("[name^=uncoded_]");
    const isEmpty = [...scanned, ...others].every((field) => !field.value.trim());
    if (!isBox && !(CODE.test(line) && isEmpty)) return;
    event.preventDefault();
    if (isBox) code.value = "";
    if (!isBox) {
      tell("boxesFirst");
      scanned[0].focus();
    } else if (isKnown(line)) {
      tell("");
    } else if (scanned.length > 1) {
      tell("which");
      goOn();
    } else {
      scanned[0].value = [...boxes(scanned[0]), line, ""].join("\n");
      tell("moved");
      goOn();
    }
  });
};

const bind = () => {
  scanned = [...document.querySelectorAll("[data-scanned]")];
  if (!scanned.length) sessionStorage.clear();
  const fields = scanned.filter(isNew);
  fields.forEach(keepScans);
  fields.forEach(noticeDoubles);
  const code = document.querySelector("[data-code]");
  if (isNew(code)) sortScans(code, fields);
};
bind();
document.addEventListener("live:changed", bind);

// Counts down to the next time that the platform is asked, then shows what it said.
const asking = document.querySelector("[data-asks-in]");
if (asking) {
  let left = Number(asking.dataset.asksIn);
  const tick = () => {
    asking.textContent = String(Math.max(left, 0));
    if (left <= 0) {
      asking.closest("[data-while]").hidden = true;
      document.querySelector("[data-after]").hidden = false;
      setTimeout(() => location.reload(), 3000);
      return;
    }
    left -= 1;
    setTimeout(tick, 1000);
  };
  tick();
}
