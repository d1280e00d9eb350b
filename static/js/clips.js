// A clip in a card plays while the pointer or the keyboard is on its card, from the start, without sound.
(() => {
  "use strict";
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const cardOf = (target) => target?.closest?.("[data-clip-card]");
  const clipOf = (card) => card?.querySelector("video[data-clip]");

  function start(card) {
    const clip = clipOf(card);
    if (!clip || still.matches) return;
    // A refusal (power saving, no media yet) leaves the poster, which is what the card shows anyway.
    clip.play().catch((reason) => console.debug("clip not played:", reason.name));
  }
  function stop(card) {
    const clip = clipOf(card);
    if (!clip) return;
    clip.pause();
    if (clip.readyState > 0) clip.load();
  }

  document.addEventListener("pointerover", (event) => {
    const card = cardOf(event.target);
    // A card that is scrubbed (scrub.js) follows the pointer instead.
    const isOwn = card && !card.hasAttribute("data-scrub");
    if (isOwn && event.pointerType === "mouse" && cardOf(event.relatedTarget) !== card) start(card);
  });
  document.addEventListener("pointerout", (event) => {
    const card = cardOf(event.target);
    const isOwn = card && !card.hasAttribute("data-scrub");
    if (isOwn && event.pointerType === "mouse" && cardOf(event.relatedTarget) !== card) stop(card);
  });
  document.addEventListener("focusin", (event) => {
    if (event.target.matches(":focus-visible")) start(cardOf(event.target));
  });
  document.addEventListener("focusout", (event) => {
    const card = cardOf(event.target);
    if (card && cardOf(event.relatedTarget) !== card) stop(card);
  });
})();
