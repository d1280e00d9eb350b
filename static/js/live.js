// What htmx leaves to the page: redirects, answers nobody drew, and toasts that go by themselves.
(() => {
  "use strict";
  const TOAST_MS = 8000;
  const MOST_TOASTS = 3;

  // A redirect is meant for the whole page. A fragment that met the sign-in page returns to where the user was.
  document.addEventListener("htmx:before:response", (event) => {
    const response = event.detail.ctx.response.raw;
    if (!response.redirected) return;
    event.preventDefault();
    const wanted = new URL(response.url);
    if (wanted.pathname === document.body.dataset.signIn) location.reload();
    else location.assign(wanted);
  });

  function toast(text) {
    const template = document.getElementById("toast-template");
    const list = document.getElementById("messages");
    if (!template || !list) return;
    const item = template.content.cloneNode(true);
    item.querySelector("[data-toast-text]").textContent = text;
    list.append(item);
  }

  // Only what the user asked for: a poll that fails tries again by itself, and so does an estimate (`data-quiet`).
  const isAsked = (ctx) =>
    ctx?.request && ctx.request.method !== "GET" && !ctx.sourceElement?.hasAttribute?.("data-quiet");
  document.addEventListener("htmx:response:error", (event) => {
    const ctx = event.detail.ctx;
    const status = ctx.response.status;
    if (!isAsked(ctx)) return;
    if (status >= 500) toast("Rushes could not answer. Nothing is known to have changed: reload the page to see how things stand.");
    else if (status === 429) toast("That was too often. Wait a moment, then try again.");
    else if (status === 403) toast("You may not do this here. Reload the page, or ask an owner of the project.");
    else if (status === 404) toast("This is no longer here. Reload the page to see how things stand.");
  });
  document.addEventListener("htmx:error", (event) => {
    if (isAsked(event.detail.ctx)) toast("The server did not answer. Check your connection and reload the page before you try again.");
  });

  document.addEventListener("click", (event) => {
    event.target.closest?.("[data-dismiss]")?.closest("[data-dismissable]")?.remove();
  });

  // Good news leaves by itself, unless somebody is reading it; bad news stays until it is closed.
  function expire(item) {
    if (item.matches(":hover, :focus-within")) setTimeout(expire, TOAST_MS, item);
    else item.remove();
  }
  // Many quick uploads end within seconds of each other: the same news stands once, and old good news makes room.
  function tidy() {
    const list = document.getElementById("messages");
    const said = new Set();
    for (const item of [...(list?.children ?? [])].reverse()) {
      const text = item.querySelector("[data-toast-text]")?.textContent;
      if (said.has(text)) item.remove();
      said.add(text);
    }
    const brief = [...(list?.querySelectorAll(":scope > [data-brief]") ?? [])];
    for (const item of brief.slice(0, -MOST_TOASTS)) item.remove();
  }
  function watch() {
    tidy();
    for (const item of document.querySelectorAll(".toast[data-brief]:not([data-timed])")) {
      item.dataset.timed = "yes";
      setTimeout(expire, TOAST_MS, item);
    }
  }
  watch();
  document.addEventListener("htmx:after:swap", watch);
})();
