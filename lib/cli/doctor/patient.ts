import type { Env } from "../../env.ts";
import type { MetadataPlace } from "../../metadata-place.ts";
import type { RuntimePaths } from "../../runtime-paths.ts";
import type { SupervisorRecord } from "../../supervisor/supervisor-record.ts";
import type { Finding } from "./finding.ts";
import type { MetadataQuestions } from "./open-questions.ts";

/** The installation that is being examined. Every check gets along without what is null. */
export type Patient = {
  source: NodeJS.ProcessEnv;
  /** Null where the environment is not usable; the check of the environment tells why. */
  env: Env | null;
  paths: RuntimePaths;
  place: MetadataPlace | null;
  /** What the supervisor wrote down last; null where it never ran, or that cannot be read. */
  record: SupervisorRecord | null;
  /** Whether the supervisor of that record lives. */
  isRunning: boolean;
  nowMs: number;
  /** The metadata, opened when first asked for; null where it cannot be read, which the check of the metadata tells. */
  metadata(): Promise<MetadataQuestions | null>;
};

/** One thing to look at. What it throws is a problem by itself. */
export type Check = (patient: Patient) => Promise<readonly Finding[]> | readonly Finding[];

/** Which processes belong to it: what the one that runs was told, or else what the environment says. */
export function processesOf({
  env,
  record,
  isRunning,
}: Pick<Patient, "env" | "record" | "isRunning">): Env["processes"] {
  return (isRunning ? record?.processes : undefined) ?? env?.processes ?? "all";
}
