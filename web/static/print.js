// Prints the page that is shown; without this script the browser's own menu does the same.
const printing = document.querySelector("[data-print]");
if (printing) printing.addEventListener("click", () => window.print());
