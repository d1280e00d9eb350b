// `<time datetime data-relative>` says "3 minutes ago"; the server's exact words move to its title. `data-elapsed` is a
// clock that runs on from so many seconds while a take is being made.
(() => {
  "use strict";
  const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "auto" });

  function phrase(seconds) {
    for (const [unit, length] of UNITS) {
      if (Math.abs(seconds) >= length) return words.format(Math.round(seconds / length), unit);
    }
    return "just now";
  }
  function refresh() {
    for (const element of document.querySelectorAll("time[data-relative]")) {
      const seconds = (Date.parse(element.dateTime) - Date.now()) / 1000;
      if (Number.isNaN(seconds)) continue;
      const text = phrase(seconds);
      if (element.textContent === text) continue;
      if (!element.title) element.title = element.textContent.trim();
      element.textContent = text;
    }
  }
  const drawn = new WeakMap();
  const two = (number) => String(number).padStart(2, "0");
  function clock(seconds) {
    const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
    return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
  }
  function tick() {
    for (const element of document.querySelectorAll("[data-elapsed]")) {
      const stamp = element.dataset.elapsed;
      if (drawn.get(element)?.stamp !== stamp) drawn.set(element, { stamp, at: Date.now() });
      const text = clock(Number(stamp) + Math.floor((Date.now() - drawn.get(element).at) / 1000));
      if (element.textContent !== text) element.textContent = text;
    }
  }
  setInterval(tick, 1000);

  refresh();
  setInterval(refresh, 30000);
  document.addEventListener("htmx:after:swap", refresh);
})();
