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
