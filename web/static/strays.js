// A code that is scanned where no field takes it, as on a receipt when the next patient is
// already there, is taken by the counter's first page.
(() => {
  "use strict";
  const home = document.querySelector("[data-desk], nav [aria-keyshortcuts='Alt+0']");
  if (!home || document.querySelector("#scan")) return;
  const { SEPARATOR, PAUSE_MS, LONG_PAUSE_MS, HELD, clean, isWhole, isBegun, Pace } = window.yaodaScans;
  const pace = new Pace();
  let typed = "";
  let pause;
  const forget = () => {
    typed = "";
    pace.end();
  };
  const end = () => {
    const text = pace.isFast ? pace.swallowed || typed : "";
    forget();
    if (!text) return false;
    sessionStorage.setItem("desk:keys", `${text}\n`);
    location.assign(home.href);
    return true;
  };
  const rested = (isLong = false) => {
    const text = clean(pace.swallowed || typed);
    if (isWhole(text) || (isLong && !isBegun(text))) end();
    else if (!isLong) pause = setTimeout(rested, LONG_PAUSE_MS - PAUSE_MS, true);
  };
  document.addEventListener("keydown", (event) => {
    if (HELD.includes(event.key)) return;
    clearTimeout(pause);
    const separates = event.ctrlKey && event.key === "]";
    if (event.target.matches?.("input, textarea, select")) return forget();
    if (event.key === "Enter" || event.code === "Enter") {
      if (end()) event.preventDefault(); // no button is pressed by a scanner's end
      return;
    }
    const isSign = event.key.length === 1 || event.key === "Process";
    if (!isSign || event.altKey || event.metaKey || (event.ctrlKey && !separates)) return forget();
    pace.note(event);
    if (pace.count === 1) typed = "";
    typed += separates ? SEPARATOR : event.key;
    pause = setTimeout(rested, PAUSE_MS);
  });
})();
