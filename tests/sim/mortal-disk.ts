import { AsyncLocalStorage } from "node:async_hooks";
import { realDisk, useDisk } from "../../lib/storage/disk.ts";
import type { Random } from "./random.ts";

/** Thrown by every call to the disk that a dead incarnation still makes. */
export class Died extends Error {}

/** Calls whose effect a dying process may or may not have had. */
const EITHER = new Set(["renameSync", "rmSync", "ftruncateSync", "copyFileSync", "writeFileSync", "mkdirSync"]);

/**
 * One life of a part of the engine within this process. It ends at a given call to the disk, as a process does that is killed
 * there: that call may have happened, or half of it, and none after it does anything. Its memory is then dropped.
 */
export class Life {
  calls = 0;
  dead = false;
  readonly #random: Random;
  readonly #open = new Set<number>();
  #underWay = 0;
  #diesAt = Number.POSITIVE_INFINITY;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Dies at the call to the disk after so many more. */
  dieAfter(calls: number): void {
    this.#diesAt = this.calls + calls;
  }

  die(): void {
    this.dead = true;
  }

  run<T>(work: () => T): T {
    return lives.run(this, work);
  }

  /** Closes what the dead one had open, once the calls that were under way have returned. */
  async bury(): Promise<void> {
    this.dead = true;
    while (this.#underWay > 0) await new Promise((resolve) => setImmediate(resolve));
    for (const fd of [...this.#open]) {
      realDisk.closeSync(fd);
      this.forget(fd);
    }
  }

  /** Runs one call to the disk, or half of it, or not at all. */
  call(name: string, real: (...args: never[]) => unknown, args: unknown[]): unknown {
    const act = real as (...args: unknown[]) => unknown;
    // What is open is closed with the process; its own code must not stumble over that.
    if (this.dead && name === "closeSync") return undefined;
    if (this.dead) throw new Died(name);
    if (this.calls++ >= this.#diesAt) {
      this.dead = true;
      this.#lastCall(name, act, args);
      throw new Died(name);
    }
    const result = act(...args);
    if (name === "openSync") this.#own(result as number);
    if (name === "closeSync") owners.get(args[0] as number)?.forget(args[0] as number);
    return result instanceof Promise ? this.#watch(result) : result;
  }

  /** The file was closed without this life's doing. */
  forget(fd: number): void {
    this.#open.delete(fd);
    owners.delete(fd);
  }

  async #watch(result: Promise<unknown>): Promise<unknown> {
    this.#underWay++;
    try {
      return await result;
    } finally {
      this.#underWay--;
    }
  }

  #own(fd: number): void {
    owners.get(fd)?.forget(fd);
    owners.set(fd, this);
    this.#open.add(fd);
  }

  #lastCall(name: string, act: (...args: unknown[]) => unknown, args: unknown[]): void {
    if (EITHER.has(name) && this.#random.chance(0.5)) act(...args);
    const [fd, bytes, offset, length, at] = args;
    if (name === "writeSync" && typeof length === "number") act(fd, bytes, offset, this.#random.below(length + 1), at);
  }
}

const lives = new AsyncLocalStorage<Life>();
/** Whose open files are which. */
const owners = new Map<number, Life>();

/** Gives this process a disk on which each life's calls are counted; what belongs to no life reaches the real one. */
export function useMortalDisk(): () => void {
  const calls = Object.entries(realDisk).map(([name, real]) => {
    const call = (...args: never[]) => {
      const life = lives.getStore();
      if (life) return life.call(name, real as never, args);
      const result = (real as (...args: never[]) => unknown)(...args);
      const fd = name === "closeSync" ? args[0] : name === "openSync" ? result : null;
      if (typeof fd === "number") owners.get(fd)?.forget(fd);
      return result;
    };
    return [name, call];
  });
  return useDisk(Object.fromEntries(calls));
}
