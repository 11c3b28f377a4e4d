/**
 * Bodies of backups: frames of zstd (RFC 8878), each over the same number of bytes, the last one over the rest. One after the other
 * they are what `zstd -d` unpacks; by the list of their sizes any part is found without the rest.
 */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { constants, zstdCompress, zstdDecompress } from "node:zlib";
import { LastgoodError } from "../domain/errors.ts";

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

const FRAME_BYTES = 4 * 1024 * 1024;
const LEVEL = 3;
/** Each holds a frame and what it packs to; the work is done in Node's pool of threads. */
const FRAMES_AT_ONCE = 3;

/** What a packed body is; complete once its last byte was taken. */
export type FramedBody = {
  sizeBytes: number;
  rawBytes: number;
  sha256: string;
  storedSha256: string;
  frameBytes: number;
  frames: number[];
};

/** Packs a body while it is read; `facts` is what came of it, to be asked at its end. */
export function packFrames(
  body: AsyncIterable<Uint8Array>,
  frameBytes = FRAME_BYTES,
): { body: AsyncIterable<Uint8Array>; facts(): FramedBody } {
  const raw = createHash("sha256");
  const stored = createHash("sha256");
  const frames: number[] = [];
  const sizes = { sizeBytes: 0, rawBytes: 0 };
  async function* packed(): AsyncGenerator<Uint8Array> {
    const pieces = measured(inPieces(body, frameBytes), (piece) => {
      raw.update(piece);
      sizes.rawBytes += piece.length;
    });
    const options = { params: { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_checksumFlag]: 1 } };
    for await (const frame of ahead(pieces, (piece) => compress(piece, options))) {
      stored.update(frame);
      frames.push(frame.length);
      sizes.sizeBytes += frame.length;
      yield frame;
    }
  }
  const facts = () => ({
    ...sizes,
    sha256: raw.digest("hex"),
    storedSha256: stored.digest("hex"),
    frameBytes,
    frames,
  });
  return { body: packed(), facts };
}

type Frames = Pick<FramedBody, "rawBytes" | "frameBytes" | "frames">;

/** Where the frames lie that hold `length` bytes from `start` on, and how much of the first one comes before them. */
export function findFrames(
  { frameBytes, frames }: Frames,
  { start, length }: { start: number; length: number },
): { first: number; count: number; stored: { start: number; length: number }; skip: number } {
  const first = Math.floor(start / frameBytes);
  const count = length === 0 ? 0 : Math.floor((start + length - 1) / frameBytes) - first + 1;
  const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);
  return {
    first,
    count,
    stored: { start: sum(frames.slice(0, first)), length: sum(frames.slice(first, first + count)) },
    skip: start - first * frameBytes,
  };
}

/**
 * Unpacks frames in order. Throws `storage_damaged` where they are not what they were when they were packed.
 * @param stored the stored bytes of exactly the frames `first` to `first + count - 1`
 */
export async function* unpackFrames(
  stored: AsyncIterable<Uint8Array>,
  { rawBytes, frameBytes, frames }: Frames,
  { first, count }: { first: number; count: number } = { first: 0, count: frames.length },
): AsyncGenerator<Uint8Array> {
  const sizes = frames.slice(first, first + count);
  let number = first;
  for await (const raw of ahead(cut(stored, sizes), (frame) => unpack(frame, frameBytes))) {
    const wanted = Math.min(frameBytes, rawBytes - number * frameBytes);
    if (raw.length !== wanted) throw damaged(`frame ${number + 1} holds ${raw.length} bytes instead of ${wanted}`);
    number++;
    yield raw;
  }
}

async function unpack(frame: Buffer, frameBytes: number): Promise<Buffer> {
  try {
    return await decompress(frame, { maxOutputLength: frameBytes });
  } catch (error) {
    throw damaged(error instanceof Error ? error.message : String(error));
  }
}

function damaged(cause: string): LastgoodError {
  return new LastgoodError("storage_damaged", `The backup is damaged: ${cause}.`, {
    hint: "Use another backup, and look at the disk or bucket that this one lies on.",
  });
}

/** Works on the next few while the first is being taken, and keeps their order. */
async function* ahead<In, Out>(items: AsyncIterable<In>, work: (item: In) => Promise<Out>): AsyncGenerator<Out> {
  const running: Promise<Out>[] = [];
  for await (const item of items) {
    const done = work(item);
    // Told when its turn comes; until then it is nobody's.
    done.catch(() => undefined);
    running.push(done);
    const oldest = running.length >= FRAMES_AT_ONCE ? running.shift() : undefined;
    if (oldest) yield await oldest;
  }
  for (const done of running) yield await done;
}

async function* measured(pieces: AsyncIterable<Buffer>, count: (piece: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    count(piece);
    yield piece;
  }
}

/** The same bytes in pieces of one size, the last one shorter; each is the taker's own. */
export async function* inPieces(body: AsyncIterable<Uint8Array>, pieceBytes: number): AsyncGenerator<Buffer> {
  yield* cut(body, endless(pieceBytes), true);
}

function* endless(size: number): Generator<number> {
  for (;;) yield size;
}

/** The same bytes in pieces of the sizes given. Throws `storage_damaged` where they do not come out, unless the last may be short. */
async function* cut(
  body: AsyncIterable<Uint8Array>,
  sizes: Iterable<number>,
  endsAnywhere = false,
): AsyncGenerator<Buffer> {
  const wanted = sizes[Symbol.iterator]();
  let size = wanted.next();
  let piece: Buffer | null = null;
  let filled = 0;
  for await (const bytes of body) {
    for (let at = 0; at < bytes.length; ) {
      if (size.done) throw damaged("it is longer than it was");
      piece ??= Buffer.allocUnsafe(size.value);
      const take = Math.min(bytes.length - at, piece.length - filled);
      piece.set(bytes.subarray(at, at + take), filled);
      at += take;
      filled += take;
      if (filled < piece.length) continue;
      yield piece;
      piece = null;
      filled = 0;
      size = wanted.next();
    }
  }
  if (!endsAnywhere && (piece !== null || !size.done)) throw damaged("it is shorter than it was");
  if (piece !== null) yield piece.subarray(0, filled);
}
