// "Try it": sends one request to this installation with the visitor's own key.
// The key stays in the fields of this page: it is put into no address, cookie or storage.
"use strict";

const TEXT_CHARACTERS_MAX = 20000;

/** The element of a form that is marked as this part. */
function part(form, name) {
  return form.querySelector(`[data-part="${name}"]`);
}

/** The address of a path under /v1 of this installation; throws for anything else. */
function addressOf(path) {
  const url = new URL(path, window.location.origin);
  if (url.origin !== window.location.origin || !url.pathname.startsWith("/v1/")) {
    throw new Error("The path must begin with /v1/");
  }
  return url;
}

/** What fetch() is told. */
function optionsOf(form) {
  const headers = { "Aurous-Version": form.dataset.version };
  const key = part(form, "key");
  if (key) headers.Authorization = `Bearer ${key.value.trim()}`;
  const options = { method: form.dataset.method, headers, credentials: "omit", cache: "no-store", redirect: "error" };
  const body = part(form, "body");
  if (body && body.value.trim()) {
    headers["Content-Type"] = "application/json";
    options.body = body.value;
  }
  return options;
}

/** JSON with line breaks; long answers are cut for the eye. */
function readable(text) {
  let shown = text;
  try {
    shown = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // Not JSON: a file, shown as it is.
  }
  return shown.length > TEXT_CHARACTERS_MAX ? `${shown.slice(0, TEXT_CHARACTERS_MAX)}\n…` : shown;
}

/** Put an outcome under the form. */
function show(form, { status, good, about, headers, text }) {
  part(form, "status").textContent = status;
  part(form, "status").className = `state ${good ? "good" : "bad"}`;
  part(form, "about").textContent = about;
  part(form, "headers").textContent = headers;
  part(form, "text").textContent = text;
  part(form, "answer").hidden = false;
}

/** Send the request of a form and show what came back. */
async function send(form) {
  const began = performance.now();
  try {
    const answer = await fetch(addressOf(part(form, "path").value.trim()), optionsOf(form));
    const text = await answer.text();
    const id = answer.headers.get("Aurous-Request-Id") || "";
    show(form, {
      status: String(answer.status),
      good: answer.ok,
      about: `${Math.round(performance.now() - began)} ms ${id}`,
      headers: [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n"),
      text: readable(text),
    });
  } catch (error) {
    show(form, { status: "not sent", good: false, about: error.message, headers: "", text: "" });
  }
}

for (const form of document.querySelectorAll(".try form")) {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    await send(form);
    button.disabled = false;
  });
  // One key for all forms of the page.
  const key = part(form, "key");
  if (key) {
    key.addEventListener("change", () => {
      for (const other of document.querySelectorAll('.try [data-part="key"]')) other.value = key.value;
    });
  }
}
