// What is kept of a visit: a photograph, made small before it is stored or sent, and a
// signature, as the strokes of the finger. No picture is shown from elsewhere than this page.
self.yaodaProof = (() => {
  "use strict";
  const SIDE_MAX = 1280;
  const QUALITY = 0.7;
  const WIDE = 1000;
  const HIGH = 500;
  const POINTS_MAX = 4000;
  const STROKES_MAX = 60;
  const strokes = new WeakMap();

  const base64 = (blob) =>
    new Promise((done, failed) => {
      const reader = new FileReader();
      reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
      reader.onerror = () => failed(reader.error);
      reader.readAsDataURL(blob);
    });
  // Drawn anew, a photograph no longer tells where it was taken.
  const small = async (file) => {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, SIDE_MAX / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    return base64(await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY)));
  };

  const padOf = (form) => form.querySelector("canvas.signature");
  const pen = (pad) => {
    const drawn = pad.getContext("2d");
    drawn.lineWidth = 8;
    drawn.lineCap = drawn.lineJoin = "round";
    drawn.strokeStyle = "#111";
    return drawn;
  };
  const place = (pad, event) => {
    const box = pad.getBoundingClientRect();
    const x = Math.round(((event.clientX - box.left) / box.width) * WIDE);
    const y = Math.round(((event.clientY - box.top) / box.height) * HIGH);
    return [Math.min(Math.max(x, 0), WIDE), Math.min(Math.max(y, 0), HIGH)];
  };
  const clear = (pad) => {
    strokes.delete(pad);
    pad.getContext("2d").clearRect(0, 0, WIDE, HIGH);
  };
  const points = (written) => written.reduce((sum, stroke) => sum + stroke.length / 2, 0);

  document.addEventListener("pointerdown", (event) => {
    const pad = event.target.closest?.("canvas.signature");
    if (!pad) return;
    event.preventDefault();
    pad.setPointerCapture(event.pointerId);
    pad.closest("form").setAttribute("hx-morph-skip", "");
    const written = strokes.get(pad) ?? [];
    if (written.length >= STROKES_MAX) return;
    strokes.set(pad, [...written, place(pad, event)]);
  });
  document.addEventListener("pointermove", (event) => {
    const pad = event.target.closest?.("canvas.signature");
    if (!pad || !event.buttons || !strokes.has(pad)) return;
    const written = strokes.get(pad);
    if (points(written) >= POINTS_MAX) return;
    const stroke = written.at(-1);
    const [x, y] = place(pad, event);
    const drawn = pen(pad);
    drawn.beginPath();
    drawn.moveTo(...stroke.slice(-2));
    drawn.lineTo(x, y);
    drawn.stroke();
    stroke.push(x, y);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-clear-signature]");
    if (button) clear(padOf(button.closest("form")));
  });
  document.addEventListener("reset", (event) => {
    const pad = padOf(event.target);
    if (pad) clear(pad);
  });

  return {
    // The proofs that a form holds, as bodies of acts.
    taken: async (form) => {
      const found = [];
      const file = form.elements.photo?.files[0];
      if (file) found.push({ kind: "photo", image: await small(file) });
      const pad = padOf(form);
      const written = pad && strokes.get(pad);
      if (written && points(written) >= 4) found.push({ kind: "signature", strokes: written });
      return found;
    },
  };
})();
