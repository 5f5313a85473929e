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
const scanned = document.querySelectorAll("[data-scanned]");
const here = location.pathname;
for (const field of scanned) {
  field.value = field.value || sessionStorage.getItem(here + field.id) || "";
  field.form.addEventListener("submit", () => {
    sessionStorage.setItem(here + field.id, field.value);
  });
}
if (!scanned.length) sessionStorage.clear();

// A box that the scanner reads again within a second was read twice, not put down twice.
const DOUBLE_MS = 1000;
for (const field of scanned) {
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
}

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
