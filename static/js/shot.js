// The shot page: time goes on while a take is being made, and the keyboard reaches takes and neighbours.
(() => {
  "use strict";
  const drawn = new WeakMap();

  function words(seconds) {
    const minutes = Math.floor(seconds / 60);
    return minutes ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
  }
  // The server's words say the rest ("so far, usually about 1 min"); only the time in front of them moves.
  function tick() {
    for (const element of document.querySelectorAll("[data-elapsed]")) {
      const stamp = element.dataset.elapsed;
      if (drawn.get(element)?.stamp !== stamp) drawn.set(element, { stamp, at: Date.now() });
      const passed = Math.floor((Date.now() - drawn.get(element).at) / 1000);
      const rest = element.textContent.slice(element.textContent.indexOf(" so far"));
      const text = words(Number(stamp) + passed) + rest;
      if (element.textContent !== text) element.textContent = text;
    }
  }
  setInterval(tick, 1000);

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
