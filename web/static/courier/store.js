// What the phone keeps: acts in the order in which they were done, and a few facts beside.
// An act stays until the server has answered it, also when the phone is switched off. All of it is
// sealed (AES-GCM) by a key that no script can read out; without the key, what is left is noise.
self.yaodaStore = (() => {
  "use strict";
  const NAME = "yaoda-courier";
  const PAGE = "yaoda-sealed-page";
  const IV_BYTES = 12;
  const KEY = "seal";
  let opened;

  const open = () =>
    (opened ??= new Promise((done, failed) => {
      const asked = indexedDB.open(NAME, 2);
      asked.onupgradeneeded = () => {
        const base = asked.result;
        if (!base.objectStoreNames.contains("acts")) base.createObjectStore("acts", { keyPath: "no", autoIncrement: true });
        if (!base.objectStoreNames.contains("facts")) base.createObjectStore("facts");
        base.createObjectStore("keys");
      };
      asked.onsuccess = () => {
        // Another page of a newer version waits for nobody.
        asked.result.onversionchange = () => asked.result.close();
        done(asked.result);
      };
      asked.onerror = () => failed(asked.error);
    }));
  const run = async (name, mode, work) => {
    const base = await open();
    return new Promise((done, failed) => {
      const turn = base.transaction(name, mode, { durability: "strict" });
      const asked = work(turn.objectStore(name));
      turn.oncomplete = () => done(asked?.result);
      turn.onabort = () => failed(turn.error);
    });
  };

  // ---- sealing ----
  // Asked for each time: the page and its worker have one key, and none after a sign-out.
  const key = async () => {
    const found = await run("keys", "readonly", (keys) => keys.get(KEY));
    if (found) return found;
    const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    // Of two that make one at once the first counts.
    await run("keys", "readwrite", (keys) => {
      const asked = keys.get(KEY);
      asked.onsuccess = () => asked.result ?? keys.put(made, KEY);
    });
    return run("keys", "readonly", (keys) => keys.get(KEY));
  };
  const way = (iv, place) => ({ name: "AES-GCM", iv, additionalData: new TextEncoder().encode(place) });
  const seal = async (bytes, place) => {
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    return { iv, sealed: await crypto.subtle.encrypt(way(iv, place), await key(), bytes) };
  };
  const unseal = async (kept, place) => crypto.subtle.decrypt(way(kept.iv, place), await key(), kept.sealed);
  const shut = (value, place) => seal(new TextEncoder().encode(JSON.stringify(value)), place);
  // What no key opens any more is not there; what was kept before there was a key opens as it is.
  const opens = async (kept, place) => {
    if (kept === undefined || !kept?.sealed) return kept;
    try {
      return JSON.parse(new TextDecoder().decode(await unseal(kept, place)));
    } catch {
      return undefined;
    }
  };

  // ---- acts and facts ----
  const acts = async () => {
    const kept = await run("acts", "readonly", (acts) => acts.getAll());
    const found = await Promise.all(kept.map(async (each) => ({ ...(await opens(each, "act")), no: each.no })));
    return found.filter((act) => act.id);
  };
  const add = async (act) => {
    const kept = await shut(act, "act");
    return run("acts", "readwrite", (acts) => acts.add(kept));
  };
  const put = async (some) => {
    const kept = await Promise.all(some.map(async ({ no, ...act }) => ({ ...(await shut(act, "act")), no })));
    return run("acts", "readwrite", (acts) => kept.forEach((act) => acts.put(act)));
  };
  const drop = (numbers) => run("acts", "readwrite", (acts) => numbers.forEach((no) => acts.delete(no)));
  const fact = async (name) => opens(await run("facts", "readonly", (facts) => facts.get(name)), name);
  const keep = async (name, value) => {
    const kept = await shut(value, name);
    return run("facts", "readwrite", (facts) => facts.put(kept, name));
  };
  const forget = async () => {
    await caches.delete(PAGE);
    await drop((await acts()).filter((act) => act.state === "sent" || act.kind === "position").map((act) => act.no));
  };
  const clear = async () => {
    await caches.delete(PAGE);
    for (const name of ["acts", "facts", "keys"]) await run(name, "readwrite", (all) => all.clear());
  };

  // ---- the page ----
  const keepPage = async (address, answer, headers) => {
    const { iv, sealed } = await seal(await answer.arrayBuffer(), "page");
    const copy = new Response(new Blob([iv, sealed]), { status: 200, headers });
    await (await caches.open(PAGE)).put(address, copy);
  };
  const page = async (address) => {
    const found = await (await caches.open(PAGE)).match(address);
    if (!found) return undefined;
    const bytes = new Uint8Array(await found.arrayBuffer());
    const kept = { iv: bytes.slice(0, IV_BYTES), sealed: bytes.slice(IV_BYTES) };
    try {
      return new Response(await unseal(kept, "page"), { status: 200, headers: found.headers });
    } catch {
      return undefined;
    }
  };

  return Object.freeze({ add, acts, put, drop, fact, keep, forget, clear, page, keepPage, forgetPage: () => caches.delete(PAGE) });
})();
