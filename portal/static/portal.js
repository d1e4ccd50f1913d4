// Nicer with it, complete without it: a form is sent once, and the time left to validate is counted down.
"use strict";
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) { event.preventDefault(); return; }
  event.target.dataset.sent = "1";
  setTimeout(() => { for (const button of event.target.querySelectorAll("button")) button.setAttribute("aria-disabled", "true"); }, 0);
});
addEventListener("pageshow", () => {
  for (const form of document.forms) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
  }
});
for (const place of document.querySelectorAll("[data-seconds]")) {
  const end = performance.now() + 1000 * Number(place.dataset.seconds);
  const tick = () => {
    const left = Math.max(0, Math.round((end - performance.now()) / 1000));
    place.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (left === 0) { location.replace(location.pathname); return; }
    setTimeout(tick, 1000);
  };
  if (Number(place.dataset.seconds) > 0) tick();
}
