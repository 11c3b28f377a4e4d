import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { LastgoodError } from "../../domain/errors.ts";
import { writeFileDurably } from "../../storage/durable-file.ts";
import { explainFileError } from "../processes/explain-file-error.ts";

/** The clusters whose log is received (`clusters.json`): the agent writes it, the receiver follows it. Holds no secret. */
const absolutePath = z.string().refine((value) => path.isAbsolute(value), "an absolute path");

export const clusterRegistrySchema = z.object({
  version: z.literal(1),
  /** Where PostgreSQL's programs are; null: where the distribution puts them. */
  programs: z.string().nullable(),
  /** Why no log is received for now, and what to do about it; null or left out: it is. */
  paused: z.object({ cause: z.string(), remedy: z.string() }).nullable().optional(),
  clusters: z.array(
    z.object({
      id: z.string().min(1),
      name: z.string(),
      origin: z.enum(["hosted", "attached"]),
      /** The folders of `ClusterPlaces`; of an attached cluster only history and access are used. */
      root: absolutePath,
      history: absolutePath,
      access: absolutePath,
      windowDays: z.number().int().min(1).max(365),
      zeroLoss: z.boolean(),
    }),
  ),
});

export type ClusterRegistry = z.infer<typeof clusterRegistrySchema>;
export type RegisteredCluster = ClusterRegistry["clusters"][number];

const EMPTY: ClusterRegistry = { version: 1, programs: null, clusters: [] };
const LOOK_EVERY_MS = 2000;

/** Reads the registry; one that does not exist yet is empty. Throws `internal` when it is no registry of this version. */
export function readClusterRegistry(file: string): ClusterRegistry {
  const text = readText(file);
  return text === null ? EMPTY : parse(file, text);
}

/** Replaces the registry as a whole. Only one process may, the agent. */
export function writeClusterRegistry(file: string, registry: ClusterRegistry): void {
  try {
    writeFileDurably(file, Buffer.from(JSON.stringify(clusterRegistrySchema.parse(registry), null, 2)));
  } catch (error) {
    throw explainFileError(error, "The list of protected clusters could not be written", "internal");
  }
}

/**
 * Calls `changed` with the registry at once and again after each change. One that cannot be read, or that has vanished, goes to
 * `failed` and changes nothing: what is received stays received.
 */
export function followClusterRegistry(
  file: string,
  changed: (registry: ClusterRegistry) => void,
  failed: (error: unknown) => void,
): { look(): void; close(): void } {
  let known: string | null | undefined;
  const look = () => {
    try {
      const text = readText(file);
      if (text === known) return;
      if (text === null && known !== undefined) throw new Error(`the registry ${file} has vanished`);
      const registry = text === null ? EMPTY : parse(file, text);
      known = text;
      changed(registry);
    } catch (error) {
      failed(error);
    }
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  look();
  return { look, close: () => clearInterval(timer) };
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

function parse(file: string, text: string): ClusterRegistry {
  try {
    return clusterRegistrySchema.parse(JSON.parse(text));
  } catch (error) {
    throw new LastgoodError(
      "internal",
      `The registry ${file} cannot be read.`,
      { hint: "Restart the agent: it writes the registry anew from the metadata." },
      { cause: error },
    );
  }
}
