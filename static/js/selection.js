// Which shots are ticked on the storyboard: with shift a whole row of them, by a button a scene or all that is shown,
// also those whose cards nobody has looked at yet. What is picked is remembered by id, so that drawing the board anew
// keeps it.
(() => {
  "use strict";
  const form = document.getElementById("selection");
  if (!form) return;
  const picked = new Set();
  let anchor = "";

  const items = (within) => [...within.querySelectorAll('li[id^="shot-"]')];
  const idOf = (item) => item.id.slice("shot-".length);
  const boxOf = (item) => item.querySelector(".shot-pick");
  const board = () => document.getElementById("board");
  const holderOf = (button) => (button.dataset.pick === "scene" ? button.closest("[data-scene]") : board());

  function tell() {
    const boxed = new Set();
    for (const box of document.querySelectorAll(".shot-pick")) {
      box.checked = picked.has(box.value);
      boxed.add(box.value);
    }
    form.elements.also.value = [...picked].filter((id) => !boxed.has(id)).join(",");
    form.querySelector("[data-picked]").textContent = picked.size;
    form.querySelector("[data-picked-noun]").textContent = picked.size === 1 ? "shot" : "shots";
    form.classList.toggle("has-some", picked.size > 0);
    document.body.classList.toggle("is-picking", picked.size > 0);
    for (const button of document.querySelectorAll("[data-pick]")) {
      const all = items(holderOf(button));
      button.setAttribute("aria-pressed", String(all.length > 0 && all.every((item) => picked.has(idOf(item)))));
    }
  }
  const set = (id, wanted) => (wanted ? picked.add(id) : picked.delete(id));

  document.addEventListener("click", (event) => {
    const box = event.target.closest?.(".shot-pick");
    if (box) {
      const all = items(board()).map(idOf);
      const [from, to] = [all.indexOf(anchor), all.indexOf(box.value)].sort((one, other) => one - other);
      const row = event.shiftKey && from >= 0 ? all.slice(from, to + 1) : [box.value];
      for (const id of row) set(id, box.checked);
      anchor = box.value;
      tell();
      return;
    }
    const button = event.target.closest?.("[data-pick]");
    if (button) {
      const wanted = button.getAttribute("aria-pressed") !== "true";
      for (const item of items(holderOf(button))) set(idOf(item), wanted);
      tell();
    } else if (event.target.closest?.("[data-unpick]")) {
      picked.clear();
      tell();
    }
  });
  document.addEventListener("htmx:after:swap", () => {
    // What has left the board, archived or filtered away, is not picked any more.
    const there = new Set(items(board()).map(idOf));
    for (const id of [...picked]) if (!there.has(id)) picked.delete(id);
    tell();
  });

  // What the browser itself remembers of the page it goes back to.
  for (const box of document.querySelectorAll(".shot-pick:checked")) picked.add(box.value);
  tell();

  // A card that was edited in place gives the focus back to its link.
  let edited = "";
  document.addEventListener("focusin", (event) => {
    edited = event.target.closest?.(".is-editing")?.id ?? "";
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") event.target.closest?.(".is-editing")?.querySelector("[data-cancel]").click();
  });
  document.addEventListener("htmx:after:swap", () => {
    if (edited && document.activeElement === document.body) {
      document.querySelector(`#${edited} :is(.stretched, [autofocus])`)?.focus();
      edited = "";
    }
  });
})();
