import { type Logger, pino } from "pino";

/** JSON lines on standard output; secrets are named here so that none can slip into a line. */
export function createLogger(process: string): Logger {
  return pino({
    name: process,
    level: globalThis.process.env.LASTGOOD_LOG_LEVEL ?? "info",
    redact: {
      paths: ["password", "token", "secret", "authorization", "*.password", "*.token", "*.secret"],
      remove: true,
    },
    base: { process },
    timestamp: () => `,"timeMs":${Date.now()}`,
  });
}
