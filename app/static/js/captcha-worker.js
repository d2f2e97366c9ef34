// Look for the number that makes SHA-256 of "<payload>:<number>" begin with enough zero bits.

import { sha256 } from "../vendor/sha256.js";

function zeroBits(digest) {
  let bits = 0;
  for (const byte of digest) {
    if (byte) {
      return bits + Math.clz32(byte) - 24;
    }
    bits += 8;
  }
  return bits;
}

// Every "step" numbers from "first" on: others look at those between.
export function solve({ payload, bits, first = 0, step = 1 }) {
  let nonce = first;
  while (zeroBits(sha256.array(`${payload}:${nonce}`)) < bits) {
    nonce += step;
  }
  return String(nonce);
}

self.addEventListener("message", ({ data }) => self.postMessage(solve(data)));
