// What follows the database: an element with `data-follows` fetches another one anew when the stream tells of changes.
// The answer can be older than what the stream has told meanwhile, and than what is on the page when it comes.
(() => {
  "use strict";
  const MOST_HEARD = 200;
  const heard = [];
  let forgotten = 0;
  document.addEventListener("htmx:sse:before:message", (event) => {
    heard.push(event.detail.message.event);
    if (heard.length > MOST_HEARD) forgotten += heard.splice(0, MOST_HEARD / 2).length;
  });
  const now = () => forgotten + heard.length;

  // Says what the page shows at the moment the request leaves: one that had to wait would say what was shown before.
  document.addEventListener("htmx:before:request", (event) => {
    const { ctx } = event.detail;
    const follows = ctx.sourceElement?.dataset?.follows;
    const shown = follows && document.querySelector(follows);
    if (!shown) return;
    ctx.heardBefore = now();
    const url = new URL(ctx.request.action, location.href);
    url.searchParams.set("seen", shown.dataset.seen);
    ctx.request.action = url.pathname + url.search;
  });

  // What somebody has unfolded stays so.
  htmx.registerExtension("keep-open", {
    htmx_before_morph_attr: (element, { attrName, newValue }) =>
      !(element.localName === "details" && attrName === "open" && newValue === null),
  });

  // Told again, for its parts to ask once more: what they had drawn meanwhile may be newer than this answer.
  document.addEventListener("htmx:after:swap", (event) => {
    const { ctx } = event.detail;
    if (ctx?.heardBefore === undefined) return;
    const stream = document.getElementById("stream");
    const since = heard.slice(Math.max(0, ctx.heardBefore - forgotten));
    const parts = new Set(since.filter((name) => /^(take|takes|shot)-\d+$/.test(name)));
    for (const name of parts) htmx.trigger(stream, name);
  });
})();
