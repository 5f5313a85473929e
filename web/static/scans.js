// What a scanner types, made whole again, as dispensing/codes/keystrokes.py does it; what
// every page asks of it is kept here, and nothing else.
(() => {
  "use strict";
  const TRACE = /^8[0-9]{19}$/;
  const BOXES = /^(?:8[0-9]{19})+$/; // of a scanner without an end, two may come as one
  const INSURANCE = /^ym1\./i;
  const ID = /^[0-9]{17}[0-9Xx]$/;
  const AIM = /^\][A-Za-z][0-9A-Za-z]/;
  const ACCESS = /^YDX[0-9A-Z]{28}$/i;
  const SIGNED = /^ym1\..+\.[0-9A-Za-z_-]{43}$/i;
  const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
  const SEPARATOR = "\u241d"; // what a scanner types as Ctrl and ], printed; more follows
  const FAST_MS = 90;
  const PAUSE_MS = 220;
  const LONG_PAUSE_MS = 1000; // a busy computer hands the keys of one scan on with gaps
  const LEAST = 10;
  const HELD = ["Shift", "Control", "Alt", "Meta", "CapsLock", "AltGraph"];

  const halved = (text) => {
    const half = text.slice(0, text.length / 2);
    return half + half === text && TRACE.test(half) ? half : text;
  };
  // `label` finds the trace code in the GS1 string of a box, as pharmacies/gs1.py says.
  const clean = (keys, label) => {
    const narrow = keys
      .replace(/[\uff01-\uff5e]/g, (one) => String.fromCharCode(one.charCodeAt(0) - 0xfee0))
      .replace(/[\u3002\uff61]/g, ".")
      .replace(/\u2014/g, "-")
      .replace(/\u3000/g, " ");
    // eslint-disable-next-line no-control-regex
    const text = narrow.replace(/[\x00-\x1f\x7f]/g, "").trim();
    const onBox = label && narrow.trim().replace(AIM, "").match(new RegExp(label))?.slice(1).find(Boolean);
    return onBox || halved(text.replace(AIM, ""));
  };
  const isWhole = (text) => [BOXES, ACCESS, SIGNED, UUID].some((one) => one.test(text));
  // The beginning of a form we know: the rest is still to come, however long it takes.
  const BEGUN = [/^8[0-9]*$/, /^YDX[0-9A-Z]*$/i, /^ym1\./i, /^[0-9a-f]{8}-[0-9a-f-]*$/i];
  const isBegun = (text) => !isWhole(text) && BEGUN.some((one) => one.test(text));

  // The boxes that a text holds: of a scanner without an end, two may come as one.
  const boxesIn = (text) => (BOXES.test(text) ? text.match(/.{20}/g) : []);

  // The sign that a key stands for by its place on the keyboard: an input method that is on
  // swallows letters, but not which keys were pressed.
  const SIGNS = { Period: ".", NumpadDecimal: ".", Minus: "-", NumpadSubtract: "-", Slash: "/", Equal: "=" };
  const signOf = (event) => {
    const letter = /^Key([A-Z])$/.exec(event.code)?.[1];
    if (letter) return event.shiftKey === event.getModifierState("CapsLock") ? letter.toLowerCase() : letter;
    if (event.code === "Minus" && event.shiftKey) return "_";
    return /^(?:Digit|Numpad)([0-9])$/.exec(event.code)?.[1] || SIGNS[event.code] || "";
  };

  // Counts keys and tells whether they came as fast as a scanner types.
  class Pace {
    #beganMs = 0;
    #atMs = 0;
    #signs = "";
    count = 0;
    isSwallowed = false;
    note(event) {
      if (event.timeStamp - this.#atMs > LONG_PAUSE_MS) this.end();
      if (this.count === 0) this.#beganMs = event.timeStamp;
      this.#atMs = event.timeStamp;
      this.count += 1;
      this.isSwallowed ||= event.isComposing || event.key === "Process";
      this.#signs += signOf(event);
    }
    get isFast() {
      return this.count >= LEAST && (this.#atMs - this.#beganMs) / (this.count - 1) <= FAST_MS;
    }
    get swallowed() {
      return this.isSwallowed && this.isFast ? this.#signs : "";
    }
    end() {
      this.count = 0;
      this.#signs = "";
      this.isSwallowed = false;
    }
  }

  // What is typed while an answer is awaited, kept across the change of pages.
  const KEYS = "desk:keys";
  const STEP = "desk:step"; // what is typed after it belongs to that step's form
  const takeOut = (name) => {
    const value = sessionStorage.getItem(name) || "";
    sessionStorage.removeItem(name);
    return value;
  };
  const later = {
    keep: (text) => sessionStorage.setItem(KEYS, (sessionStorage.getItem(KEYS) || "") + text),
    keepKey(event) {
      const separates = event.ctrlKey && event.key === "]";
      const key = separates ? SEPARATOR : event.key === "Enter" ? "\n" : event.key;
      if (key.length !== 1 || event.target.closest("#lost")) return; // asking now is an answer to that
      if ((event.ctrlKey || event.metaKey) && !separates) return;
      event.preventDefault();
      if (event.altKey) sessionStorage.setItem(STEP, key);
      else if (!sessionStorage.getItem(STEP)) later.keep(key);
    },
    taken: () => ({ typed: takeOut(KEYS), at: takeOut(STEP) }),
  };

  const pauses = { PAUSE_MS, LONG_PAUSE_MS };
  window.yaodaScans = { INSURANCE, ID, SEPARATOR, LEAST, HELD, ...pauses, clean, isWhole, isBegun, boxesIn, Pace, later };
})();
