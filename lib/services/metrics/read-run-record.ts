import { readFileSync } from "node:fs";
import { z } from "zod";

const runRecord = z.object({
  children: z.record(z.string(), z.number()).default({}),
  restarts: z.record(z.string(), z.number()).default({}),
});

/** Which processes the supervisor says to run, and their restarts; nothing where it left no record, as a console alone in its container. */
export function readRunRecord(file: string): z.infer<typeof runRecord> {
  try {
    return runRecord.parse(JSON.parse(readFileSync(/* turbopackIgnore: true */ file, "utf8")));
  } catch (error) {
    const isAbsent = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (isAbsent || error instanceof SyntaxError || error instanceof z.ZodError) return { children: {}, restarts: {} };
    throw error;
  }
}
