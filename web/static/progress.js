// Shows how far a planning is, once a second, and leads on to its draft.
const shown = document.querySelector("[data-progress]");
const OVER = ["done", "cancelled", "failed"];
const look = async () => {
  try {
    const answer = await fetch(shown.dataset.progress, { credentials: "same-origin", headers: { "Yaoda-Background": "1" } });
    if (answer.ok) shown.innerHTML = await answer.text();
  } catch {
    // The line may be away for a moment: the next look tries again.
  }
  const state = shown.querySelector("[data-state]")?.dataset.state;
  if (OVER.includes(state)) location.reload();
  else setTimeout(look, 1000);
};
if (shown) setTimeout(look, 1000);
