// Passkeys: allauth's scripts do the ceremony; here they are told with which elements of the page.
"use strict";

const CEREMONIES = { login: "loginForm", add: "addForm", use: "authenticateForm" };
const NAMES = { login: "login", add: "add", use: "authenticate" };
const WHY = {
  NotAllowedError: "No passkey was used. Try again, or take another way.",
  InvalidStateError: "This device has a passkey for this account already.",
  SecurityError: "Passkeys work at https addresses and at http://localhost only.",
};

document.querySelectorAll("button[data-passkey]").forEach((button) => {
  const kind = button.dataset.passkey;
  if (!window.webauthnJSON.supported()) {
    button.disabled = true;
    explain("This browser cannot use passkeys.");
    return;
  }
  const ids = { [NAMES[kind]]: button.id, credential: button.dataset.credential };
  if (button.dataset.options) ids.data = button.dataset.options;
  if (button.dataset.passwordless) ids.passwordless = button.dataset.passwordless;
  window.allauth.webauthn.forms[CEREMONIES[kind]]({ ids });
});

function explain(text) {
  document.querySelectorAll("[data-passkey-problem]").forEach((place) => {
    place.querySelector("p").textContent = text;
    place.hidden = false;
  });
}

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const { exception } = event.detail;
  explain(WHY[exception.name] || "The passkey could not be used. Reload the page and try again.");
});
