import { disk } from "../../../storage/disk.ts";
import { writeWhole } from "../../../storage/durable-file.ts";

/** Pages being computed: the first ones in memory, those beyond a limit in a temporary file. */
export class PageWorkspace {
  readonly #pageSize: number;
  readonly #file: string;
  readonly #inMemory: number;
  readonly #slots = new Map<number, number>();
  readonly #contents: Buffer[] = [];
  #fd: number | null = null;

  /** @param memoryBytes how much to keep in memory before the file is used */
  constructor(file: string, pageSize: number, memoryBytes: number) {
    this.#file = file;
    this.#pageSize = pageSize;
    this.#inMemory = Math.max(1, Math.floor(memoryBytes / pageSize));
  }

  pages(): IterableIterator<number> {
    return this.#slots.keys();
  }

  has(page: number): boolean {
    return this.#slots.has(page);
  }

  /** The page's content; what is changed in it counts after `put`. Null for a page that was never put. */
  get(page: number): Buffer | null {
    const slot = this.#slots.get(page);
    if (slot === undefined) return null;
    const held = this.#contents[slot];
    if (held) return held;
    const content = Buffer.alloc(this.#pageSize);
    const at = (slot - this.#inMemory) * this.#pageSize;
    const got = disk.readSync(this.#spill(), content, 0, this.#pageSize, at);
    if (got !== this.#pageSize) throw new Error(`the workspace ${this.#file} ends early`);
    return content;
  }

  /** Keeps `content`, which the caller must not change afterwards except by `get` and `put`. */
  put(page: number, content: Buffer): void {
    const slot = this.#slots.get(page) ?? this.#slots.size;
    this.#slots.set(page, slot);
    if (slot < this.#inMemory) this.#contents[slot] = content;
    else writeWhole(this.#spill(), content, (slot - this.#inMemory) * this.#pageSize);
  }

  close(): void {
    if (this.#fd !== null) disk.closeSync(this.#fd);
    disk.rmSync(this.#file, { force: true });
  }

  #spill(): number {
    this.#fd ??= disk.openSync(this.#file, "w+", 0o600);
    return this.#fd;
  }
}
