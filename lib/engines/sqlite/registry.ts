import { type FSWatcher, watch } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { LastgoodError } from "../../domain/errors.ts";
import { disk } from "../../storage/disk.ts";
import { syncDirectory, writeWhole } from "../../storage/durable-file.ts";
import { explainFileError } from "../processes/explain-file-error.ts";

/** The databases to capture (`capture.json`): the agent writes it, keepers and reader follow it. */
const absolutePath = z.string().refine((value) => path.isAbsolute(value), "an absolute path");
const registrySchema = z.object({
  version: z.literal(1),
  databases: z.array(
    z.object({
      id: z.string().min(1),
      path: absolutePath,
      historyDirectory: absolutePath,
      origin: z.enum(["hosted", "attached"]),
      windowDays: z.number().int().min(1).max(365),
    }),
  ),
});

export type Registry = z.infer<typeof registrySchema>;
export type RegisteredDatabase = Registry["databases"][number];

const LOOK_EVERY_MS = 1000;
/** While its directory is watched, a look every so often finds what was not reported. */
const LOOK_WATCHED_EVERY_MS = 5000;
/** Every so many looks it is read although its times say that it has not changed. */
const READ_EVERY_LOOKS = 6;
const EMPTY: Registry = { version: 1, databases: [] };

/** Reads the registry; one that does not exist yet is empty. Throws `internal` when it is no registry of this version. */
export function readRegistry(file: string): Registry {
  const text = readText(file);
  return text === null ? EMPTY : parseRegistry(file, text);
}

/** Replaces the registry as a whole: write, fsync, rename, fsync of the directory. Only one process may, the agent. */
export function writeRegistry(file: string, registry: Registry): void {
  const text = Buffer.from(JSON.stringify(registrySchema.parse(registry), null, 2));
  const fresh = `${file}.new`;
  try {
    const fd = disk.openSync(fresh, "w", 0o600);
    try {
      writeWhole(fd, text, null);
      disk.fsyncSync(fd);
    } finally {
      disk.closeSync(fd);
    }
    disk.renameSync(fresh, file);
    syncDirectory(path.dirname(file));
  } catch (error) {
    throw explainFileError(error, "The list of protected databases could not be written", "internal");
  }
}

export type RegistryWatch = {
  /** Looks at the file now, for a process that was told of a change. */
  look(): void;
  close(): void;
};

/**
 * Calls `changed` with the registry at once and again after each change. A registry that cannot be read goes to `failed`
 * and changes nothing: what is captured stays captured.
 */
export function watchRegistry(
  file: string,
  changed: (registry: Registry) => void,
  failed: (error: unknown) => void,
): RegistryWatch {
  let known: string | null | undefined;
  /** Of what was read last; empty when that failed. */
  let stamp = "";
  let looks = 0;
  const look = (always = true) => {
    try {
      const now = stampOf(file);
      if (!always && now === stamp) return;
      stamp = "";
      const text = readText(file);
      if (text !== known) {
        // Nobody deletes a registry: to let go of every log because of it would tear gaps into all histories.
        if (text === null && known !== undefined) throw new Error(`the registry ${file} has vanished`);
        known = text;
        changed(text === null ? EMPTY : parseRegistry(file, text));
      }
      stamp = now;
    } catch (error) {
      failed(error);
    }
  };
  let watcher: FSWatcher | null = null;
  try {
    watcher = watch(path.dirname(file), (_event, name) => {
      if (name === path.basename(file)) look();
    });
    watcher.on("error", failed);
  } catch (error) {
    // Without a watcher the look every second remains.
    failed(error);
  }
  const everyMs = watcher ? LOOK_WATCHED_EVERY_MS : LOOK_EVERY_MS;
  const timer = setInterval(() => look(++looks % READ_EVERY_LOOKS === 0), everyMs);
  look();
  return {
    look: () => look(),
    close: () => {
      clearInterval(timer);
      watcher?.close();
    },
  };
}

/** Changes with each new registry, as far as times can tell. */
function stampOf(file: string): string {
  const found = disk.statSync(file, { throwIfNoEntry: false });
  return found ? `${found.ino} ${found.size} ${found.mtimeMs} ${found.ctimeMs}` : "none";
}

function readText(file: string): string | null {
  try {
    return disk.readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

function parseRegistry(file: string, text: string): Registry {
  try {
    return registrySchema.parse(JSON.parse(text));
  } catch (error) {
    throw new LastgoodError(
      "internal",
      `The registry ${file} cannot be read.`,
      { hint: "Restart the agent: it writes the registry anew from the metadata." },
      { cause: error },
    );
  }
}
