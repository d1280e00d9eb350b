// One press, one order: a form that is on its way cannot be sent a second time.
(() => {
  "use strict";
  const changes = (form, submitter) =>
    (submitter?.getAttribute("formmethod") || form.getAttribute("method") || "get").toLowerCase() === "post" ||
    form.hasAttribute("hx-post");
  const buttonsOf = (form) =>
    [...form.elements].filter((element) => element.matches("button:not([type=button]), input[type=submit]"));

  function release(form) {
    delete form.dataset.sent;
    for (const button of buttonsOf(form)) {
      button.removeAttribute("aria-disabled");
      button.classList.remove("is-busy");
    }
  }

  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!changes(form, event.submitter)) return;
      if (form.dataset.sent) {
        event.preventDefault();
        event.stopImmediatePropagation();
        return;
      }
      form.dataset.sent = "yes";
      // `aria-disabled`, not `disabled`: the button's own name and value must still be sent, and focus stays on it.
      for (const button of buttonsOf(form)) {
        button.setAttribute("aria-disabled", "true");
        button.classList.add("is-busy");
      }
    },
    true,
  );
  document.addEventListener("htmx:finally:request", (event) => {
    const form = event.detail?.ctx?.request?.form;
    if (form?.dataset.sent) release(form);
  });
  // The page that "back" restores from memory still has its buttons off.
  addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(release);
  });
})();
