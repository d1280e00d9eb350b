// Drawing on the picture that is looked at: strokes in parts of its width and height, kept in the form as JSON.
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const WIDTH = 1000;
  const HEAD = 26;
  const MOST_STROKES = 40;
  const MOST_POINTS = 400;
  const NEAR = 0.003;
  const chosen = { tool: "pencil", colour: "red" };
  let open = null;

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
  function show(extra = []) {
    const ink = sheet();
    if (!ink) return;
    const height = tall();
    ink.setAttribute("viewBox", `0 0 ${WIDTH} ${height}`);
    ink.replaceChildren(
      ...[...strokes(), ...extra].map((stroke) => {
        const line = document.createElementNS(SVG, "path");
        line.setAttribute("class", `ink-line ink--${stroke.colour}`);
        line.setAttribute("d", path(stroke, height));
        return line;
      }),
    );
  }

  function setOpen(isOpen) {
    const ink = sheet();
    if (!ink || !tools()) return;
    ink.classList.toggle("ink--open", isOpen);
    tools().hidden = !isOpen;
    starter()?.setAttribute("aria-pressed", String(isOpen));
    if (isOpen) {
      document.querySelector("[data-player]")?.dispatchEvent(new CustomEvent("player:pause", { bubbles: true }));
      show();
    }
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
    open = { kind: chosen.tool, colour: chosen.colour, points: [pointOf(event)] };
  });
  document.addEventListener("pointermove", (event) => {
    if (!open) return;
    const point = pointOf(event);
    if (open.kind !== "pencil") open.points = [open.points[0], point];
    else {
      const [x, y] = open.points.at(-1);
      if (Math.hypot(point[0] - x, point[1] - y) < NEAR || open.points.length >= MOST_POINTS) return;
      open.points.push(point);
    }
    show(open.points.length > 1 ? [open] : []);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    document.addEventListener(name, () => {
      const stroke = open;
      open = null;
      if (stroke && stroke.points.length > 1) keep([...strokes(), stroke]);
    });
  }

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
  function ready() {
    if (starter() && sheet() && tools()) starter().hidden = false;
    // After a comment was sent the form is empty, and so is the sheet; after a refusal both are as they were.
    if (sheet() && field()) {
      if (!field().value) setOpen(false);
      show();
    }
  }
  ready();
  document.addEventListener("htmx:after:swap", (event) => {
    if (event.target?.id !== "talk") ready();
  });
})();
