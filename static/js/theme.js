// Light, dark, or what the system says. The choice is a cookie, so the server draws it right at once.
(() => {
  "use strict";
  const YEAR = 31536000;
  const root = document.documentElement;

  const isDark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;

  function label(button) {
    const dark = isDark();
    button.setAttribute("aria-label", dark ? "Switch to the light theme" : "Switch to the dark theme");
    button.querySelector("[data-theme-icon=sun]")?.toggleAttribute("hidden", !dark);
    button.querySelector("[data-theme-icon=moon]")?.toggleAttribute("hidden", dark);
    button.hidden = false;
  }

  const buttons = () => document.querySelectorAll("[data-theme-toggle]");
  const labelAll = () => buttons().forEach(label);

  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-theme-toggle]")) return;
    root.dataset.theme = isDark() ? "light" : "dark";
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${root.dataset.theme}; Path=/; Max-Age=${YEAR}; SameSite=Lax${secure}`;
    labelAll();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", labelAll);
  labelAll();
})();
