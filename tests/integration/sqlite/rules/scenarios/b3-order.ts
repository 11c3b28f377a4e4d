import { appendCommit } from "../../../../../lib/engines/sqlite/apply/append-commit.ts";
import { lockLog } from "../../../../../lib/engines/sqlite/apply/locked-log.ts";
import { INDEX_HEADER } from "../../../../../lib/engines/sqlite/wal/wal-layout.ts";
import { realDisk, useDisk } from "../../../../../lib/storage/disk.ts";
import { AppliedWorld } from "../applied-world.ts";
import type { Scenario } from "../scenario.ts";

/** What an apply writes and syncs, in its order: `wal`, `sync`, `index`, `copy 2`, `copy 1`. */
function traceApply(file: string): string[] {
  const log = lockLog(file, 5000);
  const { wal, shm } = log.files;
  const trace: string[] = [];
  const nameOf = (fd: number, at: unknown) => {
    if (fd === wal) return "wal";
    if (fd !== shm) return "other";
    return at === INDEX_HEADER ? "copy 2" : at === 0 ? "copy 1" : "index";
  };
  const write = ((fd: number, bytes: Buffer, offset: number, length: number, at: number) => {
    trace.push(nameOf(fd, at));
    return realDisk.writeSync(fd, bytes, offset, length, at);
  }) as typeof realDisk.writeSync;
  const restore = useDisk({
    writeSync: write,
    fdatasyncSync: (fd) => {
      if (fd === wal) trace.push("sync");
      realDisk.fdatasyncSync(fd);
    },
  });
  const readInto = (_: number, target: Buffer, offset: number) => void log.pageOne.copy(target, offset);
  appendCommit(log, { numbers: [1], sizeAfter: log.header.pages, readInto }, () => void trace.push("told"));
  restore();
  log.release();
  return trace;
}

export const scenario: Scenario = async (folder) => {
  const world = new AppliedWorld(folder, "CREATE TABLE t(id INTEGER PRIMARY KEY, v)", "INSERT INTO t VALUES (1, 1)");
  world.app.close();
  // Kept open by nobody else, so that the process that appends holds no other connection to it.
  world.fresh("PRAGMA user_version = 1");
  const trace = traceApply(world.file).join(", ");
  const wanted = "wal, sync, index, told, copy 2, copy 1";
  return trace === wanted ? null : `an apply went ${trace}`;
};
