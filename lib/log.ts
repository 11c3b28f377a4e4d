import { writeSync } from "node:fs";
import { type Logger, pino } from "pino";
import { currentRequestId } from "./request-scope.ts";

const STANDARD_OUTPUT = 1;
const TRIES = 50;
const PAUSE_MS = 2;
const nothing = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes a line whole, or gives it up: when nobody takes it within a tenth of a second, and when whoever read it has ended.
 * (pino's own destination then tries for ever at exit, so that a process would outlive its killed supervisor.)
 */
function writeLine(line: string): void {
  let rest = Buffer.from(line);
  for (let tries = 0; rest.length > 0 && tries < TRIES; ) {
    try {
      rest = rest.subarray(writeSync(STANDARD_OUTPUT, rest));
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) return;
      tries++;
      Atomics.wait(nothing, 0, 0, PAUSE_MS);
    }
  }
}

/**
 * JSON lines on standard output; secrets are named here so that none can slip into a line. What is logged on behalf of a
 * request names it (`requestId`).
 */
export function createLogger(process: string): Logger {
  const options = {
    name: process,
    level: globalThis.process.env.LASTGOOD_LOG_LEVEL ?? "info",
    redact: {
      paths: ["password", "token", "secret", "authorization", "*.password", "*.token", "*.secret"],
      remove: true,
    },
    base: { process },
    timestamp: () => `,"timeMs":${Date.now()}`,
    mixin: () => {
      const requestId = currentRequestId();
      return requestId === null ? {} : { requestId };
    },
    // What a line names itself comes before what it was done for: a key stands in a line once.
    mixinMergeStrategy: (line: object, mixed: object) => ({ ...mixed, ...line }),
  };
  return pino(options, { write: writeLine });
}
