import { closeSync, existsSync, openSync, renameSync, statSync, writeSync } from "node:fs";

const KEPT_FILES = 4;

/** `x.log` becomes `x.1.log`, and so on; the oldest is overwritten. */
function rotate(file: string): void {
  const numbered = (index: number) => (index === 0 ? file : file.replace(/\.log$/, `.${index}.log`));
  for (let index = KEPT_FILES - 2; index >= 0; index--) {
    if (existsSync(numbered(index))) renameSync(numbered(index), numbered(index + 1));
  }
}

/** One process's log file: begun anew at each start, and whenever it reaches its limit; three older ones are kept. */
export class ProcessLog {
  readonly path: string;
  readonly #limitBytes: number;
  #descriptor: number;
  #sizeBytes = 0;
  /** Why the last line could not be written; null while all is well. */
  problem: string | null = null;

  constructor(path: string, limitBytes = 16 * 1024 * 1024) {
    this.path = path;
    this.#limitBytes = limitBytes;
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0) rotate(path);
    this.#descriptor = openSync(path, "w", 0o600);
  }

  /** Never throws: a full disk must not end the process that watches over capture. */
  write(line: string): void {
    const bytes = Buffer.from(`${line}\n`);
    try {
      if (this.#sizeBytes > 0 && this.#sizeBytes + bytes.length > this.#limitBytes) this.#startAnew();
      writeSync(this.#descriptor, bytes);
      this.#sizeBytes += bytes.length;
      this.problem = null;
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
  }

  #startAnew(): void {
    rotate(this.path);
    const next = openSync(this.path, "w", 0o600);
    closeSync(this.#descriptor);
    this.#descriptor = next;
    this.#sizeBytes = 0;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
