// Takes beside each other: one clock for all clips, frame by frame, and the wipe between two.
(() => {
  "use strict";
  const root = document.getElementById("sides");
  if (!root) return;
  const stage = document.getElementById("sides-stage");
  const bar = document.getElementById("sides-bar");
  const wipe = document.getElementById("sides-wipe");
  const place = document.getElementById("sides-place");
  const time = document.getElementById("sides-time");
  const speed = document.getElementById("sides-speed");
  const sound = document.getElementById("sides-sound");
  const clips = [...stage.querySelectorAll("video[data-side]")];
  const button = (name) => bar.querySelector(`[data-do="${name}"]`);
  const rateOf = (clip) => Number(clip.dataset.fps) || 24;
  // Of several rates the highest: then no picture of any clip is stepped over.
  const rate = Math.max(24, ...clips.map(rateOf));
  const lengthOf = (clip) => (Number.isFinite(clip.duration) ? clip.duration : 0);
  let isPlaying = false;
  let loops = true;

  for (const clip of clips) clip.controls = false;
  bar.hidden = document.getElementById("sides-keys").hidden = false;

  // The longest clip leads; a shorter one waits on its last picture.
  const leader = () => clips.reduce((one, other) => (lengthOf(other) > lengthOf(one) ? other : one));
  const frames = () => Math.max(1, Math.round(lengthOf(leader()) * rate));
  const frameNow = () => Math.min(frames() - 1, Math.floor(leader().currentTime * rate + 0.001));

  // The middle of a frame: its beginning is rounded to the one before by some decoders.
  function goTo(frame) {
    const wanted = Math.min(Math.max(frame, 0), frames() - 1);
    const at = (wanted + 0.5) / rate;
    for (const clip of clips) clip.currentTime = Math.min(at, Math.max(0, lengthOf(clip) - 0.5 / rateOf(clip)));
    show(wanted);
  }
  function show(frame) {
    const seconds = frame / rate;
    const words = `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(2).padStart(5, "0")}`;
    place.max = frames() - 1;
    place.value = frame;
    place.setAttribute("aria-valuetext", `${words}, frame ${frame + 1} of ${frames()}`);
    time.textContent = `${words} · ${frame + 1} of ${frames()}`;
  }

  const isReady = (clip) => clip.readyState >= 3 && !clip.seeking;
  const ready = (clip) =>
    new Promise((resolve) => {
      const look = () => {
        if (!isReady(clip)) return;
        for (const name of ["canplay", "seeked"]) clip.removeEventListener(name, look);
        resolve();
      };
      for (const name of ["canplay", "seeked"]) clip.addEventListener(name, look);
      look();
    });
  const inTime = (promise) => Promise.race([promise, new Promise((resolve) => setTimeout(resolve, 4000))]);

  async function play() {
    isPlaying = true;
    draw();
    goTo(frameNow() >= frames() - 1 ? 0 : frameNow());
    await inTime(Promise.all(clips.map(ready)));
    if (!isPlaying) return;
    const begun = clips.map((clip) => clip.play());
    for (const reason of (await Promise.allSettled(begun)).map((each) => each.reason)) {
      if (reason && reason.name !== "AbortError") console.debug("clip not played:", reason.name);
    }
    requestAnimationFrame(keepTogether);
  }
  function pause() {
    isPlaying = false;
    const frame = frameNow();
    for (const clip of clips) {
      clip.pause();
      clip.playbackRate = Number(speed.value);
    }
    goTo(frame);
    draw();
  }
  // Small lags are caught up by speed, which nobody sees; large ones by a jump.
  function keepTogether() {
    if (!isPlaying) return;
    const first = leader();
    const wanted = Number(speed.value);
    for (const clip of clips) {
      if (clip === first || clip.ended || clip.seeking || first.currentTime >= lengthOf(clip)) continue;
      const ahead = clip.currentTime - first.currentTime;
      if (Math.abs(ahead) > 0.2) clip.currentTime = first.currentTime;
      const correction = Math.abs(ahead) > 0.25 / rate ? 1 - Math.sign(ahead) * 0.08 : 1;
      if (Math.abs(clip.playbackRate - wanted * correction) > 0.001) clip.playbackRate = wanted * correction;
    }
    show(frameNow());
    requestAnimationFrame(keepTogether);
  }
  function ended(event) {
    if (!isPlaying || event.target !== leader()) return;
    if (!loops) return pause();
    goTo(0);
    play();
  }

  // A poster is a picture from the middle: the first frame takes its place.
  function begin() {
    if (clips.length && !isPlaying && clips.every((clip) => clip.readyState)) goTo(0);
  }

  function step(by) {
    if (isPlaying) pause();
    goTo(frameNow() + by);
  }
  function setSpeed(by) {
    speed.selectedIndex = Math.min(Math.max(speed.selectedIndex + by, 0), speed.options.length - 1);
    applySpeed();
  }
  function applySpeed() {
    for (const clip of clips) clip.playbackRate = Number(speed.value);
  }
  function setLoop(on) {
    loops = on;
    button("loop").setAttribute("aria-pressed", String(on));
  }
  function setWipe(on) {
    stage.classList.toggle("sides-stage--wipe", on);
    wipe.hidden = !on;
    button("wipe").setAttribute("aria-pressed", String(on));
    if (on) wipe.focus();
  }
  function draw() {
    button("play").querySelector("span").textContent = isPlaying ? "Pause" : "Play";
  }
  const toggle = () => (isPlaying ? pause() : play());
  const has = (name) => button(name) !== null;
  const deeds = {
    play: toggle,
    back: () => step(-1),
    on: () => step(1),
    loop: () => setLoop(!loops),
    wipe: () => setWipe(wipe.hidden),
  };

  bar.addEventListener("click", (event) => deeds[event.target.closest("[data-do]")?.dataset.do]?.());
  wipe.addEventListener("input", () => stage.style.setProperty("--place", wipe.value / 100));
  speed?.addEventListener("change", applySpeed);
  sound?.addEventListener("change", () => {
    for (const clip of clips) clip.muted = clip.closest("[data-number]").dataset.number !== sound.value;
  });
  place?.addEventListener("input", () => {
    const frame = Number(place.value);
    if (isPlaying) pause();
    goTo(frame);
  });
  for (const clip of clips) {
    clip.addEventListener("ended", ended);
    clip.addEventListener("loadedmetadata", begin);
  }
  begin();

  function key(event) {
    const circle = root.querySelectorAll("[data-circle]")[Number(event.key) - 1];
    if (/^[1-4]$/.test(event.key)) return circle && (() => circle.requestSubmit(circle.querySelector("button")));
    if (event.key === "w") return has("wipe") && deeds.wipe;
    if (!clips.length) return null;
    const far = event.shiftKey ? 10 : 1;
    return {
      " ": toggle,
      ArrowLeft: () => step(-far),
      ArrowRight: () => step(far),
      Home: () => step(-frames()),
      End: () => step(frames()),
      l: deeds.loop,
      "-": () => setSpeed(-1),
      "+": () => setSpeed(1),
      "=": () => setSpeed(1),
    }[event.key];
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target;
    if (target.closest("textarea, select, [contenteditable], dialog[open], input:not([type=range])")) return;
    // A handle that has the focus keeps its own keys, a button its own press.
    if (target.matches("input[type=range]") && /^(Arrow|Home|End)/.test(event.key)) return;
    if (event.key === " " && target.closest("button, a, summary")) return;
    const deed = key(event);
    if (!deed) return;
    event.preventDefault();
    deed();
  });
})();
