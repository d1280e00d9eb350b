// Shots change places by dragging their cards, or with the arrow keys on their grip. The page shows it at once and sends
// one request that says what was shown before; the server's board has the last word.
(() => {
  "use strict";
  const form = document.getElementById("order");
  if (!form || !globalThis.Sortable) return;
  const archived = new URLSearchParams(form.elements.board.value).has("archived");
  if (archived) return;
  const board = () => document.getElementById("board");
  const news = document.getElementById("board-news");
  let hasMissed = false;
  const idOf = (item) => item?.id.slice("shot-".length) ?? "";
  const sceneOf = (item) => item.closest("[data-scene]");
  const shotsOf = (scene) => [...scene.querySelectorAll('li[id^="shot-"]')];
  const says = (text) => (document.getElementById("board-says").textContent = text);

  // --- one request for one move
  const spot = (item) => ({ scene: sceneOf(item), list: item.parentElement, next: item.nextElementSibling });
  const back = (item, from) => from.list.insertBefore(item, from.next);
  const isThere = (item, from) => item.parentElement === from.list && item.nextElementSibling === from.next;

  function send(item, from) {
    const scene = sceneOf(item);
    const all = shotsOf(scene);
    const at = all.indexOf(item);
    const seen = new Set([from.scene, scene].map((each) => `${each.dataset.scene}:${each.dataset.order}`));
    const { elements } = form;
    elements.shot.value = idOf(item);
    elements.scene.value = scene.dataset.scene;
    elements.after.value = idOf(all[at - 1]);
    elements.before.value = idOf(all[at + 1]);
    elements.seen.value = [...seen].join(",");
    form.requestSubmit();
  }
  const isBusy = () => Boolean(form.dataset.sent);

  // --- by dragging
  let from = null;
  function prepare() {
    for (const list of document.querySelectorAll("[data-shots]")) {
      if (Sortable.get(list)) continue;
      Sortable.create(list, {
        group: "shots",
        draggable: ".shot-card",
        filter: "input, textarea, button, select, label, .is-editing",
        preventOnFilter: false,
        // A finger scrolls; it drags when it rests on a card first.
        delay: 300,
        delayOnTouchOnly: true,
        touchStartThreshold: 6,
        animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 140,
        ghostClass: "is-ghost",
        onStart: (event) => {
          document.body.classList.add("is-dragging");
          // Sortable has not moved it yet.
          from = spot(event.item);
        },
        onMove: () => !isBusy(),
        onEnd: (event) => {
          document.body.classList.remove("is-dragging");
          if (isThere(event.item, from)) catchUp();
          else send(event.item, from);
        },
      });
    }
  }
  prepare();
  document.addEventListener("htmx:after:swap", prepare);

  // --- by the keyboard
  let carried = null;
  let isMoving = false;
  const gripOf = (item) => item.querySelector("[data-grip]");

  function put(item, list, next) {
    // Taking an element out of the page takes the focus from it; that is no leaving.
    isMoving = true;
    list.insertBefore(item, next);
    gripOf(item).focus();
    isMoving = false;
    item.scrollIntoView({ block: "nearest" });
    const scene = sceneOf(item);
    const all = shotsOf(scene);
    says(`Place ${all.indexOf(item) + 1} of ${all.length} in scene ${scene.dataset.number}`);
  }
  const scenes = () => [...board().querySelectorAll("[data-scene]")].filter((each) => each.querySelector("[data-shots]"));
  function step(item, by) {
    const all = [...board().querySelectorAll("[data-shots] > .shot-card")];
    const other = all[all.indexOf(item) + by];
    if (!other) return;
    // Over the edge of a scene it goes to the nearer end of the next one.
    const crosses = sceneOf(other) !== sceneOf(item);
    const after = crosses ? by < 0 : by > 0;
    put(item, other.parentElement, after ? other.nextElementSibling : other);
  }
  function jump(item, by) {
    const all = scenes();
    const list = all[all.indexOf(sceneOf(item)) + by]?.querySelector("[data-shots]");
    if (list) put(item, list, list.querySelector(":scope > .shot-card"));
  }
  function keep() {
    if (!carried) return;
    const { item, from: was } = carried;
    carried = null;
    item.classList.remove("is-carried");
    if (isThere(item, was)) catchUp();
    else send(item, was);
  }
  document.addEventListener("keydown", (event) => {
    const grip = event.target.closest?.("[data-grip]");
    if (!grip) return;
    const item = grip.closest(".shot-card");
    const move = { ArrowLeft: [step, -1], ArrowRight: [step, 1], ArrowUp: [jump, -1], ArrowDown: [jump, 1] }[event.key];
    if (move && !isBusy()) {
      event.preventDefault();
      carried ??= { item, from: spot(item) };
      item.classList.add("is-carried");
      move[0](item, move[1]);
    } else if (carried && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      keep();
    } else if (carried && event.key === "Escape") {
      const { from: was } = carried;
      carried = null;
      item.classList.remove("is-carried");
      isMoving = true;
      back(item, was);
      grip.focus();
      isMoving = false;
      says("Put back where it was");
      catchUp();
    }
  });
  // What others do waits while a shot is in the hand. The answer to the move brings it along; without one it is fetched.
  function leaveAlone(event) {
    const isHeld = carried || document.body.classList.contains("is-dragging");
    if (!isHeld || event.target !== news) return;
    event.preventDefault();
    hasMissed = true;
  }
  document.addEventListener("htmx:before:request", leaveAlone);
  // It was asked for before the shot was taken up.
  document.addEventListener("htmx:before:swap", leaveAlone);
  function catchUp() {
    if (hasMissed) htmx.trigger(news, "catch-up");
    hasMissed = false;
  }
  document.addEventListener("focusout", (event) => {
    if (carried && !isMoving && event.target.closest?.("[data-grip]")) keep();
  });
})();
