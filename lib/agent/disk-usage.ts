import type { Dirent } from "node:fs";
import { lstat, readdir, statfs } from "node:fs/promises";
import path from "node:path";
import type { DiskFigures, DiskPart } from "../domain/disk-budget.ts";
import type { RuntimePaths } from "../runtime-paths.ts";

/** One folder or file that is measured by itself; part null: an application's, which counts for nothing. */
type Unit = { place: string; part: DiskPart | null; databaseId: string | null };

export type MeasuredDisk = {
  figures: DiskFigures;
  parts: Map<DiskPart, number>;
  /** Bytes of each history, by the id of its database. */
  histories: Map<string, number>;
  /** Hosted databases and clusters. */
  databaseBytes: number;
};

/** A file's blocks are of this many bytes, whatever the file system says of its own. */
const BLOCK_BYTES = 512;
const TOP_FILES: readonly [RegExp, DiskPart][] = [
  [/^lastgood\.db/, "metadata"],
  [/^(audit-anchors|query-counts)/, "metadata"],
];

/** States of clusters that people look at: kept for their next question alone. */
const VIEWED = /^view-/;

/**
 * What Lastgood takes on its disk, in parts. Whatever is measured is remembered, and each look measures only as much as fits into its time, the
 * longest unseen first: a large data directory costs no more than a small one.
 */
export class DiskUsage {
  readonly #paths: RuntimePaths;
  readonly #steadyMs: () => number;
  readonly #seen = new Map<string, { bytes: number; atMs: number }>();
  /** What was in each folder when it could be read last. */
  readonly #names = new Map<string, string[]>();

  constructor(paths: RuntimePaths, steadyMs: () => number = () => performance.now()) {
    this.#paths = paths;
    this.#steadyMs = steadyMs;
  }

  /** Bytes that others than the system may still write, and of the whole disk. */
  async free(): Promise<{ freeBytes: number; sizeBytes: number }> {
    const { bsize, bavail, blocks } = await statfs(this.#paths.data);
    return { freeBytes: bsize * bavail, sizeBytes: bsize * blocks };
  }

  /** Measures for about `forMs`; what was never measured always is. */
  async measure(forMs: number): Promise<MeasuredDisk> {
    const units = await this.#units();
    const known = new Set(units.map(({ place }) => place));
    for (const place of this.#seen.keys()) if (!known.has(place)) this.#seen.delete(place);
    const untilMs = this.#steadyMs() + forMs;
    const seenMs = ({ place }: Unit) => this.#seen.get(place)?.atMs ?? Number.NEGATIVE_INFINITY;
    for (const unit of units.toSorted((a, b) => seenMs(a) - seenMs(b))) {
      if (this.#seen.has(unit.place) && this.#steadyMs() > untilMs) break;
      // What cannot be read keeps its last figure.
      const bytes = await bytesIn(unit.place).catch(() => this.#seen.get(unit.place)?.bytes ?? 0);
      this.#seen.set(unit.place, { bytes, atMs: this.#steadyMs() });
    }
    return this.#sumUp(units, await this.free());
  }

  #sumUp(units: readonly Unit[], free: { freeBytes: number; sizeBytes: number }): MeasuredDisk {
    const parts = new Map<DiskPart, number>();
    const histories = new Map<string, number>();
    let databaseBytes = 0;
    for (const { place, part, databaseId } of units) {
      const bytes = this.#seen.get(place)?.bytes ?? 0;
      if (part === null) databaseBytes += bytes;
      else parts.set(part, (parts.get(part) ?? 0) + bytes);
      if (part === "history" && databaseId !== null) histories.set(databaseId, bytes);
    }
    const countedBytes = [...parts.values()].reduce((sum, bytes) => sum + bytes, 0);
    return { figures: { countedBytes, ...free }, parts, histories, databaseBytes };
  }

  async #units(): Promise<Unit[]> {
    const { data, history, backups, drills, temporary, uploads, metadataCopies, hosted, clusters } = this.#paths;
    const unit = (place: string, part: DiskPart | null, databaseId: string | null = null) => ({
      place,
      part,
      databaseId,
    });
    const units = [
      unit(backups, "backups"),
      unit(drills, "throwaways"),
      unit(path.join(temporary, "marks"), "caches"),
      unit(uploads, "uploads"),
      unit(metadataCopies, "metadata"),
      unit(hosted, null),
    ];
    for (const name of await this.#namesIn(history)) units.push(unit(path.join(history, name), "history", name));
    for (const name of await this.#namesIn(temporary)) {
      if (name !== "marks") units.push(unit(path.join(temporary, name), "throwaways"));
    }
    for (const name of await this.#namesIn(data)) {
      const part = TOP_FILES.find(([pattern]) => pattern.test(name))?.[1];
      if (part) units.push(unit(path.join(data, name), part));
    }
    for (const name of await this.#namesIn(clusters)) {
      units.push(unit(path.join(clusters, name, "aside"), "set-aside", name));
      const work = path.join(clusters, name, "work");
      for (const state of await this.#namesIn(work)) {
        units.push(unit(path.join(work, state), VIEWED.test(state) ? "caches" : "throwaways"));
      }
      units.push(unit(path.join(clusters, name, "live"), null));
    }
    return units;
  }

  async #namesIn(folder: string): Promise<string[]> {
    const known = this.#names.get(folder) ?? [];
    const names = await entriesOf(folder).then(
      (entries) => entries.map(({ name }) => name),
      () => known,
    );
    this.#names.set(folder, names);
    return names;
  }
}

/** What is there; nothing where there is no such folder, or it went meanwhile. */
async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** The room that a file or a folder with all below it takes, not following links. */
async function bytesIn(place: string): Promise<number> {
  let bytes = 0;
  const waiting = [place];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    try {
      const found = await lstat(next);
      bytes += found.blocks * BLOCK_BYTES;
      if (!found.isDirectory()) continue;
      for (const { name } of await entriesOf(next)) waiting.push(path.join(next, name));
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
  return bytes;
}

/** Also where the cluster's own user has closed a folder: then it is not ours to count. */
const isGone = (error: unknown) =>
  error instanceof Error && "code" in error && ["ENOENT", "ENOTDIR", "EACCES"].includes(String(error.code));
