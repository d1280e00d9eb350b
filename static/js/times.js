// `<time datetime data-relative>` says "3 minutes ago"; the server's exact words move to its title.
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
  refresh();
  setInterval(refresh, 30000);
  document.addEventListener("htmx:after:swap", refresh);
})();
