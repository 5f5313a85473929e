// Medicines found by what is typed: a field of a name, of initials or of a code, and its list.
(() => {
  "use strict";
  const LOOK_MS = 150;
  let looking;
  const find = (what) => document.querySelector(what);
  const no = (field) => field.id.slice("medicine_".length);
  const list = (field) => find(`#${field.getAttribute("aria-controls")}`);
  const options = (field) => [...list(field).querySelectorAll("[data-code]")];
  const shut = (field) => {
    list(field).hidden = true;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };
  const mark = (field, at) => {
    const found = options(field);
    if (!found.length) return;
    const chosen = found.at(at === found.length ? 0 : at);
    for (const one of found) one.setAttribute("aria-selected", String(one === chosen));
    field.setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  };
  const marked = (field) => options(field).findIndex((one) => one.getAttribute("aria-selected") === "true");
  const choose = (field, option) => {
    field.value = option.dataset.code;
    find(`#chosen-${no(field)}`).textContent = option.dataset.name;
    shut(field);
    find(`#quantity_${no(field)}`)?.focus();
  };
  const look = async (field) => {
    const asked = field.value.trim();
    if (!asked) return shut(field);
    try {
      const answer = await fetch(`${field.dataset.find}?no=${no(field)}&q=${encodeURIComponent(asked)}`);
      const text = await answer.text();
      if (!answer.ok || field.value.trim() !== asked) return;
      const page = new DOMParser().parseFromString(text, "text/html");
      list(field).replaceChildren(...page.body.children);
    } catch {
      return shut(field);
    }
    if (document.activeElement !== field) return; // went on meanwhile
    list(field).hidden = false;
    field.setAttribute("aria-expanded", "true");
    mark(field, 0);
  };
  document.addEventListener("input", (event) => {
    if (!event.target.matches?.("[role=combobox]")) return;
    clearTimeout(looking);
    find(`#chosen-${no(event.target)}`).textContent = "";
    looking = setTimeout(() => look(event.target), LOOK_MS);
  });
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!field.matches?.("[role=combobox]") || list(field).hidden || event.isComposing) return;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move) mark(field, marked(field) + move);
    else if (event.key === "Enter" && marked(field) >= 0) choose(field, options(field)[marked(field)]);
    else if (event.key === "Escape") shut(field);
    else return;
    event.preventDefault();
  });
  document.addEventListener("mousedown", (event) => {
    const option = event.target.closest?.("[role=option][data-code]");
    if (!option) return;
    event.preventDefault();
    choose(find(`[aria-controls="${option.parentElement.id}"]`), option);
  });
  document.addEventListener("focusout", (event) => {
    if (event.target.matches?.("[role=combobox]")) shut(event.target);
  });
})();
