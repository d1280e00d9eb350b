// A page that listens to the live stream says calmly when it is not connected, and asks the database for everything
// when it is again: after sleep, a lost network, a server that was away, an answer that did not come.
(() => {
  "use strict";
  // The server speaks every fifteen seconds: after three such silences nobody is there, whatever the socket says.
  const SILENCE_MS = 45000;
  const LOOK_MS = 5000;
  const FIRST_PAUSE_MS = 2000;
  const LONGEST_PAUSE_MS = 15000;
  const stream = () => document.getElementById("stream");
  const connection = () => stream()?._htmx?.sse;
  const show = (isAway) => document.getElementById("connection")?.toggleAttribute("hidden", !isAway);

  let heardAt = Date.now();
  let pause = FIRST_PAUSE_MS;
  let retry = 0;

  function again() {
    retry = 0;
    if (!stream()) return;
    if (connection()) htmx.trigger(stream(), "resync");
    // It never came about, so nothing tries it again by itself.
    else htmx.ajax("GET", stream().getAttribute("hx-sse:connect"), { source: stream(), swap: "none" });
  }
  function missed() {
    show(true);
    retry ||= setTimeout(again, pause);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
  function isBack() {
    pause = FIRST_PAUSE_MS;
    show(false);
  }

  document.addEventListener("htmx:sse:before:message", () => (heardAt = Date.now()));
  document.addEventListener("htmx:sse:error", () => show(true));
  document.addEventListener("htmx:sse:after:connection", () => {
    heardAt = Date.now();
    isBack();
  });

  // What nobody pressed: an answer that did not come left a part of the page behind.
  const isOwn = (ctx) => stream() && ctx?.request?.method === "GET" && !/^(click|submit)$/.test(ctx.sourceEvent?.type);
  document.addEventListener("htmx:error", (event) => {
    if (isOwn(event.detail.ctx)) missed();
  });
  document.addEventListener("htmx:response:error", (event) => {
    if (event.detail.ctx.response.status >= 500 && isOwn(event.detail.ctx)) missed();
  });
  document.addEventListener("htmx:after:request", (event) => {
    if (connection() && event.detail.ctx.response.status < 500) isBack();
  });

  // The pause between two tries may be long by then.
  const hurry = () => connection()?.delayCanceller?.();
  addEventListener("online", () => {
    hurry();
    again();
  });
  addEventListener("offline", () => stream() && show(true));
  setInterval(() => {
    if (document.hidden || Date.now() - heardAt < SILENCE_MS) return;
    heardAt = Date.now();
    // Ends the reading, after which it connects anew.
    connection()?.reader?.cancel();
    hurry();
  }, LOOK_MS);
})();
