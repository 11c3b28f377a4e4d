import path from "node:path";
import type { Chance, UnsyncedFile } from "./unsynced-file.ts";

/** What a name stands for; null: a directory. */
export type Entry = UnsyncedFile | null;

type NameChange = { directory: string; remove: string[]; add: { name: string; entry: Entry } | null };

/**
 * The names below a root as the disk is known to hold them, and what was created, renamed and removed since. A directory's
 * sync makes its own names durable and no others. Which of the other changes come through is left to chance, each for
 * itself: no order is promised between them.
 */
export class UnsyncedNames {
  readonly visible = new Map<string, Entry>();
  #durable = new Map<string, Entry>();
  #changes: NameChange[] = [];

  /** Takes the names as they are now for durable. */
  settle(names: ReadonlyMap<string, Entry>): void {
    this.visible.clear();
    for (const [name, entry] of names) this.visible.set(name, entry);
    this.#durable = new Map(names);
    this.#changes = [];
  }

  create(name: string, entry: Entry): void {
    this.visible.set(name, entry);
    this.#changes.push({ directory: path.dirname(name), remove: [], add: { name, entry } });
  }

  rename(from: string, to: string): void {
    const entry = this.visible.get(from) ?? null;
    this.visible.delete(from);
    this.visible.set(to, entry);
    this.#changes.push({ directory: path.dirname(to), remove: [from], add: { name: to, entry } });
  }

  remove(name: string): void {
    for (const each of [...this.visible.keys()]) {
      if (each !== name && !each.startsWith(`${name}/`)) continue;
      this.visible.delete(each);
      this.#changes.push({ directory: path.dirname(each), remove: [each], add: null });
    }
  }

  /** A sync of a directory that succeeded. One that fails changes nothing: names stand in a journal until it is written. */
  sync(directory: string): void {
    const isTold = (change: NameChange) => change.directory === directory;
    for (const change of this.#changes.filter(isTold)) perform(change, this.#durable);
    this.#changes = this.#changes.filter((change) => !isTold(change));
  }

  /** The names after a power loss; `chance` null: every change came through. What lies in a lost directory is lost. */
  afterLoss(chance: Chance | null): Map<string, Entry> {
    const names = new Map(this.#durable);
    for (const change of this.#changes) {
      if (chance === null || chance.fate() !== "dropped") perform(change, names);
    }
    for (const name of [...names.keys()].sort()) {
      const parent = path.dirname(name);
      if (parent !== "." && !names.has(parent)) names.delete(name);
    }
    return names;
  }
}

function perform({ remove, add }: NameChange, names: Map<string, Entry>): void {
  for (const name of remove) names.delete(name);
  if (add) names.set(add.name, add.entry);
}
