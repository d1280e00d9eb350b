// Files are dropped or chosen; each is sent by itself, with its progress, and what became of it stands in its line.
(() => {
  "use strict";
  const form = document.querySelector("form[data-upload]");
  if (!form) return;
  const input = form.querySelector("input[type=file]");
  const list = form.querySelector("[data-upload-list]");
  const waiting = [];
  let isBusy = false;
  let holds = 0;

  form.querySelector("[data-drop-words]").hidden = false;

  function line(name) {
    const item = document.createElement("li");
    const label = document.createElement("span");
    label.className = "upload-name";
    label.textContent = name;
    const bar = document.createElement("progress");
    bar.className = "progress-bar";
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", `Sending ${name}`);
    item.append(label, bar);
    list.append(item);
    return item;
  }
  function refuse(item, words) {
    item.querySelector("progress")?.remove();
    const problem = document.createElement("span");
    problem.className = "upload-problem";
    problem.textContent = words;
    item.append(problem);
  }
  function add(files) {
    for (const file of files) {
      const item = line(file.name);
      if (file.size > Number(form.dataset.most)) refuse(item, form.dataset.tooLarge);
      else waiting.push({ file, item });
    }
    input.value = "";
    next();
  }
  function next() {
    if (isBusy || !waiting.length) return;
    isBusy = true;
    const { file, item } = waiting.shift();
    const request = new XMLHttpRequest();
    const data = new FormData(form);
    data.delete("files");
    data.append("files", file);
    request.open("POST", form.action);
    request.setRequestHeader("HX-Request", "true");
    request.upload.addEventListener("progress", (event) => {
      const bar = item.querySelector("progress");
      if (!bar || !event.lengthComputable) return;
      // All sent: now it is being checked, for which nobody knows how long.
      if (event.loaded < event.total) bar.value = event.loaded / event.total;
      else bar.removeAttribute("value");
    });
    request.addEventListener("loadend", () => {
      const isAnswer = [200, 422].includes(request.status) && !request.responseURL.includes(document.body.dataset.signIn);
      if (isAnswer) item.innerHTML = request.responseText;
      else if (request.status === 403) refuse(item, "You may not upload to this project. Reload the page, or ask a producer of it.");
      else refuse(item, "The file did not arrive. Check your connection, and choose it again.");
      isBusy = false;
      next();
    });
    request.send(data);
  }

  input.addEventListener("change", () => add([...input.files]));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (input.files.length) add([...input.files]);
    else input.click();
  });
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  // The whole page takes what is dropped: a file that misses the form would be opened in its place.
  addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  addEventListener("dragenter", (event) => carriesFiles(event) && form.classList.toggle("is-over", ++holds > 0));
  addEventListener("dragleave", (event) => carriesFiles(event) && form.classList.toggle("is-over", --holds > 0));
  addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    holds = 0;
    form.classList.remove("is-over");
    add([...event.dataTransfer.files]);
  });
  addEventListener("beforeunload", (event) => (isBusy || waiting.length) && event.preventDefault());
})();
