// Counts an insurance code down, then hides it: an old picture must not be scanned.
const clock = document.querySelector("[data-seconds]");
if (clock) {
  let left = Number(clock.dataset.seconds);
  const picture = document.querySelector(".qr");
  const tick = () => {
    clock.textContent = String(Math.max(left, 0));
    if (left <= 0) {
      if (picture) picture.hidden = true;
      clock.closest("[data-while]").hidden = true;
      document.querySelector("[data-after]").hidden = false;
      return;
    }
    left -= 1;
    setTimeout(tick, 1000);
  };
  tick();
}
