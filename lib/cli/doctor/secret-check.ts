import { existsSync, readFileSync } from "node:fs";
import { type Finding, problem, well } from "./finding.ts";
import type { Patient } from "./patient.ts";

const LEAST_LENGTH = 32;

/** Whether there is a secret; asking for it would otherwise make one. */
export function hasSecret({ env, paths }: Pick<Patient, "env" | "paths">): boolean {
  return env?.secret != null || existsSync(paths.secret);
}

/** Whether the installation's secret is there and long enough. What it is stays unsaid. */
export function checkSecret({ env, source, paths, place, isRunning }: Patient): Finding[] {
  if (env?.secret || (source.LASTGOOD_SECRET ?? "").length >= LEAST_LENGTH)
    return [well("The secret comes from LASTGOOD_SECRET.")];
  if (!existsSync(paths.secret)) {
    const isNew = place?.provider === "sqlite" && !existsSync(place.file);
    if (isNew) return [well("There is no secret yet; the first start makes one.")];
    return [
      problem(
        `The secret ${paths.secret} is gone${isRunning ? " from under a Lastgood that runs" : ""}.`,
        "Put it back from a copy, or set LASTGOOD_SECRET to it. With a new one everybody signs in anew, connections and stores are entered again, and the audit log is verified with --former-secret.",
      ),
    ];
  }
  if (readFileSync(paths.secret, "utf8").trim().length < LEAST_LENGTH) {
    return [problem(`The secret ${paths.secret} is damaged: it is too short.`, "Put it back from a copy.")];
  }
  return [well("The secret is in the data directory.")];
}
