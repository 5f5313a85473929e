// What the design's parts do besides what HTML does: tabs, dialogs, toasts.
document.addEventListener("alpine:init", () => {
  Alpine.data("tabs", () => ({
    init() {
      this.show(this.all()[0]);
    },
    all() {
      return [...this.$root.querySelectorAll("[role=tab]")];
    },
    show(chosen) {
      for (const tab of this.all()) {
        const isChosen = tab === chosen;
        tab.setAttribute("aria-selected", isChosen);
        tab.tabIndex = isChosen ? 0 : -1;
        document.getElementById(tab.getAttribute("aria-controls")).hidden = !isChosen;
      }
    },
    open(event) {
      this.show(event.currentTarget);
    },
    walk(event) {
      const all = this.all();
      const at = all.indexOf(event.currentTarget);
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      const next = all.at(to === all.length ? 0 : to);
      this.show(next);
      next.focus();
    },
  }));
  Alpine.data("dialog", () => ({
    open() {
      this.$root.querySelector("dialog").showModal();
    },
  }));
  Alpine.data("secret", () => ({
    toggle(event) {
      const field = this.$root.querySelector("input");
      const isShown = field.type === "text";
      field.type = isShown ? "password" : "text";
      event.currentTarget.setAttribute("aria-pressed", !isShown);
    },
  }));
  Alpine.data("toast", () => ({
    shown: true,
    close() {
      this.shown = false;
    },
  }));
});
// A page that answered a form: who comes back is not asked whether to send it once more, but
// led to the page that it names.
const instead = document.querySelector("[data-instead]");
if (instead) history.replaceState(null, "", instead.dataset.instead);
// On a slow line a form that was sent looks so, and a second tap sends nothing. A desk has its own.
const SENT_MS = 8000;
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || document.getElementById("scan")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
  setTimeout(() => {
    delete form.dataset.sent;
    event.submitter?.removeAttribute("aria-busy");
  }, SENT_MS);
});
// Keys that lead to the other pages of a face; a desk has its own.
document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || document.getElementById("scan")) return;
  const way = document.querySelector(`nav [aria-keyshortcuts="Alt+${CSS.escape(event.key)}"]`);
  if (!way) return;
  event.preventDefault();
  way.click();
});
