// Counts an insurance code down and fetches the next one in time, as long as somebody looks.
// Where that fails, the old picture is hidden: it must not be scanned.
const RENEWALS_MAX = 10;
const EARLY_S = 4;
let renewals = 0;

const renew = async (form) => {
  renewals += 1;
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
  if (!answer.ok || answer.redirected) return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("#code");
  if (!fresh) return false;
  const old = document.querySelector("#code");
  if (old.querySelector("details[open]")) fresh.querySelector("details").open = true;
  const hadFocus = old.contains(document.activeElement);
  old.replaceWith(fresh);
  if (hadFocus) fresh.querySelector("button")?.focus();
  const said = document.querySelector("#code-said");
  said.textContent = said.dataset.renewed;
  start();
  return true;
};

const start = () => {
  const clock = document.querySelector("[data-seconds]");
  if (!clock) return;
  clock.closest("[data-while]").hidden = false;
  const form = document.querySelector("[data-renews]");
  const endsMs = performance.now() + Number(clock.dataset.seconds) * 1000;
  let asked = false;
  const tick = () => {
    if (!clock.isConnected) return;
    const left = Math.ceil((endsMs - performance.now()) / 1000);
    clock.textContent = String(Math.max(left, 0));
    const may = form && !asked && !document.hidden && renewals < RENEWALS_MAX;
    if (left <= EARLY_S && may) {
      asked = true;
      renew(form).catch(() => {});
    }
    if (left <= 0) {
      const picture = document.querySelector(".qr");
      if (picture) picture.hidden = true;
      clock.closest("[data-while]").hidden = true;
      document.querySelector("[data-after]").hidden = false;
      return;
    }
    setTimeout(tick, 250);
  };
  tick();
};
start();
