import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Random numbers below a bound, the same for the same seed. */
export type RandomSource = (below: number) => number;

export function randomSource(seed: number): RandomSource {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** One way to damage a history: what is written in which files instead; null: the file is gone. */
export type Damage = { what: string; files: ReadonlyMap<string, Buffer | null> };

/** The files of a folder as they are, to damage them and to bring them back. */
export class IntactFolder {
  readonly directory: string;
  readonly files: ReadonlyMap<string, Buffer>;

  constructor(directory: string) {
    this.directory = directory;
    this.files = new Map(readdirSync(directory).map((name) => [name, readFileSync(path.join(directory, name))]));
  }

  names(): string[] {
    return [...this.files.keys()].sort();
  }

  bytes(name: string): Buffer {
    const found = this.files.get(name);
    if (!found) throw new Error(`there is no ${name}`);
    return found;
  }

  /** Runs `look` while the folder is damaged, and mends it. */
  async whileDamaged<T>(damage: Damage, look: () => Promise<T>): Promise<T> {
    for (const [name, content] of damage.files) this.#put(name, content);
    try {
      return await look();
    } finally {
      for (const name of damage.files.keys()) this.#put(name, this.files.get(name) ?? null);
    }
  }

  #put(name: string, content: Buffer | null): void {
    const file = path.join(this.directory, name);
    if (content) writeFileSync(file, content);
    else rmSync(file, { force: true });
  }
}

const only = (what: string, name: string, content: Buffer | null): Damage => ({
  what,
  files: new Map([[name, content]]),
});

export function flipBit(folder: IntactFolder, name: string, at: number, bit: number): Damage {
  const damaged = Buffer.from(folder.bytes(name));
  damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
  return only(`${name}: bit ${bit} of byte ${at} flipped`, name, damaged);
}

/** A bit anywhere: every file is as likely as any other, so that small ones are met as well. */
export function randomFlip(folder: IntactFolder, random: RandomSource): Damage {
  const names = folder.names();
  const name = names[random(names.length)] as string;
  return flipBit(folder, name, random(folder.bytes(name).length), random(8));
}

/** Bits at every so many bytes of every file, beginning with its first byte and ending with its last one. */
export function* flipsEverywhere(folder: IntactFolder, perFile: number, random: RandomSource): Generator<Damage> {
  for (const name of folder.names()) {
    const { length } = folder.bytes(name);
    const step = Math.max(1, Math.floor(length / perFile));
    for (let at = 0; at < length; at += step) yield flipBit(folder, name, at, random(8));
    yield flipBit(folder, name, length - 1, random(8));
  }
}

export function* truncations(folder: IntactFolder, name: string, step: number): Generator<Damage> {
  const whole = folder.bytes(name);
  for (let length = 0; length < whole.length; length += step) {
    yield only(`${name}: cut to ${length} of ${whole.length} bytes`, name, whole.subarray(0, length));
  }
}

/** What disks, people and scripts do to whole files. `foreign`: another history's folder; `older`: this one, earlier. */
export function* exchanges(folder: IntactFolder, foreign: IntactFolder, older: IntactFolder): Generator<Damage> {
  const names = folder.names();
  const segments = names.filter((name) => name.startsWith("segment-"));
  for (const name of names) {
    const whole = folder.bytes(name);
    yield only(`${name}: gone`, name, null);
    yield only(`${name}: bytes behind its end`, name, Buffer.concat([whole, Buffer.from("something else")]));
    const sector = Math.min(whole.length, 512);
    for (const at of [0, Math.floor(whole.length / 2 / sector) * sector]) {
      const zeroed = Buffer.from(whole).fill(0, at, at + sector);
      if (!zeroed.equals(whole)) yield only(`${name}: zeroes from ${at} on`, name, zeroed);
    }
    const other = foreign.files.get(name);
    if (other) yield only(`${name}: another history's`, name, other);
    const earlier = older.files.get(name);
    if (earlier && !earlier.equals(whole)) yield only(`${name}: an older copy`, name, earlier);
  }
  for (const [index, name] of segments.entries()) {
    const next = segments[index + 1];
    if (!next || path.extname(name) !== path.extname(next)) continue;
    const files = new Map([
      [name, folder.bytes(next)],
      [next, folder.bytes(name)],
    ]);
    yield { what: `${name} and ${next}: exchanged`, files };
    yield only(`${next}: a copy of ${name}`, next, folder.bytes(name));
  }
}
