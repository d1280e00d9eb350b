// The shot page: the price follows the number of takes at once and overtakes no order, and the keyboard reaches takes and
// neighbours.
(() => {
  "use strict";

  // The price follows the fields and the budget. Asked for before an order, its answer is older than that of the order,
  // which has brought what the next one needs.
  let orders = 0;
  const isPrice = (event) => event.target.id === "order-price";
  document.addEventListener("submit", (event) => (orders += Number(event.target.id === "order-form")));
  document.addEventListener("htmx:before:request", (event) => {
    if (!isPrice(event)) return;
    event.detail.ctx.orders = orders;
    if (document.getElementById("order-form")?.dataset.sent) event.preventDefault();
  });
  document.addEventListener("htmx:before:swap", (event) => {
    if (isPrice(event) && event.detail.ctx.orders < orders) event.preventDefault();
  });

  const isTyping = (target) => target.closest?.("input, select, textarea, video, audio, [contenteditable], dialog[open]");
  function step(by) {
    const links = [...document.querySelectorAll(".take-tile-link")];
    const at = links.findIndex((link) => link.hasAttribute("aria-current"));
    const next = links[at + by];
    next?.focus();
    next?.click();
  }
  // Whoever picks a number goes on to the button: what is typed may wait for the next letter, this may not.
  document.addEventListener("input", (event) => {
    if (event.target.matches(".order-count input")) event.target.dispatchEvent(new CustomEvent("counted", { bubbles: true }));
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "[" || event.key === "]") document.querySelector(`[data-key="${event.key}"]`)?.click();
    else return;
    event.preventDefault();
  });
})();
