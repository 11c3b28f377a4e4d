import { assert } from "../../../domain/assert.ts";
import { damagedPage } from "./damaged-page.ts";
import type { DatabaseState } from "./database-state.ts";
import { type CellPlace, readU32, type TreePage } from "./tree-page.ts";

/** Bytes that lie in pieces. */
export interface Pieces {
  readonly length: number;
  /** The bytes from `at` on that lie together; empty only at the end. */
  piece(at: number): Uint8Array;
}

/** The payload of one cell: what stands in the cell, then page by page what follows in its overflow chain. */
export class Payload implements Pieces {
  readonly length: number;
  readonly overflow: number;
  /** The page of its cell. */
  readonly page: number;
  readonly state: DatabaseState;
  readonly #local: Uint8Array;
  /** Where the last look ended: the chain's page `number`, the `index`th of it. */
  #index = 0;
  #number: number;

  constructor(state: DatabaseState, page: TreePage, place: CellPlace) {
    this.length = place.payloadBytes;
    this.overflow = place.overflow;
    this.page = page.number;
    if (place.payloadBytes > state.pageCount * state.pageSize) throw damagedPage(page.number, "a row is too long");
    this.state = state;
    this.#local = page.bytes.subarray(place.at, place.at + place.localBytes);
    this.#number = place.overflow;
  }

  bytes(from: number, to: number): Uint8Array {
    if (to > this.length) throw damagedPage(this.page, "a value goes on beyond the end of its row");
    return bytesOf(this, from, to);
  }

  piece(at: number): Uint8Array {
    if (at < this.#local.length || at >= this.length) return this.#local.subarray(at);
    const perPage = this.state.usable - 4;
    const index = Math.floor((at - this.#local.length) / perPage);
    const start = this.#local.length + index * perPage;
    return this.#link(index).subarray(4 + at - start, 4 + Math.min(perPage, this.length - start));
  }

  /** The pages of its overflow chain, in their order. */
  *chain(): Generator<number> {
    const count = this.overflow === 0 ? 0 : Math.ceil((this.length - this.#local.length) / (this.state.usable - 4));
    for (let index = 0, number = this.overflow; index < count; index++) {
      yield number;
      if (index + 1 < count) number = readU32(this.state.page(number), 0);
    }
  }

  #link(index: number): Uint8Array {
    if (index < this.#index) {
      this.#index = 0;
      this.#number = this.overflow;
    }
    for (; this.#index < index; this.#index++) this.#number = readU32(this.state.page(this.#number), 0);
    return this.state.page(this.#number);
  }
}

/** Whether both hold the same bytes, without either in memory as a whole. */
export function isSamePayload(one: Payload, other: Payload): boolean {
  return one.length === other.length && isSameStretch(one, 0, other, 0, one.length);
}

/** Whether `length` bytes from `at` of one are those from `otherAt` of the other. */
export function isSameStretch(one: Pieces, at: number, other: Pieces, otherAt: number, length: number): boolean {
  for (let done = 0; done < length; ) {
    const piece = one.piece(at + done);
    const otherPiece = other.piece(otherAt + done);
    const count = Math.min(piece.length, otherPiece.length, length - done);
    if (count === 0 || Buffer.compare(piece.subarray(0, count), otherPiece.subarray(0, count)) !== 0) return false;
    done += count;
  }
  return true;
}

/** Bytes from `from` up to `to`; a copy only where they lie in more than one piece. */
export function bytesOf(pieces: Pieces, from: number, to: number): Uint8Array {
  const here = pieces.piece(from);
  if (to - from <= here.length) return here.subarray(0, to - from);
  const whole = new Uint8Array(to - from);
  for (let at = from; at < to; ) {
    const piece = pieces.piece(at).subarray(0, to - at);
    assert(piece.length > 0, "what is read lies within");
    whole.set(piece, at - from);
    at += piece.length;
  }
  return whole;
}
