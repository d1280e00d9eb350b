// Drawing on the picture that is looked at: strokes in parts of its width and height, kept in the form as JSON.
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const WIDTH = 1000;
  const HEAD = 26;
  const MOST_STROKES = 40;
  const MOST_POINTS = 400;
  const NEAR = 0.003;
  const STEP = 0.01;
  const LEAP = 0.05;
  const CROSS = 14;
  const chosen = { tool: "pencil", colour: "red" };
  // The stroke that is being drawn, and where the keys have carried the pen.
  let open = null;
  let pen = null;

  const sheet = () => document.querySelector("[data-ink]");
  const field = () => document.querySelector("[data-drawing]");
  const tools = () => document.querySelector("[data-draw-tools]");
  const starter = () => document.querySelector("[data-draw]");

  function strokes() {
    try {
      return JSON.parse(field()?.value || "[]");
    } catch {
      return [];
    }
  }
  function keep(list) {
    if (field()) field().value = list.length ? JSON.stringify(list) : "";
    show();
  }

  const tall = () => {
    const box = sheet().getBoundingClientRect();
    return box.width ? (WIDTH * box.height) / box.width : (WIDTH * 9) / 16;
  };
  function path(stroke, height) {
    const points = stroke.points.map(([x, y]) => [x * WIDTH, y * height]);
    const [x, y] = points[0];
    const [toX, toY] = points.at(-1);
    if (stroke.kind === "box") return `M${x} ${y}H${toX}V${toY}H${x}Z`;
    const line = `M${points.map((point) => point.join(" ")).join("L")}`;
    if (stroke.kind !== "arrow") return line;
    const angle = Math.atan2(toY - y, toX - x);
    const side = (turn) => `M${toX - HEAD * Math.cos(angle + turn)} ${toY - HEAD * Math.sin(angle + turn)}L${toX} ${toY}`;
    return line + side(Math.PI / 6) + side(-Math.PI / 6);
  }
  function line(classes, d) {
    const made = document.createElementNS(SVG, "path");
    made.setAttribute("class", classes);
    made.setAttribute("d", d);
    return made;
  }
  function cross(height) {
    const [x, y] = [pen[0] * WIDTH, pen[1] * height];
    return `M${x - CROSS} ${y}H${x + CROSS}M${x} ${y - CROSS}V${y + CROSS}`;
  }
  function show() {
    const ink = sheet();
    if (!ink) return;
    const height = tall();
    const shown = open?.points.length > 1 ? [...strokes(), open] : strokes();
    ink.setAttribute("viewBox", `0 0 ${WIDTH} ${height}`);
    ink.replaceChildren(...shown.map((stroke) => line(`ink-line ink--${stroke.colour}`, path(stroke, height))));
    if (pen) ink.append(line(open ? "ink-pen ink-pen--down" : "ink-pen", cross(height)));
  }

  // While it is drawn on, the sheet takes the keys itself.
  const OF_AN_OPEN_SHEET = { tabindex: "0", role: "application", "aria-label": "Sheet to draw on", "aria-describedby": "draw-help" };
  function setOpen(isOpen) {
    const ink = sheet();
    if (!ink || !tools()) return;
    const hadFocus = document.activeElement === ink;
    ink.classList.toggle("ink--open", isOpen);
    tools().hidden = !isOpen;
    starter()?.setAttribute("aria-pressed", String(isOpen));
    open = pen = null;
    for (const [name, value] of Object.entries(OF_AN_OPEN_SHEET)) {
      if (isOpen) ink.setAttribute(name, value);
      else ink.removeAttribute(name);
    }
    ink.toggleAttribute("aria-hidden", false);
    if (isOpen) {
      document.querySelector("[data-player]")?.dispatchEvent(new CustomEvent("player:pause", { bubbles: true }));
      show();
      ink.focus({ preventScroll: true });
      return;
    }
    ink.setAttribute("aria-hidden", "true");
    if (hadFocus) starter()?.focus({ preventScroll: true });
  }
  const isOpen = () => sheet()?.classList.contains("ink--open");

  const part = (value) => Math.round(Math.min(1, Math.max(0, value)) * 10000) / 10000;
  function pointOf(event) {
    const box = sheet().getBoundingClientRect();
    return [part((event.clientX - box.left) / box.width), part((event.clientY - box.top) / box.height)];
  }
  document.addEventListener("pointerdown", (event) => {
    if (!isOpen() || event.target.closest?.("[data-ink]") !== sheet() || event.button > 0) return;
    if (strokes().length >= MOST_STROKES) return;
    event.preventDefault();
    sheet().setPointerCapture(event.pointerId);
    pen = null;
    begin(pointOf(event));
  });
  document.addEventListener("pointermove", (event) => {
    if (!open || pen) return;
    goOn(pointOf(event));
    show();
  });
  for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, () => !pen && end());

  function begin(point) {
    open = { kind: chosen.tool, colour: chosen.colour, points: [point] };
  }
  function goOn(point) {
    if (open.kind !== "pencil") open.points = [open.points[0], point];
    else {
      const [x, y] = open.points.at(-1);
      if (Math.hypot(point[0] - x, point[1] - y) < NEAR || open.points.length >= MOST_POINTS) return;
      open.points.push(point);
    }
  }
  function end() {
    const stroke = open;
    open = null;
    if (stroke?.points.length > 1) keep([...strokes(), stroke]);
  }

  // The pen without a pointer: the arrows carry it, the space bar sets it down and lifts it.
  const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  function carry([x, y], far) {
    const by = far ? LEAP : STEP;
    pen = pen ? [part(pen[0] + x * by), part(pen[1] + y * by)] : [0.5, 0.5];
    if (open) goOn(pen);
    show();
  }
  function setDownOrLift() {
    pen ??= [0.5, 0.5];
    if (open) end();
    else if (strokes().length < MOST_STROKES) begin(pen);
    show();
    say(open ? "Pen down" : `Pen up, ${strokes().length} drawn`);
  }
  function say(words) {
    const says = document.querySelector("[data-draw-says]");
    if (says) says.textContent = words;
  }
  document.addEventListener("keydown", (event) => {
    if (!isOpen() || document.activeElement !== sheet() || event.ctrlKey || event.metaKey || event.altKey) return;
    if (WAYS[event.key]) carry(WAYS[event.key], event.shiftKey);
    else if (event.key === " " || event.key === "Enter") setDownOrLift();
    else if (event.key === "Escape" && open) {
      open = null;
      show();
    } else return;
    // The same keys play the clip and step through its frames.
    event.preventDefault();
    event.stopPropagation();
  }, true);

  function press(group, button) {
    for (const each of document.querySelectorAll(`[data-${group}]`)) each.setAttribute("aria-pressed", String(each === button));
    chosen[group] = button.dataset[group];
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-draw], [data-tool], [data-colour], [data-undo], [data-draw-end]");
    if (!button) return;
    if (button.matches("[data-draw]")) setOpen(!isOpen());
    else if (button.matches("[data-draw-end]")) setOpen(false);
    else if (button.matches("[data-undo]")) keep(strokes().slice(0, -1));
    else press(button.matches("[data-tool]") ? "tool" : "colour", button);
  });
  document.addEventListener("keydown", (event) => {
    if (!isOpen()) return;
    if ((event.ctrlKey || event.metaKey) && event.key === "z" && !event.target.closest?.("textarea, input")) {
      event.preventDefault();
      keep(strokes().slice(0, -1));
    }
    if (event.key === "Escape") setOpen(false);
  });

  // The picture on its own again when it moves on; what is being drawn belongs to its frame and stays in the form.
  document.addEventListener("player:moved", () => {
    if (isOpen()) setOpen(false);
    sheet()?.replaceChildren();
    delete sheet()?.dataset.shown;
  });
  document.addEventListener("review:show", (event) => {
    const ink = sheet();
    if (!ink || isOpen()) return;
    const drawn = event.detail.drawing;
    ink.setAttribute("viewBox", drawn?.getAttribute("viewBox") ?? `0 0 ${WIDTH} ${tall()}`);
    ink.replaceChildren(...[...(drawn?.children ?? [])].map((line) => line.cloneNode()));
  });
  let known = null;
  function ready() {
    known = field();
    if (starter() && sheet() && tools()) starter().hidden = false;
    // After a comment was sent the form is empty, and so is the sheet; after a refusal both are as they were.
    if (sheet() && field()) {
      if (!field().value) setOpen(false);
      show();
    }
  }
  ready();
  // What others do is swapped in beside the form: whoever is drawing goes on.
  document.addEventListener("htmx:after:swap", () => {
    if (field() !== known) ready();
  });
})();
