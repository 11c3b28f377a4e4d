import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { deriveKey } from "../services/derive-key.ts";

/*
 * Who speaks with an agent. Console and agent share the installation's secret, and each proves it on every call:
 *   console → agent  x-lastgood-proof: <Unix ms>.<nonce>.<HMAC-SHA-256 of "console", audience, method, target, time and nonce>
 *   agent → console  x-lastgood-proof: <HMAC-SHA-256 of "agent", audience and the nonce>
 * Neither gives the other anything that could be used again: a proof counts for one target of one agent, once, within a minute.
 * The audience is the id of the agent that is meant; empty for whichever one serves this data directory's socket.
 */
export const PROOF_HEADER = "x-lastgood-proof";
const VALID_MS = 60_000;
const PROOF = /^(\d{1,15})\.([0-9a-f]{32})\.([0-9a-f]{64})$/;

export type Call = { method: string; target: string; audience?: string };

/** @param secret the installation's secret */
export function agentKeyOf(secret: string): Buffer {
  return deriveKey(secret, "agent");
}

const mac = (key: Buffer, ...parts: string[]) => createHmac("sha256", key).update(JSON.stringify(parts)).digest("hex");
const same = (a: string, b: string) => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

/** A console's proof for one call, and the agent's that must come back. */
export function proveConsole(
  key: Buffer,
  { method, target, audience = "" }: Call,
): { proof: string; expected: string } {
  const [time, nonce] = [String(Date.now()), randomBytes(16).toString("hex")];
  return {
    proof: `${time}.${nonce}.${mac(key, "console", audience, method, target, time, nonce)}`,
    expected: mac(key, "agent", audience, nonce),
  };
}

/** Whether an agent's proof is the one that was expected. */
export function isAgent(expected: string, given: string | string[] | undefined): boolean {
  return typeof given === "string" && same(expected, given);
}

/** Remembers the calls of the last minute, so that none counts twice. */
export class ConsoleProofs {
  readonly #key: Buffer;
  #recent = new Set<string>();
  #before = new Set<string>();
  #turnedMs = Date.now();

  constructor(key: Buffer) {
    this.#key = key;
  }

  /** The agent's own proof for a call that its console makes of one of `audiences`; null for anybody else's. */
  answer({ method, target }: Call, audiences: readonly string[], given: string | string[] | undefined): string | null {
    const [, time = "", nonce = "", proof = ""] = PROOF.exec(typeof given === "string" ? given : "") ?? [];
    const audience = audiences.find((one) => same(proof, mac(this.#key, "console", one, method, target, time, nonce)));
    if (audience === undefined) return null;
    const nowMs = Date.now();
    if (Math.abs(nowMs - Number(time)) > VALID_MS || !this.#isNew(nonce, nowMs)) return null;
    return mac(this.#key, "agent", audience, nonce);
  }

  #isNew(nonce: string, nowMs: number): boolean {
    if (Math.abs(nowMs - this.#turnedMs) > 2 * VALID_MS) {
      this.#before = this.#recent;
      this.#recent = new Set();
      this.#turnedMs = nowMs;
    }
    if (this.#recent.has(nonce) || this.#before.has(nonce)) return false;
    this.#recent.add(nonce);
    return true;
  }
}
