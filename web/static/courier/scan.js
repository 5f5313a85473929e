// The camera: parcels are loaded by their codes, also without a line, because the route says
// which codes are its own; and the code on the patient's page opens the door.
(() => {
  "use strict";
  const acts = self.yaodaActs;
  const viewfinder = () => document.querySelector("#viewfinder");
  const said = (name, more = "") => {
    const line = document.querySelector("#scan-said");
    line.textContent = (line.dataset[name] || "") + more;
    line.className = { loaded: "notice good", opens: "notice good", later: "notice info" }[name] || "notice warn";
    navigator.vibrate?.(line.className.endsWith("warn") ? [200, 100, 200] : 80);
  };
  const LOOKALIKE = { O: "0", I: "1", L: "1" };
  const folded = (text) => text.toUpperCase().replace(/[\s-]/g, "").replace(/[OIL]/g, (one) => LOOKALIKE[one]);
  const camera = (take) => self.yaodaCamera(viewfinder(), viewfinder().dataset.decoder, take);

  // ---- loading ----
  const load = async (text) => {
    const code = folded(text);
    const stop = [...document.querySelectorAll(".stop[data-kind=pickup][data-code]")].find((one) => one.dataset.code === code);
    if (!stop) return said("wrong");
    if ("done" in stop.dataset || "told" in stop.dataset) return said("before", stop.dataset.name);
    await acts.record("load", stop.dataset.order, { code }, stop.dataset.words, stop.dataset.route);
    const left = document.querySelectorAll(".stop[data-kind=pickup]:not([data-done]):not([data-told])").length;
    said("loaded", left > 0 ? ` ${left}` : "");
    acts.sync();
  };

  // ---- the patient's code ----
  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (one) => one.charCodeAt(0));
  };
  const hex = (raw) => [...raw].map((one) => one.toString(16).padStart(2, "0")).join("");
  const PURPOSE = "yaoda hand-over\n";
  // True or false by the platform's public key; undefined where this browser cannot tell.
  const isSigned = async (keyId, number, signature) => {
    const known = JSON.parse(document.querySelector("#live").dataset.keys).find((key) => key.kid === keyId);
    if (!known) return undefined;
    try {
      const key = await crypto.subtle.importKey("raw", bytes(known.x), "Ed25519", false, ["verify"]);
      const message = new Uint8Array([...new TextEncoder().encode(PURPOSE), ...number]);
      return await crypto.subtle.verify("Ed25519", key, signature, message);
    } catch {
      return undefined;
    }
  };
  const open = async (form, text) => {
    const kind = ["YDH1.", "YDH2."].indexOf(text.slice(0, 5));
    const parts = kind < 0 ? [] : text.slice(5).split(".");
    let signed = false;
    try {
      const number = bytes(parts[0]);
      if (parts.length !== 3 || hex(number.slice(0, 16)) !== form.dataset.order.replace(/-/g, "")) return said("other");
      // A code that was renewed has its number behind the order's: an older one is void.
      const issue = kind ? number[16] * 256 + number[17] : 1;
      if (issue < Number(form.dataset.issue)) return said("old");
      signed = await isSigned(parts[1], number, bytes(parts[2]));
    } catch {
      signed = false;
    }
    if (signed === false) return said("other");
    form.elements.token.value = text;
    form.elements.code.value = "";
    form.elements.code.required = false;
    form.setAttribute("hx-morph-skip", "");
    said(signed ? "opens" : "later");
    form.querySelector("[data-door-said]").textContent = document.querySelector("#scan-said").textContent;
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-scan]");
    if (!button) return;
    event.preventDefault();
    const loading = button.dataset.scan === "load";
    if (loading) viewfinder().dataset.stays = "";
    else delete viewfinder().dataset.stays;
    camera(loading ? load : (text) => open(button.closest("form"), text));
  });
  // A hand scanner types into the field beside the button.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest?.("form[data-load]");
    if (!form) return;
    event.preventDefault();
    load(form.elements.code.value);
    form.reset();
  });
})();
