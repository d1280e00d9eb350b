// A clip frame by frame: steps, loop, speed, timecode, and the keys of an editing desk. Without it the browser's own
// controls stay. It tells of each frame that is shown by "player:moved" and goes where "player:seek" says.
(() => {
  "use strict";
  const FASTEST = 4;
  const states = new WeakMap();
  const players = () => [...document.querySelectorAll("[data-player]")];
  const clipOf = (player) => player.querySelector("video");
  const fpsOf = (player) => Number(player.dataset.fps) || 24;

  function stateOf(player) {
    if (!states.has(player)) states.set(player, { frame: -1, wish: null, backwards: 0 });
    return states.get(player);
  }
  function lastOf(player) {
    const clip = clipOf(player);
    const known = Number.isFinite(clip.duration) ? Math.max(0, Math.ceil(clip.duration * fpsOf(player) - 0.01) - 1) : Infinity;
    return Math.min(Number(player.dataset.last), known);
  }
  function frameOf(player) {
    const wish = stateOf(player).wish;
    if (wish !== null) return wish;
    return Math.min(lastOf(player), Math.floor(clipOf(player).currentTime * fpsOf(player) + 0.01));
  }
  const two = (number) => String(number).padStart(2, "0");
  function timecode(frame, fps) {
    const whole = Math.max(1, Math.round(fps));
    const seconds = Math.floor(frame / whole);
    return `${Math.floor(seconds / 60)}:${two(seconds % 60)}:${two(frame % whole)}`;
  }

  function draw(player) {
    const state = stateOf(player);
    const frame = frameOf(player);
    const isPlaying = !clipOf(player).paused;
    if (state.isPlaying !== isPlaying) {
      state.isPlaying = isPlaying;
      for (const face of player.querySelectorAll("[data-when]")) face.hidden = (face.dataset.when === "playing") !== isPlaying;
    }
    if (state.frame === frame) return;
    state.frame = frame;
    player.querySelector("[data-timecode]").textContent = timecode(frame, fpsOf(player));
    player.querySelector("[data-frame-words]").textContent = `frame ${frame}`;
    player.querySelector("[data-scrub]").value = frame;
    player.dispatchEvent(new CustomEvent("player:moved", { bubbles: true, detail: { frame, isPlaying } }));
  }

  // The middle of a frame, so that rounding never shows its neighbour.
  function seek(player, frame) {
    const state = stateOf(player);
    state.wish = Math.max(0, Math.min(lastOf(player), frame));
    const clip = clipOf(player);
    if (clip.readyState > 0) clip.currentTime = (state.wish + 0.5) / fpsOf(player);
    draw(player);
  }
  function pause(player) {
    stateOf(player).backwards = 0;
    clipOf(player).pause();
  }
  function step(player, by) {
    pause(player);
    seek(player, frameOf(player) + by);
  }
  function play(player, rate) {
    const clip = clipOf(player);
    stateOf(player).backwards = 0;
    clip.playbackRate = rate;
    // Sound needs a gesture first in most browsers: then it begins without.
    clip.play().catch((refusal) => {
      // Whoever stops it while it loads has stopped it.
      if (refusal.name !== "NotAllowedError") return console.debug("clip not played:", refusal.name);
      clip.muted = true;
      showSound(player);
      clip.play().catch((reason) => console.debug("clip not played:", reason.name));
    });
  }
  const speedOf = (player) => Number(player.querySelector("[data-speed]").value) || 1;
  function toggle(player) {
    if (clipOf(player).paused && !stateOf(player).backwards) play(player, speedOf(player));
    else pause(player);
  }
  function faster(player) {
    const clip = clipOf(player);
    play(player, clip.paused ? speedOf(player) : Math.min(FASTEST, clip.playbackRate * 2));
  }
  // No browser plays backwards: frames are shown one before the other, as fast as they come.
  function backwards(player) {
    const state = stateOf(player);
    const was = state.backwards;
    pause(player);
    state.backwards = Math.min(FASTEST, was ? was * 2 : 1);
    if (was) return;
    let then = performance.now();
    const run = (now) => {
      if (!state.backwards || !player.isConnected) return;
      const frames = Math.floor(((now - then) / 1000) * fpsOf(player) * state.backwards);
      if (frames) {
        then = now;
        if (frameOf(player) === 0) state.backwards = 0;
        else seek(player, frameOf(player) - frames);
      }
      requestAnimationFrame(run);
    };
    requestAnimationFrame(run);
  }
  function showSound(player) {
    player.querySelector("[data-player-do=sound]").setAttribute("aria-pressed", String(!clipOf(player).muted));
  }
  const DEEDS = {
    play: toggle,
    back: (player) => step(player, -1),
    on: (player) => step(player, 1),
    loop(player) {
      const clip = clipOf(player);
      clip.loop = !clip.loop;
      player.querySelector("[data-player-do=loop]").setAttribute("aria-pressed", String(clip.loop));
    },
    sound(player) {
      clipOf(player).muted = !clipOf(player).muted;
      showSound(player);
    },
  };

  function follow() {
    for (const player of players()) if (!clipOf(player).paused) draw(player);
    requestAnimationFrame(follow);
  }
  function ready() {
    for (const player of players()) {
      if (states.has(player)) continue;
      stateOf(player);
      clipOf(player).controls = false;
      player.querySelector("[data-transport]").hidden = false;
      draw(player);
      if (player.hasAttribute("data-plays")) play(player, 1);
    }
  }

  for (const name of ["play", "pause", "seeked", "loadedmetadata", "ended"]) {
    document.addEventListener(name, (event) => {
      const player = event.target.closest?.("[data-player]");
      if (!player) return;
      const state = stateOf(player);
      if (name === "loadedmetadata" && state.wish !== null) return seek(player, state.wish);
      if (name === "play" || (name === "seeked" && frameOf(player) === state.wish && !clipOf(player).seeking)) state.wish = null;
      draw(player);
    }, true);
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-player-do]");
    if (button) return DEEDS[button.dataset.playerDo](button.closest("[data-player]"));
    if (!event.target.matches?.("[data-player] video")) return;
    event.preventDefault();
    toggle(event.target.closest("[data-player]"));
  });
  document.addEventListener("input", (event) => {
    const player = event.target.closest?.("[data-player]");
    if (!player) return;
    if (event.target.matches("[data-scrub]")) {
      pause(player);
      seek(player, Number(event.target.value));
    }
    if (event.target.matches("[data-speed]")) clipOf(player).playbackRate = speedOf(player);
  });
  document.addEventListener("player:seek", (event) => {
    pause(event.target);
    seek(event.target, event.detail.frame);
  });
  document.addEventListener("player:pause", (event) => pause(event.target));

  const isTyping = (target) => target.closest?.("input:not([type=range]), select, textarea, [contenteditable], dialog[open]");
  const KEYS = { ArrowLeft: (p) => step(p, -1), ArrowRight: (p) => step(p, 1), j: backwards, k: pause, l: faster };
  document.addEventListener("keydown", (event) => {
    const player = document.querySelector("[data-player]");
    if (!player || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    // A focused button takes the space bar itself.
    const isPress = event.key === " " && !event.target.closest?.("button, a, summary");
    const deed = isPress ? toggle : KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!deed) return;
    event.preventDefault();
    deed(player);
  });

  ready();
  document.addEventListener("htmx:after:swap", ready);
  requestAnimationFrame(follow);
})();
