/**
 * Bodies of backups: frames of zstd (RFC 8878), each over the same number of bytes, the last one over the rest. One after the other
 * they are what `zstd -d` unpacks; by the list of their sizes any part is found without the rest.
 */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { constants, createZstdCompress, zstdDecompress } from "node:zlib";
import { LastgoodError } from "../domain/errors.ts";

const decompress = promisify(zstdDecompress);

const FRAME_BYTES = 4 * 1024 * 1024;
const LEVEL = 3;
/** Each holds a frame and what it packs to; the work is done in Node's pool of threads. */
const FRAMES_AT_ONCE = 3;
/** What zstd hands over at once. Of the 16 KiB that Node would take, each costs a turn through its threads: four times the work. */
const PACKED_PIECE_BYTES = 256 * 1024;
/** A frame comes out in one piece; a manifest that tells of larger ones gets several. */
const UNPACKED_PIECE_BYTES = FRAME_BYTES + 64;

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
    for await (const frame of ahead(pieces, pack)) {
      let frameSize = 0;
      for (const part of frame) {
        stored.update(part);
        frameSize += part.length;
        yield part;
      }
      frames.push(frameSize);
      sizes.sizeBytes += frameSize;
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

/** The frame in the parts in which it was made: joining them would copy all of it once more. */
function pack(piece: Buffer): Promise<Buffer[]> {
  const params = { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_checksumFlag]: 1 };
  const { promise, resolve, reject } = Promise.withResolvers<Buffer[]>();
  const parts: Buffer[] = [];
  createZstdCompress({ chunkSize: PACKED_PIECE_BYTES, params })
    .on("data", (part: Buffer) => parts.push(part))
    .once("end", () => resolve(parts))
    .once("error", reject)
    .end(piece);
  return promise;
}

async function unpack(frame: Buffer, frameBytes: number): Promise<Buffer> {
  try {
    const chunkSize = Math.min(frameBytes + 64, UNPACKED_PIECE_BYTES);
    return await decompress(frame, { chunkSize, maxOutputLength: frameBytes });
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

/** The same bytes in pieces of one size, the last one shorter. */
async function* inPieces(body: AsyncIterable<Uint8Array>, pieceBytes: number): AsyncGenerator<Buffer> {
  yield* cut(body, endless(pieceBytes), true);
}

function* endless(size: number): Generator<number> {
  for (;;) yield size;
}

/**
 * The same bytes in pieces of the sizes given. Throws `storage_damaged` where they do not come out, unless the last may be short.
 * A piece is the taker's until `FRAMES_AT_ONCE` others have come after it: then its memory is used again, since memory of its own
 * for each costs the kernel as much time as packing it.
 */
async function* cut(
  body: AsyncIterable<Uint8Array>,
  sizes: Iterable<number>,
  endsAnywhere = false,
): AsyncGenerator<Buffer> {
  const wanted = sizes[Symbol.iterator]();
  let size = wanted.next();
  const memory: (Buffer | undefined)[] = [];
  const room = (number: number, bytes: number) => {
    const place = number % (FRAMES_AT_ONCE + 1);
    const known = memory[place];
    const buffer = known && known.length >= bytes ? known : Buffer.allocUnsafeSlow(bytes);
    memory[place] = buffer;
    return buffer.subarray(0, bytes);
  };
  let number = 0;
  let piece: Buffer | null = null;
  let filled = 0;
  for await (const bytes of body) {
    for (let at = 0; at < bytes.length; ) {
      if (size.done) throw damaged("it is longer than it was");
      piece ??= room(number++, size.value);
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
