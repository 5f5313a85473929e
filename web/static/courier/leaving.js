// What stays on the phone: nothing of a person after the sign-out, and nothing that was sent
// after the day. What was not sent is told of before it would be lost.
self.yaodaLeaving = (() => {
  "use strict";
  const WEEK_MS = 7 * 24 * 3600 * 1000; // what is older cannot be told any more
  const store = self.yaodaStore;
  const dialog = document.querySelector("#leaving");

  const leave = async (form) => {
    await self.yaodaSending.after(store.clear);
    form.submit();
  };
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.action.endsWith("/logout") || !dialog || !self.yaodaActs || !self.isSecureContext) return;
    event.preventDefault();
    await self.yaodaActs.sync();
    const open = (await store.acts()).filter((act) => act.state !== "sent" && act.kind !== "position");
    if (!open.length) return leave(form);
    dialog.querySelector("[data-count]").textContent = open.length;
    dialog.querySelector("[data-leave]").onclick = () => leave(form);
    dialog.showModal();
  });
  return {
    // Another day: what was sent goes, and what nobody saw to for a week; what still waits stays.
    tidy: async (day) => {
      const old = (act) => self.yaodaClock.now() - (act.wall + act.offset) > WEEK_MS;
      const gone = (await store.acts()).filter((act) => act.state === "sent" || act.kind === "position" || old(act));
      await store.drop(gone.map((act) => act.no));
      await store.keep("day", day);
    },
  };
})();
