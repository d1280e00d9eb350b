// On the storyboard the pointer's place across a card is the place in its clip; nothing is loaded before it comes.
// With the keyboard on a card's link, the clip plays (clips.js) and the left and right arrows step through it.
// Where there is no pointer to hover with, a button on the picture plays and stops it.
(() => {
  "use strict";
  const STEPS = 12;
  const clipOf = (card) => card?.querySelector("video[data-clip]");
  const cardOf = (target) => target?.closest?.("[data-scrub]");

  // One seek at a time: the newest wish waits until the clip stands where it was sent before.
  const wishes = new WeakMap();
  function go(clip) {
    if (!wishes.has(clip) || clip.seeking || !(clip.duration > 0)) return;
    const at = wishes.get(clip);
    wishes.delete(clip);
    clip.currentTime = at * Math.max(0, clip.duration - 0.05);
  }
  function seek(clip, at) {
    if (clip.preload !== "auto") {
      clip.preload = "auto";
      clip.load();
    }
    clip.closest(".frame").style.setProperty("--at", at.toFixed(3));
    wishes.set(clip, at);
    go(clip);
  }
  for (const name of ["loadedmetadata", "seeked"]) {
    document.addEventListener(name, (event) => event.target.matches("video[data-clip]") && go(event.target), true);
  }
  function rest(card) {
    const clip = clipOf(card);
    if (!clip) return;
    wishes.delete(clip);
    clip.pause();
    clip.preload = "none";
    clip.closest(".frame").style.removeProperty("--at");
    card.classList.remove("is-playing");
    // Back to the still, and an answer on its way is given up.
    if (clip.networkState !== HTMLMediaElement.NETWORK_EMPTY) clip.load();
  }

  document.addEventListener("pointermove", (event) => {
    if (event.pointerType !== "mouse" || event.buttons) return;
    const clip = clipOf(cardOf(event.target));
    if (!clip) return;
    clip.pause();
    const box = clip.getBoundingClientRect();
    seek(clip, Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
  });
  document.addEventListener("pointerout", (event) => {
    const card = cardOf(event.target);
    if (card && event.pointerType === "mouse" && cardOf(event.relatedTarget) !== card) rest(card);
  });
  document.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey || !event.target.matches("[data-scrub] .stretched")) return;
    const clip = clipOf(cardOf(event.target));
    if (!clip) return;
    event.preventDefault();
    clip.pause();
    const now = clip.duration > 0 ? clip.currentTime / clip.duration : 0;
    seek(clip, Math.min(1, Math.max(0, now + step / STEPS)));
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-clip-play]");
    if (!button) return;
    const card = cardOf(button);
    const clip = clipOf(card);
    if (card.classList.contains("is-playing")) {
      rest(card);
      return;
    }
    for (const other of document.querySelectorAll(".shot-card.is-playing")) rest(other);
    card.classList.add("is-playing");
    clip.play().catch((reason) => console.debug("clip not played:", reason.name));
  });
})();
