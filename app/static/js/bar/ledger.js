// Ask something of the ledger, once: without an answer, the same key is sent again.
//
//     const body = await ask(url, newKey(), { expected_price: 350 }, { onWait });

import { json, Refused } from "../http.js";

// How long an answer may take, then how long to wait before each other try.
const PATIENCE = 8000;
const WAITS = [1000, 2000, 4000];

// Nobody answered: it was done, or not.
export class Unsure extends Error {}

export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function attempt(url, key, data) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  try {
    return await json(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": key },
      body: JSON.stringify(data),
      signal: patience.signal,
    });
  } finally {
    clearTimeout(timer);
  }
}

// The answer; a refusal is thrown, and so is Unsure once everything was tried.
export async function ask(url, key, data = {}, { onWait = () => {} } = {}) {
  for (const wait of [...WAITS, null]) {
    try {
      const body = await attempt(url, key, data);
      if (body) {
        return body;
      }
    } catch (error) {
      if (error instanceof Refused && error.status < 500) {
        throw error;
      }
    }
    if (wait === null) {
      break;
    }
    onWait();
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
  throw new Unsure();
}
