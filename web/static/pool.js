// Ticks a page of orders at once, and says how many an act would take. All that match, on
// whatever page, are chosen by the form itself: it works without this script.
(() => {
  const form = () => document.querySelector("#bulk");
  const boxes = () => [...form().querySelectorAll('[name="order"]')];
  const shown = () => {
    const all = form().querySelector("#tick-page");
    if (!all) return;
    all.closest("label").hidden = !boxes().length;
    const ticked = boxes().filter((box) => box.checked).length;
    all.checked = ticked > 0 && ticked === boxes().length;
    all.indeterminate = ticked > 0 && !all.checked;
    const words = form().querySelector("#ticked-count");
    if (!words) return;
    words.textContent = form().dataset.chosen.replace("{n}", ticked);
    const whom = form().querySelector('[name="whom"]:checked');
    const number = whom.value === "all" ? Number(whom.dataset.number) : ticked;
    const act = form().querySelector("[data-do]");
    act.textContent = act.dataset.do.replace("{n}", number);
    act.disabled = !number;
    form().querySelector("#why").required = form().querySelector("#act").value === "hold";
  };
  document.addEventListener("change", (event) => {
    if (!form()?.contains(event.target)) return;
    if (event.target.id === "tick-page") {
      for (const box of boxes()) box.checked = event.target.checked;
    }
    if (event.target.matches('#tick-page, [name="order"]')) {
      form().querySelector('[name="whom"][value="ticked"]').checked = true;
    }
    shown();
  });
  document.addEventListener("live:changed", () => form() && shown());
  if (form()) shown();
})();
