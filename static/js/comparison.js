// Clips of a matrix, played together: of a row or all of them. A cell that is drawn anew meanwhile joins at the next press.
(() => {
  "use strict";
  const bar = document.querySelector("[data-compare-bar]");
  if (!bar) return;
  const NEAR = 0.04;
  const FAR = 0.3;
  let playing = null;

  const clipsIn = (scope) => [...(scope === "all" ? document : document.getElementById(scope)).querySelectorAll("video[data-cell]")];
  const lengthOf = (clip) => (Number.isFinite(clip.duration) ? clip.duration : 0);
  const buttons = () => document.querySelectorAll("[data-play-cells]");

  // One clip needs nobody to keep it together with others.
  function offer() {
    for (const each of buttons()) {
      const holder = each === bar.querySelector("[data-play-cells]") ? bar : each;
      holder.hidden = clipsIn(each.dataset.playCells).length < 2;
    }
  }
  function draw() {
    for (const each of buttons()) {
      const isOn = playing?.scope === each.dataset.playCells;
      const words = each.dataset.playCells === "all" ? "Play all" : "Play this row";
      each.querySelector("span").textContent = isOn ? "Pause" : words;
    }
  }
  const ready = (clip) =>
    new Promise((resolve) => {
      if (clip.readyState >= 3) return resolve();
      clip.addEventListener("canplay", resolve, { once: true });
      clip.addEventListener("error", resolve, { once: true });
      clip.preload = "auto";
      clip.load();
    });
  const inTime = (promise) => Promise.race([promise, new Promise((resolve) => setTimeout(resolve, 6000))]);

  async function play(scope) {
    stop();
    const clips = clipsIn(scope);
    const mine = (playing = { scope, clips });
    draw();
    await inTime(Promise.all(clips.map(ready)));
    if (playing !== mine) return;
    for (const clip of clips) {
      clip.muted = true;
      clip.loop = false;
      clip.currentTime = 0;
    }
    await Promise.allSettled(clips.map((clip) => clip.play()));
    requestAnimationFrame(() => keepTogether(mine));
  }
  function stop() {
    if (!playing) return;
    for (const clip of playing.clips) {
      clip.pause();
      clip.playbackRate = 1;
      clip.loop = true;
    }
    playing = null;
    draw();
  }
  // The longest leads; a shorter one waits on its last picture, and all begin again together.
  function keepTogether(mine) {
    if (playing !== mine) return;
    const clips = mine.clips.filter((clip) => clip.isConnected && lengthOf(clip));
    if (!clips.length) return stop();
    const first = clips.reduce((one, other) => (lengthOf(other) > lengthOf(one) ? other : one));
    if (first.ended) return play(mine.scope);
    for (const clip of clips) {
      if (clip === first || clip.ended || clip.seeking || first.currentTime >= lengthOf(clip)) continue;
      const ahead = clip.currentTime - first.currentTime;
      if (Math.abs(ahead) > FAR) clip.currentTime = first.currentTime;
      clip.playbackRate = Math.abs(ahead) > NEAR ? 1 - Math.sign(ahead) * 0.08 : 1;
    }
    requestAnimationFrame(() => keepTogether(mine));
  }

  document.addEventListener("click", (event) => {
    const scope = event.target.closest("[data-play-cells]")?.dataset.playCells;
    if (!scope) return;
    if (playing?.scope === scope) stop();
    else play(scope);
  });
  document.addEventListener("htmx:after:swap", offer);
  offer();
})();
