// What makes the dashboard's pages lively. Each works without it; no code is ever made from text.
"use strict";

const each = (root, selector, act) => root.querySelectorAll(selector).forEach(act);

// Times in the reader's zone, unless UTC was chosen; UTC stays in the title.
function showTimes(root) {
  if (document.documentElement.dataset.times === "utc") return;
  each(root, "time[datetime]:not([data-shown])", (time) => {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.valueOf()) || time.dataset.style === "day") return;
    const two = (number) => String(number).padStart(2, "0");
    const seconds = time.dataset.style === "second" ? `:${two(at.getSeconds())}` : "";
    time.textContent = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}${seconds}`;
    time.dataset.shown = "";
  });
}

function say(text, tone = "good") {
  const note = document.createElement("div");
  note.className = `notice ${tone}`;
  note.textContent = text;
  document.getElementById("toasts").append(note);
  setTimeout(() => note.remove(), 5000);
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  if (button) {
    const text = button.closest("[data-code]").querySelector("code").textContent;
    try {
      await navigator.clipboard.writeText(text);
      const label = button.querySelector("span") || button;
      const before = label.textContent;
      label.textContent = "Copied";
      setTimeout(() => { label.textContent = before; }, 1500);
    } catch {
      say("The browser did not let the text be copied. Select it and copy it by hand.", "warn");
    }
  }
  const opener = event.target.closest("[data-opens]");
  const dialog = opener && document.getElementById(opener.dataset.opens);
  if (dialog && dialog.showModal) {
    event.preventDefault();
    dialog.showModal();
  }
  if (event.target.closest("[data-shuts]") || event.target.matches("dialog")) {
    event.target.closest("dialog").close();
  }
  each(document, "details[data-closes][open]", (menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});

document.addEventListener("keydown", (event) => {
  const palette = document.getElementById("palette");
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (palette && ((event.key === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !typing))) {
    event.preventDefault();
    if (!palette.open) palette.showModal();
  }
  if (event.key === "Escape") each(document, "details[data-closes][open], details.dock[open]", (menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});

// A list that shrinks while a name is typed.
document.addEventListener("input", (event) => {
  const list = document.getElementById(event.target.dataset.filters || "");
  if (!list) return;
  const wanted = event.target.value.trim().toLowerCase();
  each(list, "li", (item) => { item.hidden = !item.textContent.toLowerCase().includes(wanted); });
});

// What is written into a field chooses the button that it belongs to; another button empties it.
document.addEventListener("input", (event) => {
  const button = document.getElementById(event.target.dataset.ticks || "");
  if (button && event.target.value) button.checked = true;
});
document.addEventListener("change", (event) => {
  if (event.target.type !== "radio") return;
  each(event.target.form || document, "[data-ticks]", (field) => {
    const button = document.getElementById(field.dataset.ticks);
    if (button && button.name === event.target.name && button !== event.target) field.value = "";
  });
});

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => each(document, "form[data-sent]", (form) => { delete form.dataset.sent; }));

// Fields that send their form when they change.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
});

// What a column of a chart says, beside the pointer or the focus.
const tip = document.createElement("div");
tip.className = "tip";
tip.hidden = true;
tip.setAttribute("aria-hidden", "true"); // the column's own label says the same
document.body.append(tip);
function showTip(event) {
  const column = event.target.closest && event.target.closest("[data-tip]");
  tip.hidden = !column;
  if (!column) return;
  tip.textContent = column.dataset.tip;
  const box = column.getBoundingClientRect();
  const left = Math.min(Math.max(8, box.left + box.width / 2 - tip.offsetWidth / 2), innerWidth - tip.offsetWidth - 8);
  const above = box.top - tip.offsetHeight - 6;
  // The policy of the page forbids style attributes, not what a script sets.
  tip.style.left = `${left + scrollX}px`;
  tip.style.top = `${(above > 8 ? above : box.bottom + 6) + scrollY}px`;
}
document.addEventListener("pointerover", showTip);
document.addEventListener("focusin", showTip);
// Left and right go from column to column.
document.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const column = step && event.target.closest("[data-chart] .column");
  if (!column) return;
  const columns = [...column.closest("[data-chart]").querySelectorAll(".column")];
  const next = columns[columns.indexOf(column) + step];
  if (next) { event.preventDefault(); next.focus(); }
});

document.addEventListener("htmx:afterSwap", (event) => showTimes(event.target));
document.addEventListener("htmx:responseError", () => say("That did not work. Reload the page and try again.", "bad"));
document.addEventListener("htmx:sendError", () => say("The server cannot be reached. Check the connection and try again.", "bad"));
showTimes(document);
