// The playground: files are dropped on their field, and the price follows what is typed.
"use strict";

const form = document.querySelector("[data-playground]");
if (form) {
  for (const drop of form.querySelectorAll("[data-drop]")) {
    const field = drop.querySelector("input[type=file]");
    const told = drop.querySelector("[data-files]");
    const before = told.textContent;
    const tell = () => {
      const names = [...field.files].map((file) => `${file.name} (${(file.size / 1e6).toFixed(1)} MB)`);
      told.textContent = names.length ? names.join(", ") : before;
    };
    field.addEventListener("change", tell);
    for (const name of ["dragover", "dragleave", "drop"]) {
      drop.addEventListener(name, (event) => {
        event.preventDefault();
        drop.classList.toggle("over", name === "dragover");
      });
    }
    drop.addEventListener("drop", (event) => {
      field.files = event.dataTransfer.files;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }

  // Half a second after the last change: what it would cost. Nothing is sent to a model.
  let waiting;
  const price = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      htmx.ajax("POST", form.action, {
        source: form, target: "#outcome", swap: "innerHTML", values: { act: "estimate" },
      });
    }, 500);
  };
  form.addEventListener("input", price);
  form.addEventListener("submit", () => clearTimeout(waiting));
}
