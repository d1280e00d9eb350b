// A review by the keyboard, and comments that lead to their frame.
(() => {
  "use strict";
  const player = () => document.querySelector("[data-player]");
  const isTyping = (target) => target.closest?.("input:not([type=range]), select, textarea, [contenteditable]");

  function press(key) {
    const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!target || target.hidden) return false;
    if (target.matches("textarea")) target.focus();
    else target.click();
    if (key === "r") {
      const fold = target.closest("details");
      // The click opens or closes it once this is over.
      setTimeout(() => fold.open && fold.querySelector("textarea").focus());
    }
    return true;
  }
  document.addEventListener("keydown", (event) => {
    if (isTyping(event.target)) {
      if (event.key === "Escape") event.target.blur();
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea")) {
        event.preventDefault();
        const form = event.target.form;
        form.requestSubmit(form.querySelector("button:not([type=button])"));
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (/^[a-z1-5?]$/i.test(event.key) && press(event.key.toLowerCase())) event.preventDefault();
  });

  // Whoever begins to write means the frame that is shown.
  document.addEventListener("focusin", (event) => {
    if (event.target.closest?.("[data-comment-form]")) player()?.dispatchEvent(new CustomEvent("player:pause", { bubbles: true }));
  });
  document.addEventListener("player:moved", (event) => {
    const input = document.querySelector("[data-frame-input]");
    if (input && document.activeElement !== input) input.value = event.detail.frame;
    for (const each of document.querySelectorAll(".comment.is-shown")) each.classList.remove("is-shown");
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-frame-input]")) seek(Number(event.target.value));
  });
  function seek(frame) {
    player()?.dispatchEvent(new CustomEvent("player:seek", { bubbles: true, detail: { frame } }));
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-seek]");
    if (!link) return;
    event.preventDefault();
    const comment = link.closest(".comment");
    seek(Number(link.dataset.seek));
    const drawing = comment.querySelector("[data-sketch]");
    document.dispatchEvent(new CustomEvent("review:show", { detail: { drawing } }));
    for (const each of document.querySelectorAll(".comment.is-shown")) each.classList.remove("is-shown");
    comment.classList.add("is-shown");
    document.querySelector("[data-screen]")?.scrollIntoView({ block: "nearest" });
  });

  // A mark on the time line for each open comment.
  function tick() {
    const line = document.querySelector("[data-ticks]");
    if (!line) return;
    const frames = new Set([...document.querySelectorAll(".comment:not(.comment--resolved) [data-seek]")].map((each) => each.dataset.seek));
    line.replaceChildren(
      ...[...frames].map((frame) => {
        const mark = document.createElementNS("http://www.w3.org/2000/svg", "line");
        for (const [name, value] of [["x1", frame], ["x2", frame], ["y1", 0], ["y2", 1]]) mark.setAttribute(name, value);
        return mark;
      }),
    );
  }
  // The side is drawn anew after each word: the frame in its form is the one that is shown.
  function ready() {
    tick();
    const scrub = player()?.querySelector("[data-scrub]");
    const input = document.querySelector("[data-frame-input]");
    if (scrub && input && document.activeElement !== input) input.value = scrub.value;
  }
  ready();
  document.addEventListener("htmx:after:swap", (event) => {
    ready();
    // A comment that was sent leaves its field empty: the keys are for the take again.
    const field = document.activeElement;
    if (event.target?.id === "review-side" && field?.matches("[data-comment-form] textarea") && !field.value) field.blur();
    // The next take is read out, and a key meant for what had the focus does not go astray.
    if (event.target?.id === "review-desk" || !document.activeElement || document.activeElement === document.body) {
      document.getElementById("review-title")?.focus({ preventScroll: true });
    }
  });
})();
