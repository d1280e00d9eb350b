// Dialogs open and close by the HTML attributes `command` and `commandfor`; this teaches browsers that lack them.
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    const backdrop = event.target;
    if (backdrop.matches?.("dialog[closedby=any]") && !("closedBy" in HTMLDialogElement.prototype)) backdrop.close();
  });

  if ("command" in HTMLButtonElement.prototype) return;
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button[commandfor]");
    const dialog = button && document.getElementById(button.getAttribute("commandfor"));
    if (!(dialog instanceof HTMLDialogElement)) return;
    const command = button.getAttribute("command");
    if (command === "show-modal" && !dialog.open) dialog.showModal();
    if (command === "close" || command === "request-close") dialog.close();
  });
})();
