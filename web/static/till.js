// How much more or less is counted than the books expect, while it is typed; in whole fen.
(() => {
  "use strict";
  const off = document.querySelector("#till-off");
  if (!off) return;
  const parts = [...document.querySelectorAll("[data-expected-fen]")];
  const reason = document.querySelector("#reason");
  const fen = (text) => {
    const told = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(text.replaceAll(",", "").trim());
    return told && Number(`${told[1]}${told[2]}${(told[3] || "").padEnd(2, "0")}`);
  };
  const show = () => {
    const counted = parts.map((one) => fen(one.value));
    off.textContent = off.className = "";
    if (counted.includes(null)) return;
    const isOff = parts.some((one, at) => counted[at] !== Number(one.dataset.expectedFen));
    const over = counted.reduce((sum, one, at) => sum + one - Number(parts[at].dataset.expectedFen), 0);
    const yuan = `${Math.floor(Math.abs(over) / 100)}.${String(Math.abs(over) % 100).padStart(2, "0")}`;
    off.textContent = isOff ? `${over < 0 ? off.dataset.short : over ? off.dataset.over : off.dataset.swapped} ${over ? yuan : ""}` : off.dataset.even;
    off.className = isOff ? "mark warn" : "mark good";
    reason.required = isOff;
  };
  for (const one of parts) one.addEventListener("input", show);
  show();
})();
