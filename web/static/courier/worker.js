// Serves the courier's page and its parts where there is no line, and sends what waits when the
// line is back. The server writes the version and the list of parts in front of this.
/* global PARTS, VERSION */
"use strict";
const SHELL = `yaoda-shell-${VERSION}`;
const BEFORE = "yaoda-page"; // kept plain, before pages were sealed
const HOME = "/courier";
const WAIT_MS = 6000;
const KEPT_MS = 18 * 3600 * 1000; // a working day: then what is personal is no longer shown
const KEPT_AT = "X-Kept-At";

self.addEventListener("install", (event) => {
  const fill = async () => (await caches.open(SHELL)).addAll(PARTS);
  event.waitUntil(fill().then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  const tidy = async () => {
    for (const name of await caches.keys()) {
      if ((name.startsWith("yaoda-shell-") && name !== SHELL) || name === BEFORE) await caches.delete(name);
    }
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

const kept = async () => {
  const found = await self.yaodaStore.page(HOME);
  const age = found ? Date.now() - Number(found.headers.get(KEPT_AT)) : Infinity;
  if (Math.abs(age) < KEPT_MS) return found;
  await self.yaodaStore.forgetPage();
  return undefined;
};
const keep = async (answer) => {
  // A copy of its own: what is answered is read by whoever asked.
  const headers = new Headers(answer.headers);
  headers.set(KEPT_AT, String(Date.now()));
  await self.yaodaStore.keepPage(HOME, answer.clone(), headers);
};
// Only what has changed is fetched: the server answers 304 where the page is as it was.
const page = async (request) => {
  const before = await kept();
  const headers = { Accept: "text/html" };
  if (request.mode !== "navigate") headers["Yaoda-Background"] = "1"; // no use of the session
  const tag = before?.headers.get("ETag");
  if (tag) headers["If-None-Match"] = tag;
  const options = { headers, credentials: "same-origin", redirect: "manual", cache: "no-store" };
  try {
    const answer = await fetch(HOME, before ? { ...options, signal: AbortSignal.timeout(WAIT_MS) } : options);
    if (answer.status === 304 && before) {
      await keep(before); // as good as new
      return before;
    }
    if (answer.status === 200) await keep(answer);
    else if (answer.type === "opaqueredirect") await self.yaodaStore.forget(); // signed out, here or elsewhere
    else if (answer.status >= 500 && before) return before;
    return answer.type === "opaqueredirect" && request.mode !== "navigate" ? fetch(request) : answer;
  } catch (error) {
    if (before) return before;
    throw error;
  }
};
const part = async (request) => (await caches.match(request, { cacheName: SHELL })) || fetch(request);

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (address.pathname === HOME && !address.search) event.respondWith(page(request));
  else if (PARTS.includes(address.pathname)) event.respondWith(part(request));
});

self.importScripts("/static/courier/store.js", "/static/courier/clock.js", "/static/courier/sending.js");
const send = async () => {
  await self.yaodaClock.start();
  const ended = await self.yaodaSending.all();
  if (ended === "offline" || ended === "later") throw new Error(ended); // it is tried again
};
self.addEventListener("sync", (event) => {
  if (event.tag === "acts") event.waitUntil(send());
});
