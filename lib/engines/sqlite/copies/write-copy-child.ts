import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as turn } from "node:timers/promises";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { syncDirectory, writeWhole } from "../../../storage/durable-file.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { answerJob } from "../../processes/answer-job.ts";
import { openHistory } from "../history/open-history.ts";
import { checksumsOfImage, openImage, readPages } from "../images/open-image.ts";
import { readBack } from "../read-back.ts";
import { checksumsAt } from "../restore/checksums-at.ts";
import { materialiseEitherWay } from "../restore/materialise-either-way.ts";
import { type CopiedState, digestContent, type WriteCopyQuestion, type WrittenCopy } from "./copy-question.ts";

/**
 * Writes one state, of a history or of an image, as a new hosted database: under another name, each page checked on its way and read back,
 * durable, and only then under its own. A file that is there is never replaced: a process whose agent has died may come
 * late, when the database is being captured already.
 */
await answerJob<WriteCopyQuestion>(async ({ from, draft, file }, report): Promise<WrittenCopy> => {
  const state = stateOf(from);
  if (disk.existsSync(file)) return written(state.checksums(), state.pageSize);
  disk.mkdirSync(path.dirname(draft), { recursive: true, mode: 0o700 });
  const crcs = await state.write(draft, (done, total) => report(done, 2 * total));
  reachPoint("copy.written");
  readBack(draft, state.pageSize, crcs, (pages) => report(crcs.length + pages, 2 * crcs.length));
  openOnce(draft);
  syncFile(draft);
  reachPoint("copy.checked");
  // An agent that died meanwhile is noticed here, before the file gets its name.
  await turn();
  publish(draft, file);
  reachPoint("copy.published");
  return written(crcs, state.pageSize);
});

type State = {
  pageSize: number;
  /** Of all pages, without writing anything. */
  checksums(): Uint32Array;
  /** Writes it to a new file and answers the checksum of each page. */
  write(draft: string, report: (done: number, total: number) => void): Promise<Uint32Array>;
};

function stateOf(from: CopiedState): State {
  if ("imageFile" in from) return stateOfImage(from.imageFile);
  const history = openHistory(from.historyDirectory);
  return {
    pageSize: history.pageSize,
    checksums: () => checksumsAt(history, from.txid),
    write: async (draft, report) => (await materialiseEitherWay(history, from.txid, draft, report)).crcs,
  };
}

function stateOfImage(file: string): State {
  const image = openImage(file);
  return {
    pageSize: image.pageSize,
    checksums: () => checksumsOfImage(file).crcs,
    write: async (draft, report) => {
      const fd = disk.openSync(draft, "wx", 0o600);
      try {
        return readPages(image, (pages, first) => {
          writeWhole(fd, pages, (first - 1) * image.pageSize);
          report(first, image.pageCount);
        });
      } finally {
        disk.closeSync(fd);
      }
    },
  };
}

function written(crcs: Uint32Array, pageSizeBytes: number): WrittenCopy {
  return { pages: crcs.length, pageSizeBytes, contentDigest: digestContent(crcs) };
}

/** That SQLite takes it for a database in WAL mode, with an empty log, which hosted queries need. */
function openOnce(file: string): void {
  const connection = new DatabaseSync(file, { defensive: true });
  try {
    connection.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0");
    const mode = connection.prepare("PRAGMA journal_mode = WAL").get()?.journal_mode;
    if (mode !== "wal") {
      throw new LastgoodError("restore_failed", `SQLite keeps the restored copy in ${String(mode)} mode.`, {
        hint: "Nothing was changed. Keep the agent's log and restore another moment.",
      });
    }
    connection.prepare("SELECT count(*) FROM sqlite_schema").get();
    connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    connection.close();
  }
}

function syncFile(file: string): void {
  const fd = disk.openSync(file, "r+");
  disk.fsyncSync(fd);
  disk.closeSync(fd);
}

/** A hard link refuses to replace anything; where there are none, the name is free as nobody else knows it. */
function publish(draft: string, file: string): void {
  try {
    disk.linkSync(draft, file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code !== "EEXIST" && !/^(EPERM|ENOTSUP|EOPNOTSUPP|ENOSYS)$/.test(code)) throw error;
    if (code !== "EEXIST" && !disk.existsSync(file)) disk.renameSync(draft, file);
  }
  disk.rmSync(draft, { force: true });
  syncDirectory(path.dirname(file));
}
