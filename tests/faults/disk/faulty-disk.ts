import * as fs from "node:fs";
import path from "node:path";
import { type Disk, useDisk as putUnderEngine, realDisk } from "../../../lib/storage/disk.ts";
import { type Chance, DROP_ALL, UnsyncedFile } from "./unsynced-file.ts";
import { type Entry, UnsyncedNames } from "./unsynced-names.ts";

export type CallName = keyof Disk;
/** One call that reached a watched file. `key` is the same in every run of the same steps: call, file, and how often before. */
export type Call = { name: CallName; file: string; key: string };
/**
 * What becomes of a call. `code`: it fails so. `short`: it moves only part of the bytes. `shortLie`: and says it moved all.
 * `lie`: it does nothing and says it did. "cut": the power goes off before it. "cut behind": and after it.
 */
export type Trouble =
  | { code: string }
  | { short: true }
  | { shortLie: true }
  | { lie: true }
  | "cut"
  | "cut behind"
  | null;

/** What every call answers once the power is off. */
export class PowerIsOff extends Error {}

const SYNCS: ReadonlySet<CallName> = new Set(["fsync", "fsyncSync", "fdatasync", "fdatasyncSync"]);
const ASYNC: ReadonlySet<CallName> = new Set(["fsync", "fdatasync", "write"]);

type OpenFile = { file: string; content: UnsyncedFile | null; position: number };
type Args = readonly unknown[];

/**
 * A disk over real files below `root` that counts calls, fails where it is told to, and can lose its power: then every
 * change that was not synced is kept, dropped or torn, as SQLite's own test6 does it. Files of `alsoWatched` (a live
 * database, by its path) can fail too but keep what is written to them. All other files are as they are.
 */
export class FaultyDisk {
  readonly root: string;
  /** Decides about each call before it is done. */
  trouble: (call: Call) => Trouble = () => null;
  readonly calls: Call[] = [];
  /** What a failed sync leaves of the changes before it. */
  failedSync: Chance = DROP_ALL;
  isOff = false;
  readonly #alsoWatched: readonly string[];
  readonly #names = new UnsyncedNames();
  readonly #open = new Map<number, OpenFile>();
  readonly #counts = new Map<string, number>();
  #restore: (() => void) | null = null;

  constructor(root: string, alsoWatched: readonly string[] = []) {
    this.root = fs.realpathSync(root);
    this.#alsoWatched = alsoWatched;
    this.#settle();
  }

  /** Puts this disk under the engine of this process, until `remove`. */
  install(): this {
    const calls = Object.fromEntries(
      Object.entries(realDisk).map(([name, real]) => [name, this.#wrap(name as CallName, real)]),
    );
    this.#restore = putUnderEngine(calls as Partial<Disk>);
    return this;
  }

  remove(): void {
    this.#restore?.();
    this.#restore = null;
  }

  /** Watched files that are open now. */
  get openFiles(): string[] {
    return [...this.#open.values()].map(({ file }) => file);
  }

  /**
   * Takes the power away and gives it back: all files are closed and hold what chance has left (null: everything). Whoever
   * used the disk before must have come to an end.
   */
  losePower(chance: Chance | null): void {
    for (const fd of this.#open.keys()) fs.closeSync(fd);
    this.#open.clear();
    const left = [...this.#names.afterLoss(chance)].map(([name, entry]) => ({
      name,
      content: entry === null ? null : entry.afterLoss(chance),
    }));
    for (const name of fs.readdirSync(this.root)) fs.rmSync(path.join(this.root, name), { recursive: true });
    for (const { name, content } of left.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (content === null) fs.mkdirSync(path.join(this.root, name), { recursive: true });
      else fs.writeFileSync(path.join(this.root, name), content);
    }
    this.isOff = false;
    this.#settle();
  }

  #settle(): void {
    const names = new Map<string, Entry>();
    for (const entry of fs.readdirSync(this.root, { recursive: true, withFileTypes: true })) {
      const full = path.join(entry.parentPath, entry.name);
      const isFile = entry.isFile();
      names.set(path.relative(this.root, full), isFile ? new UnsyncedFile(fs.readFileSync(full)) : null);
    }
    this.#names.settle(names);
  }

  #wrap(name: CallName, real: Disk[CallName]): unknown {
    return new Proxy(real, {
      apply: (target, self, args: unknown[]) => {
        const act = (given: Args): unknown => Reflect.apply(target as () => unknown, self, given);
        return ASYNC.has(name) ? this.#performLater(name, args, act) : this.#perform(name, args, act);
      },
    });
  }

  /** The watched file that a call is about, relative to the root (others by their whole path); null: none. */
  #fileOf(name: CallName, args: Args): string | null {
    const [first] = args;
    if (typeof first === "number") return this.#open.get(first)?.file ?? null;
    const full = path.resolve(String(first));
    if (full === this.root || full.startsWith(`${this.root}/`)) return path.relative(this.root, full);
    if (name === "copyFileSync") return this.#fileOf("openSync", [args[1]]);
    return this.#alsoWatched.includes(full) ? full : null;
  }

  #troubleOf(name: CallName, file: string): Trouble {
    if (this.isOff) throw new PowerIsOff(`the power is off: ${name} ${file}`);
    const short = `${name} ${file}`;
    const count = (this.#counts.get(short) ?? 0) + 1;
    this.#counts.set(short, count);
    const call = { name, file, key: `${short} #${count}` };
    this.calls.push(call);
    return this.trouble(call);
  }

  #perform(name: CallName, args: Args, act: (args: Args) => unknown): unknown {
    const file = this.#fileOf(name, args);
    if (file === null) return act(args);
    if (this.isOff && name === "closeSync") return this.#close(args, act);
    const trouble = this.#troubleOf(name, file);
    this.#cutBefore(trouble, name, file);
    if (trouble && typeof trouble === "object" && "code" in trouble) this.#fail(trouble.code, name, file, args, act);
    const isLie = trouble !== null && typeof trouble === "object" && "lie" in trouble;
    const isShortLie = trouble !== null && typeof trouble === "object" && "shortLie" in trouble;
    const isShort = isShortLie || (trouble !== null && typeof trouble === "object" && "short" in trouble);
    if (isLie && name.startsWith("write")) return (args[1] as Uint8Array).length;
    if (isLie) return undefined;
    const given = isShort ? shortened(args) : args;
    // The model stands for the disk: syncing the files below it would only take time.
    const result = SYNCS.has(name) ? undefined : this.#note(name, file, given, act);
    if (SYNCS.has(name)) this.#sync(args, file);
    if (trouble === "cut behind") this.isOff = true;
    return isShortLie ? (args[3] ?? (args[1] as Uint8Array).length) : result;
  }

  async #performLater(name: CallName, args: Args, act: (args: Args) => unknown): Promise<unknown> {
    const fd = Number(args[0]);
    const known = this.#open.get(fd);
    if (!known) return act(args);
    const trouble = this.#troubleOf(name, known.file);
    this.#cutBefore(trouble, name, known.file);
    const changes = known.content?.changes ?? 0;
    await new Promise((resolve) => setImmediate(resolve));
    if (this.isOff) throw new PowerIsOff(`the power is off: ${name} ${known.file}`);
    if (trouble && typeof trouble === "object" && "code" in trouble)
      this.#fail(trouble.code, name, known.file, args, act);
    const isLie = trouble !== null && typeof trouble === "object" && "lie" in trouble;
    if (SYNCS.has(name)) {
      if (!isLie) this.#sync(args, known.file, changes);
      if (trouble === "cut behind") this.isOff = true;
      return undefined;
    }
    const [, bytes, offset, length, at] = args as [number, Uint8Array, number, number, number | null];
    const isShort = trouble !== null && typeof trouble === "object" && "short" in trouble;
    const moved = isShort ? Math.max(1, length >> 1) : length;
    if (isLie) return length;
    fs.writeSync(fd, bytes, offset, moved, at);
    this.#written(fd, bytes.subarray(offset, offset + moved), at);
    if (trouble === "cut behind") this.isOff = true;
    return moved;
  }

  #cutBefore(trouble: Trouble, name: CallName, file: string): void {
    if (trouble !== "cut") return;
    this.isOff = true;
    throw new PowerIsOff(`the power went off before ${name} ${file}`);
  }

  #fail(code: string, name: CallName, file: string, args: Args, act: (args: Args) => unknown): never {
    // A descriptor is gone after a failed close as well, https://man7.org/linux/man-pages/man2/close.2.html
    if (name === "closeSync") this.#close(args, act);
    if (SYNCS.has(name)) this.#open.get(Number(args[0]))?.content?.failSync(this.failedSync);
    const syscall = name.replace(/Sync$/, "");
    throw Object.assign(new Error(`${code}: made to fail, ${syscall} '${file}'`), { code, syscall });
  }

  #close(args: Args, act: (args: Args) => unknown): unknown {
    this.#open.delete(Number(args[0]));
    return act(args);
  }

  #sync(args: Args, file: string, changes?: number): void {
    const { content } = this.#open.get(Number(args[0])) ?? { content: null };
    if (content) content.sync(changes ?? content.changes);
    else this.#names.sync(file === "" ? "." : file);
  }

  /** Does what was asked for and keeps in mind what it changed. */
  #note(name: CallName, file: string, args: Args, act: (args: Args) => unknown): unknown {
    if (name === "closeSync") return this.#close(args, act);
    const isModelled = !path.isAbsolute(file);
    const wasThere = isModelled && (file === "" || this.#names.visible.has(file));
    const created = name === "copyFileSync" ? path.relative(this.root, path.resolve(String(args[1]))) : file;
    const result = act(args);
    if (name === "openSync") this.#opened(file, Number(result), String(args[1] ?? "r"), wasThere, isModelled);
    else if (!isModelled) return result;
    else if (name === "writeSync") this.#wroteSync(args, Number(result));
    else if (name === "ftruncateSync") this.#open.get(Number(args[0]))?.content?.resize(Number(args[1]));
    else if (name === "renameSync") this.#names.rename(file, path.relative(this.root, path.resolve(String(args[1]))));
    else if (name === "rmSync") this.#names.remove(file);
    else if (name === "mkdirSync" && !wasThere && file !== "") this.#names.create(file, null);
    else if (name === "copyFileSync" || name === "writeFileSync") this.#replaced(created, args);
    return result;
  }

  #opened(file: string, fd: number, flags: string, wasThere: boolean, isModelled: boolean): void {
    if (isModelled && !wasThere) this.#names.create(file, new UnsyncedFile(Buffer.alloc(0)));
    const content = isModelled ? (this.#names.visible.get(file) ?? null) : null;
    if (wasThere && flags.startsWith("w")) content?.resize(0);
    this.#open.set(fd, { file, content, position: 0 });
  }

  #wroteSync(args: Args, moved: number): void {
    const [fd, data, offset, , at] = args as [number, Uint8Array | string, number?, number?, (number | null)?];
    const bytes = typeof data === "string" ? Buffer.from(data) : data.subarray(offset ?? 0);
    this.#written(fd, bytes.subarray(0, moved), at ?? null);
  }

  #written(fd: number, bytes: Uint8Array, at: number | null): void {
    const known = this.#open.get(fd);
    if (!known) return;
    known.content?.write(at ?? known.position, bytes);
    if (at === null) known.position += bytes.length;
  }

  /** A whole file was written at once, by its name or an open descriptor. */
  #replaced(file: string, args: Args): void {
    if (typeof args[0] === "number") {
      this.#written(args[0], Buffer.from(String(args[1])), null);
      return;
    }
    if (!this.#names.visible.has(file)) this.#names.create(file, new UnsyncedFile(Buffer.alloc(0)));
    const content = this.#names.visible.get(file);
    content?.resize(0);
    content?.write(0, fs.readFileSync(path.join(this.root, file)));
  }
}

function shortened(args: Args): Args {
  const [fd, bytes, offset, length, at] = args as [number, Uint8Array, number?, number?, (number | null)?];
  const asked = length ?? bytes.length - (offset ?? 0);
  return [fd, bytes, offset ?? 0, asked > 1 ? asked >> 1 : asked, at ?? null];
}

/** Calls by what may go wrong with them. */
export const canBe = {
  full: (name: CallName) =>
    SYNCS.has(name) ||
    ["openSync", "write", "writeSync", "writeFileSync", "ftruncateSync"].includes(name) ||
    ["renameSync", "mkdirSync", "copyFileSync"].includes(name),
  outOfFiles: (name: CallName) =>
    ["openSync", "readFileSync", "readdirSync", "copyFileSync", "writeFileSync"].includes(name),
  short: (name: CallName) => ["write", "writeSync", "readSync"].includes(name),
  interrupted: (name: CallName) => ["readSync", "closeSync"].includes(name),
};
