// What a scanner types, made whole again, as dispensing/codes/keystrokes.py does it; what
// every page asks of it is kept here, and nothing else.
(() => {
  "use strict";
  const TRACE = /^8[0-9]{19}$/;
  const INSURANCE = /^ym1\./i;
  const ID = /^[0-9]{17}[0-9Xx]$/;
  const AIM = /^\][A-Za-z][0-9A-Za-z]/;
  const ACCESS = /^YDX[0-9A-Z]{28}$/i;
  const SIGNED = /^ym1\..+\.[0-9A-Za-z_-]{43}$/i;
  const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
  const SEPARATOR = "\u241d"; // what a scanner types as Ctrl and ], printed; more follows
  const FAST_MS = 90;
  const PAUSE_MS = 220;
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
  const isWhole = (text) => [TRACE, ACCESS, SIGNED, UUID].some((one) => one.test(text));

  // The boxes that a text holds: of a scanner without an end, two may come as one.
  const boxesIn = (text) => (/^(?:8[0-9]{19})+$/.test(text) ? text.match(/.{20}/g) : []);

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
      if (event.timeStamp - this.#atMs > PAUSE_MS) this.end();
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

  window.yaodaScans = { TRACE, INSURANCE, ID, SEPARATOR, PAUSE_MS, LEAST, HELD, clean, isWhole, boxesIn, Pace };
})();
