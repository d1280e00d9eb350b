// The shot page: the keyboard reaches takes and neighbours.
(() => {
  "use strict";
  const isTyping = (target) => target.closest?.("input, select, textarea, video, audio, [contenteditable], dialog[open]");
  function step(by) {
    const links = [...document.querySelectorAll(".take-tile-link")];
    const at = links.findIndex((link) => link.hasAttribute("aria-current"));
    const next = links[at + by];
    next?.focus();
    next?.click();
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "[" || event.key === "]") document.querySelector(`[data-key="${event.key}"]`)?.click();
    else return;
    event.preventDefault();
  });
})();
