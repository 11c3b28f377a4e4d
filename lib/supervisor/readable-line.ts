import { z } from "zod";

const entry = z.looseObject({
  level: z.number(),
  timeMs: z.number().optional(),
  msg: z.string().optional(),
  err: z.looseObject({ message: z.string().optional() }).optional(),
});

export type LineLevel = "info" | "warning" | "error";

/** A line of a process's output as people should read it. */
export type ReadableLine = { level: LineLevel; text: string };

const levelOf = (level: number): LineLevel => (level >= 50 ? "error" : level >= 40 ? "warning" : "info");

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The line of a crash that tells its cause; what stands around it is for the log. */
const CAUSE = /^\S*(error|fatal|panic|abort)/i;

/**
 * Tells what a line of output means. JSON lines carry their level; anything else is information, but for the cause of a
 * crash on standard error.
 */
export function readLine(line: string, stream: "stdout" | "stderr"): ReadableLine {
  const parsed = entry.safeParse(line.startsWith("{") ? parseJson(line) : null);
  if (!parsed.success) {
    return { level: stream === "stderr" && CAUSE.test(line) ? "error" : "info", text: line };
  }
  const { level, msg, err } = parsed.data;
  const parts = [msg, err?.message].filter((part, index, all) => part && all.indexOf(part) === index);
  return { level: levelOf(level), text: parts.join(": ") || line };
}

const LEVELS: Readonly<Record<LineLevel, number>> = { info: 30, warning: 40, error: 50 };

/**
 * The line as the log keeps it: one JSON object, whoever wrote it. What Node and Next.js say by themselves (a banner, a warning, the trace of
 * a crash) becomes the `msg` of one.
 */
export function toLogLine(line: string, stream: "stdout" | "stderr", process: string, nowMs = Date.now()): string {
  if (line.startsWith("{") && entry.safeParse(parseJson(line)).success) return line;
  return JSON.stringify({ level: LEVELS[readLine(line, stream).level], timeMs: nowMs, process, msg: line });
}
