// What is too wide for the screen scrolls in its own frame: let the arrow keys reach it.
const frames = document.querySelectorAll(".scroll");
const fit = () => {
  for (const frame of frames) {
    if (frame.scrollWidth > frame.clientWidth) {
      frame.tabIndex = 0;
      frame.setAttribute("role", "group");
      const title = frame.closest("section")?.querySelector("h2");
      if (title) frame.setAttribute("aria-label", title.textContent.trim());
    } else {
      frame.removeAttribute("tabindex");
    }
  }
};
fit();
// Of many pages in one line the one that is open is seen.
document.querySelector(".bar nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
addEventListener("resize", fit);
