// Reads codes by a camera: by the browser's own detector, else by the decoder beside this file.
(() => {
  "use strict";
  const EVERY_MS = 150;
  const SAME_MS = 3000;
  // Some codes our decoder never finds in a straight picture, whatever their size: what stands in them looks
  // like a corner. Turned a little, they are read; straight every other time, for the lines of a barcode.
  const TURNS_DEG = [0, 10, 0, 30];
  const FORMATS = ["qr_code", "code_128", "data_matrix", "ean_13"];

  const native = async () => {
    if (!("BarcodeDetector" in window)) return null;
    const known = await BarcodeDetector.getSupportedFormats();
    const formats = FORMATS.filter((one) => known.includes(one));
    if (!formats.includes("qr_code")) return null;
    const detector = new BarcodeDetector({ formats });
    return async (video) => (await detector.detect(video))[0]?.rawValue;
  };
  const fetched = (address) =>
    new Promise((done, failed) => {
      const script = document.createElement("script");
      Object.assign(script, { src: address, onload: done, onerror: failed });
      document.head.append(script);
    });
  const own = async (address) => {
    if (!window.ZXing) await fetched(address);
    const { BarcodeFormat, BinaryBitmap, DecodeHintType, HTMLCanvasElementLuminanceSource, HybridBinarizer, MultiFormatReader } = window.ZXing;
    const formats = [BarcodeFormat.QR_CODE, BarcodeFormat.CODE_128, BarcodeFormat.DATA_MATRIX, BarcodeFormat.EAN_13];
    const reader = new MultiFormatReader();
    reader.setHints(new Map([[DecodeHintType.POSSIBLE_FORMATS, formats]]));
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    let looks = 0;
    return (video) => {
      canvas.width = video.videoWidth;
      canvas.height = video.videoHeight;
      if (!canvas.width) return undefined;
      const turn = (TURNS_DEG[looks++ % TURNS_DEG.length] * Math.PI) / 180;
      pen.translate(canvas.width / 2, canvas.height / 2);
      pen.rotate(turn);
      pen.drawImage(video, -canvas.width / 2, -canvas.height / 2);
      try {
        return reader.decodeWithState(new BinaryBitmap(new HybridBinarizer(new HTMLCanvasElementLuminanceSource(canvas)))).getText();
      } catch {
        return undefined; // no code in this picture
      }
    };
  };

  window.yaodaCamera = async (dialog, decoder, take) => {
    const video = dialog.querySelector("video");
    const said = dialog.querySelector("[role=status]");
    said.textContent = said.dataset.seeking;
    let stream;
    let read;
    let over = false; // the same dialog may be open again before our next look
    const end = () => stream?.getTracks().forEach((track) => track.stop());
    dialog.addEventListener("close", () => ((over = true), end()), { once: true });
    dialog.showModal();
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      await video.play();
      read = (await native()) || (await own(decoder));
    } catch {
      if (!over) said.textContent = said.dataset.none;
    }
    if (!read || over) return end();
    let last = "";
    let lastMs = 0;
    const look = async () => {
      const text = await read(video);
      if (over) return;
      if (text && (text !== last || performance.now() - lastMs > SAME_MS)) {
        last = text;
        lastMs = performance.now();
        const boxes = document.querySelector("#settle");
        const goesOn = "stays" in dialog.dataset || (boxes && /^8[0-9]{19}$/.test(text));
        if (!goesOn) dialog.close();
        await take(text);
        if (over) return;
        said.textContent = document.querySelector("#scan-said").textContent;
      }
      setTimeout(() => over || look(), EVERY_MS);
    };
    look();
  };
})();
