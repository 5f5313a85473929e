// What the phone keeps: acts in the order in which they were done, and a few facts beside.
// An act stays until the server has answered it, also when the phone is switched off.
self.yaodaStore = (() => {
  "use strict";
  const NAME = "yaoda-courier";
  let opened;

  const open = () =>
    (opened ??= new Promise((done, failed) => {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => {
        asked.result.createObjectStore("acts", { keyPath: "no", autoIncrement: true });
        asked.result.createObjectStore("facts");
      };
      asked.onsuccess = () => done(asked.result);
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

  return {
    add: (act) => run("acts", "readwrite", (acts) => acts.add(act)),
    acts: () => run("acts", "readonly", (acts) => acts.getAll()),
    put: (some) => run("acts", "readwrite", (acts) => some.forEach((act) => acts.put(act))),
    drop: (numbers) => run("acts", "readwrite", (acts) => numbers.forEach((no) => acts.delete(no))),
    fact: (name) => run("facts", "readonly", (facts) => facts.get(name)),
    keep: (name, value) => run("facts", "readwrite", (facts) => facts.put(value, name)),
    clear: async () => {
      await run("acts", "readwrite", (acts) => acts.clear());
      await run("facts", "readwrite", (facts) => facts.clear());
    },
  };
})();
