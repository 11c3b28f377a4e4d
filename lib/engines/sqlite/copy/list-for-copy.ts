import path from "node:path";
import type { CopyListing, CopySource, ListedFile } from "../../../storage/copy/listed-file.ts";
import { FileChanged } from "../../../storage/copy/local-bytes.ts";
import { disk } from "../../../storage/disk.ts";
import { baseChecksumsName, baseName, parseName, segmentName } from "../history/format.ts";
import type { History } from "../history/open-history.ts";
import { OpenSegment } from "../history/open-segment.ts";
import { SealedSegment } from "../history/sealed-segment.ts";
import { asMoment } from "../restore/find-moment.ts";
import { SCHEMA_COOKIE_NAME } from "../restore/schema-cookie.ts";

/**
 * What a history consists of, for its second copy. The mirror is none of it: whoever opens the copy makes it anew from base image and
 * segments. A segment that is open counts up to its last whole block. Sealed segments come before what is behind them.
 */
export function listForCopy(history: History): CopyListing {
  history.refresh();
  const { directory } = history;
  const ends = new Map<string, number>();
  for (const segment of history.allSegments()) if (segment instanceof OpenSegment) ends.set(segment.file, segment.end);
  // An erasure makes the segment that it begins with anew, without what its first commit changed.
  const versions = new Map(
    history
      .allSegments()
      .flatMap((one) =>
        one instanceof SealedSegment ? [[one.file, `${one.header.chainBefore}-${one.trailer.pages}`] as const] : [],
      ),
  );
  const names = disk.readdirSync(directory).sort();
  for (const { file, header } of history.allSegments()) {
    const isThere = names.includes(path.basename(file)) || names.includes(segmentName(header.firstTxid, "sealed"));
    // A pruning or an erasure goes on: base image and segments would be of two different times.
    if (!isThere) throw new FileChanged(`${file} is gone`);
  }
  const base = history.base();
  const files: ListedFile[] = [];
  const cookie = path.join(directory, SCHEMA_COOKIE_NAME);
  if (names.includes(SCHEMA_COOKIE_NAME)) files.push(content(SCHEMA_COOKIE_NAME, disk.readFileSync(cookie)));
  for (const name of names) {
    const parsed = parseName(name);
    const file = path.join(directory, name);
    if (parsed?.what === "sealed") {
      const version = versions.get(file);
      files.push({ path: name, name, kind: "whole", file, group: null, ...(version !== undefined && { version }) });
    }
    const isSealed = parsed?.what === "open" && names.includes(segmentName(parsed.txid, "sealed"));
    const bytes = ends.get(file);
    if (parsed?.what !== "open" || isSealed || bytes === undefined) continue;
    files.push({ path: name, name, kind: "growing", file, bytes, sizeBytes: bytes, isFinal: true });
  }
  for (const name of [baseChecksumsName(base.txid), baseName(base.txid)]) {
    files.push({ path: name, name, kind: "whole", file: path.join(directory, name), group: baseName(base.txid) });
  }
  const newest = history.newest();
  return {
    generation: history.historyTag,
    files,
    newest: { bookmark: history.bookmarkOf(newest), txid: newest.txid, timeMs: newest.timeMs },
    oldest: asMoment(history, history.oldest()),
    isSound: history.knownHoles().length === 0,
    knows: ({ txid, bookmark }) => {
      const commit = history.byTxid(txid);
      return commit && history.bookmarkOf(commit) === bookmark;
    },
  };
}

/** The history in a directory, for its second copy; `open` gives it as it is now. */
export function copySourceOf(directory: string, open: () => History): CopySource {
  return { stamp: () => copyStamp(directory), list: () => listForCopy(open()) };
}

/** Changes with every block, seal and pruning. Null while there is no history. */
function copyStamp(directory: string): string | null {
  const found = disk.statSync(directory, { throwIfNoEntry: false, bigint: true });
  if (!found) return null;
  const open = disk.readdirSync(directory).filter((name) => name.endsWith(".open"));
  const sizes = open.map((name) => disk.statSync(path.join(directory, name), { throwIfNoEntry: false })?.size ?? 0);
  return `${found.mtimeNs} ${sizes.join(" ")}`;
}

const content = (name: string, bytes: Buffer): ListedFile => ({
  path: name,
  name,
  kind: "content",
  content: bytes,
});
