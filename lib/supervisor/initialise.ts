import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { Displaced } from "../domain/displaced.ts";
import { isErrorCode, LastgoodError } from "../domain/errors.ts";
import type { ProcessLog } from "./process-log.ts";
import { initialiseSpec } from "./processes.ts";
import { toLogLine } from "./readable-line.ts";
import type { SupervisorSettings } from "./settings.ts";

/** What `initialise-child.ts` prints as its one line of output. */
export const initialiseReport = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), setupUrl: z.string().nullable(), warnings: z.array(z.string()) }),
  z.object({
    ok: z.literal(false),
    code: z.string(),
    message: z.string(),
    hint: z.string().optional(),
    isDisplaced: z.boolean(),
  }),
]);
export type InitialiseReport = z.infer<typeof initialiseReport>;

/**
 * Migrates the metadata and makes what a first start needs, in a process of its own: the supervisor itself loads
 * nothing that could fail.
 * @returns the one-time set-up link while nobody has set Lastgood up yet, and what is to be told
 */
export async function runInitialise(
  settings: SupervisorSettings,
  env: NodeJS.ProcessEnv,
  log: ProcessLog,
): Promise<{ setupUrl: string | null; warnings: string[] }> {
  const spec = initialiseSpec(settings, env);
  const child = spawn(process.execPath, spec.args, {
    cwd: spec.cwd,
    env: spec.env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const [output, complaints] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  for (const line of complaints.split("\n").filter((one) => one.trim() !== ""))
    log.write(toLogLine(line, "stderr", "initialise"));
  const report = initialiseReport.safeParse(lastLineAsJson(output));
  if (!report.success) {
    throw new LastgoodError("internal", "The metadata could not be prepared.", {
      hint: complaints.trim().split("\n").slice(-12).join("\n  ") || `Details: ${log.path}`,
    });
  }
  if (!report.data.ok) {
    const { code, message, hint, isDisplaced } = report.data;
    const Refusal = isDisplaced ? Displaced : LastgoodError;
    throw new Refusal(isErrorCode(code) ? code : "internal", message, hint === undefined ? {} : { hint });
  }
  return { setupUrl: report.data.setupUrl, warnings: report.data.warnings };
}

function lastLineAsJson(output: string): unknown {
  const line = output.trimEnd().split("\n").at(-1) ?? "";
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
