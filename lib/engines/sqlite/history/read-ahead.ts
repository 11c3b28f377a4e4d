import { readUpTo } from "../../../storage/durable-file.ts";

const AHEAD_BYTES = 128 * 1024;

/** A file that is gone through from its begin to its end in small pieces: the system is asked for many of them at once. */
export class ReadAhead {
  readonly #fd: number;
  readonly #end: number;
  #at = 0;
  #piece = Buffer.alloc(0);

  /** @param end the file's size: nothing behind it is read */
  constructor(fd: number, end: number) {
    this.#fd = fd;
    this.#end = end;
  }

  /** Up to so many bytes, fewer only at the end; they are good until the next call. */
  read(bytes: number, at: number): Buffer {
    if (bytes >= AHEAD_BYTES) return readUpTo(this.#fd, bytes, at);
    if (at < this.#at || at + bytes > this.#at + this.#piece.length) {
      this.#piece = readUpTo(this.#fd, Math.min(AHEAD_BYTES, this.#end - at), at);
      this.#at = at;
    }
    return this.#piece.subarray(at - this.#at, at - this.#at + bytes);
  }
}
