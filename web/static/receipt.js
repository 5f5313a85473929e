// A receipt on paper of its own length, and a code that was scanned into the address.
"use strict";

const MM = 25.4 / 96;
const ROLLS = { 58: "p58", 80: "p80" };

function fitPaper(main) {
  // A roll is as long as what is printed on it, which style sheets cannot say.
  const name = ROLLS[main.dataset.paper];
  if (!name) return;
  const length = Math.ceil(main.getBoundingClientRect().height * MM) + 6;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`@page ${name} { size: ${main.dataset.paper}mm ${length}mm; margin: 0 }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

function verifyScanned(form) {
  // What stands behind the # is sent to nobody by itself.
  const token = location.hash.slice(1);
  if (!token) return;
  history.replaceState(null, "", location.pathname);
  form.elements.text.value = token;
  form.requestSubmit();
}

const main = document.querySelector("main[data-paper]");
if (main) {
  fitPaper(main);
  document.querySelector("[data-print]").addEventListener("click", () => window.print());
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelector("[data-back]").click();
    else if (event.altKey && event.key === "0") document.querySelector("[data-desk]")?.click();
  });
}
const form = document.querySelector("#verify");
if (form) verifyScanned(form);
