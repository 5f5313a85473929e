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
  Alpine.data("toast", () => ({
    shown: true,
    close() {
      this.shown = false;
    },
  }));
});
// Keys that lead to the other pages of a face; a desk has its own.
document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || document.getElementById("scan")) return;
  const way = document.querySelector(`nav [aria-keyshortcuts="Alt+${CSS.escape(event.key)}"]`);
  if (!way) return;
  event.preventDefault();
  way.click();
});
