import { existsSync, readdirSync } from "node:fs";

/** Names of the files of a log: https://www.postgresql.org/docs/current/wal-internals.html */
export type SegmentName = { timeline: number; segment: number };

const hex8 = (value: number) => value.toString(16).toUpperCase().padStart(8, "0");
const SEGMENT = /^[0-9A-F]{24}$/;
const PARTIAL = /^[0-9A-F]{24}\.partial$/;
const TIMELINE = /^[0-9A-F]{8}\.history$/;

/** The name of a segment: timeline, and its number split at 4 GiB. */
export function segmentName({ timeline, segment }: SegmentName, segmentBytes: number): string {
  const each = 2 ** 32 / segmentBytes;
  return `${hex8(timeline)}${hex8(Math.floor(segment / each))}${hex8(segment % each)}`;
}

/** Reads a segment's name; null when it is none. What follows a dot is left aside. */
export function parseSegmentName(name: string, segmentBytes: number): SegmentName | null {
  const plain = name.slice(0, 24);
  if (!SEGMENT.test(plain)) return null;
  const [timeline = 0, high = 0, low = 0] = [0, 8, 16].map((at) => Number.parseInt(plain.slice(at, at + 8), 16));
  return { timeline, segment: high * (2 ** 32 / segmentBytes) + low };
}

export const isTimelineFile = (name: string) => TIMELINE.test(name);
export const timelineFile = (timeline: number) => `${hex8(timeline)}.history`;

/** Ends the names of received segments that turned out not to be what they were. */
export const DAMAGED = ".damaged";

export type ReceivedFile = SegmentName & { name: string; isPartial: boolean };

/** The segments that lie in a receiver's folder, by position; of one position the older timeline first. */
export function listReceived(directory: string, segmentBytes: number): ReceivedFile[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => SEGMENT.test(name) || PARTIAL.test(name))
    .flatMap((name): ReceivedFile[] => {
      const parsed = parseSegmentName(name, segmentBytes);
      return parsed ? [{ ...parsed, name, isPartial: PARTIAL.test(name) }] : [];
    })
    .sort((a, b) => a.segment - b.segment || a.timeline - b.timeline);
}
