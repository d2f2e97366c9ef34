// Passkeys (modules/account/templates/_passkey.html): have a device sign what the site asks, or make
// a key, then go where the site says.

import { post, Refused } from "./http.js";

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const known = (credentials = []) => credentials.map((one) => ({ ...one, id: bytes(one.id) }));

// The options of the site, as browsers want them.
export function read(options) {
  const read = { ...options, challenge: bytes(options.challenge) };
  if (options.user) {
    read.user = { ...options.user, id: bytes(options.user.id) };
    read.excludeCredentials = known(options.excludeCredentials);
  } else {
    read.allowCredentials = known(options.allowCredentials);
  }
  return read;
}

// What a device answered, as the site wants it.
export function written({ id, rawId, type, response }) {
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const given = parts.filter((part) => response[part]);
  return {
    id,
    rawId: text(rawId),
    type,
    response: Object.fromEntries(given.map((part) => [part, text(response[part])])),
  };
}

async function use(form) {
  const { passkey, asks, answers } = form.dataset;
  const publicKey = read(await post(asks));
  const credential = await navigator.credentials[passkey]({ publicKey });
  const { name } = form.elements;
  return post(answers, { credential: written(credential), ...(name && { name: name.value }) });
}

function listen(form) {
  const error = form.querySelector("[data-passkey-error]");
  const button = form.querySelector("[type=submit]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    error.textContent = "";
    button.disabled = true;
    try {
      const { url } = await use(form);
      window.location.assign(url);
    } catch (refusal) {
      error.textContent = refusal instanceof Refused ? refusal.message : form.dataset.failed;
      button.disabled = false;
    }
  });
}

if (window.PublicKeyCredential) {
  document.querySelectorAll("[data-passkey-missing]").forEach((missing) => missing.remove());
  for (const form of document.querySelectorAll("[data-passkey]")) {
    form.hidden = false;
    listen(form);
  }
}
