// How many are chosen in the library, and choosing all that are shown. Without it the buttons work as well.
(() => {
  "use strict";
  const form = document.getElementById("library-choice");
  if (!form) return;
  const words = document.getElementById("library-chosen");
  const every = document.getElementById("library-every");
  const all = every.querySelector("input");
  const picks = () => [...form.querySelectorAll(".library-pick")];
  let last = null;

  function count() {
    const shown = picks();
    const chosen = shown.filter((pick) => pick.checked).length;
    words.textContent = chosen ? `${chosen} chosen` : "None chosen";
    all.checked = chosen > 0 && chosen === shown.length;
    all.indeterminate = chosen > 0 && chosen < shown.length;
    form.querySelector(".library-bar button:not([name])").disabled = !chosen;
  }
  words.hidden = every.hidden = false;
  count();

  all.addEventListener("change", () => {
    for (const pick of picks()) pick.checked = all.checked;
    count();
  });
  // Shift chooses everything between two.
  form.addEventListener("click", (event) => {
    if (!event.target.matches(".library-pick")) return;
    const shown = picks();
    if (event.shiftKey && last?.isConnected) {
      const [from, to] = [shown.indexOf(last), shown.indexOf(event.target)].sort((a, b) => a - b);
      for (const pick of shown.slice(from, to + 1)) pick.checked = event.target.checked;
    }
    last = event.target;
    count();
  });
  form.addEventListener("change", count);
  document.addEventListener("htmx:after:swap", count);
  addEventListener("pageshow", count);
})();
