// Talk to the site: fetch, with the token that its forms carry.

export class Refused extends Error {
  constructor(status, body) {
    super(body?.error?.message ?? `HTTP ${status}`);
    this.status = status;
    this.body = body;
  }
}

export function send(url, { headers = {}, ...options } = {}) {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  return fetch(url, {
    credentials: "same-origin",
    ...options,
    headers: { "X-CSRFToken": token, ...headers },
  });
}

// What the site answers in JSON; a refusal is thrown, with its sentence.
export async function json(url, options) {
  const response = await send(url, options);
  const body = await response.json().catch(() => null);
  if (!response.ok) {
    throw new Refused(response.status, body);
  }
  return body;
}

export function post(url, data = {}) {
  return json(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(data),
  });
}
