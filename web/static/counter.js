// Alt+number jumps to a step; a scanner that ends with Enter moves on instead of sending.
document.addEventListener("keydown", (event) => {
  if (event.altKey && /^[0-9]$/.test(event.key)) {
    const field = document.querySelector(`[data-step="${event.key}"]`);
    if (field) {
      event.preventDefault();
      field.focus();
    }
  }
});
