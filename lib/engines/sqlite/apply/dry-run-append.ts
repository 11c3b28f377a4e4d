import { type ChildProcess, fork } from "node:child_process";
import path from "node:path";
import { childEnvironment } from "../../../child-environment.ts";
import { disk } from "../../../storage/disk.ts";
import type { Run } from "../../engine.ts";
import { frameOffset, readFrameHeader, readIndexHeader } from "../wal/wal-layout.ts";
import { applyPages } from "./apply-pages.ts";
import type { DryRunAnswer, DryRunQuestion } from "./dry-run-child.ts";
import { PageSetWriter } from "./page-set-file.ts";

const CHILD = path.join(import.meta.dirname, "dry-run-child.ts");
const TIMEOUT_MS = 20_000;

/**
 * Proves on a copy that a commit can be appended to this file's log on this machine: stock SQLite makes the copy grow, the
 * change is taken back by appending, and the same connection, a later stock write and `integrity_check` have to agree with it.
 * @param databaseCopyPath a copy in WAL mode that nobody else has open; it is used up. Files are made beside it
 * @returns why appending is not possible here, or null when it is
 */
export async function dryRunAppend(databaseCopyPath: string, run: Run): Promise<string | null> {
  const pagesFile = `${databaseCopyPath}.dry-run-pages`;
  const intentPath = `${databaseCopyPath}.dry-run-intent`;
  run.signal.throwIfAborted();
  const stock = new StockSide();
  const cancel = () => void stock.end();
  run.signal.addEventListener("abort", cancel, { once: true });
  try {
    const grown = await stock.ask({ act: "grow", path: databaseCopyPath });
    if (!("pages" in grown)) throw new Error(causeOf(grown));
    collectOldPages(databaseCopyPath, pagesFile, grown.pages);
    const applied = await applyPages(
      {
        restoreId: "dry-run",
        databasePath: databaseCopyPath,
        intentPath,
        pagesFile,
        cookieFloor: 0,
        lockTimeoutMs: TIMEOUT_MS,
        pagesTimeoutMs: TIMEOUT_MS,
      },
      async () => ({ pagesFile: null, sizeAfterPages: grown.pages }),
      run,
    );
    if (!applied) return "the pages were not taken";
    const checked = await stock.ask({ act: "check", pages: grown.pages, schemaCookie: applied.schemaCookie });
    if (!("wrong" in checked)) throw new Error(causeOf(checked));
    return checked.wrong;
  } catch (error) {
    run.signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  } finally {
    run.signal.removeEventListener("abort", cancel);
    await stock.end();
    for (const file of [pagesFile, intentPath]) disk.rmSync(file, { force: true });
  }
}

function causeOf(answer: DryRunAnswer): string {
  return "failed" in answer ? answer.failed : "the other side gave no sense";
}

/** The content before, from the database file, of each page that the log holds: nothing of it has been backfilled. */
function collectOldPages(databasePath: string, pagesFile: string, pages: number): void {
  const [database, wal, shm] = ["", "-wal", "-shm"].map((suffix) => disk.openSync(databasePath + suffix, "r"));
  if (database === undefined || wal === undefined || shm === undefined) throw new Error("three files were opened");
  try {
    const header = readIndexHeader(shm);
    if (!header) throw new Error("the log's index cannot be read");
    const { pageSize, frames } = header;
    const touched = new Set<number>();
    for (let frame = 1; frame <= frames; frame++) {
      const page = readFrameHeader(wal, frame, pageSize)?.page;
      if (page === undefined) throw new Error(`the log ends before byte ${frameOffset(frame + 1, pageSize)}`);
      if (page <= pages) touched.add(page);
    }
    const set = new PageSetWriter(pagesFile, pageSize);
    const content = Buffer.alloc(pageSize);
    for (const page of touched) {
      if (disk.readSync(database, content, 0, pageSize, (page - 1) * pageSize) !== pageSize)
        throw new Error("the copy ends early");
      set.add(page, content);
    }
    set.finish();
  } finally {
    for (const fd of [database, wal, shm]) disk.closeSync(fd);
  }
}

class StockSide {
  private readonly child: ChildProcess = fork(CHILD, [], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    env: childEnvironment(),
  });
  private readonly exited = new Promise<DryRunAnswer>((resolve) => {
    this.child.once("exit", () => resolve({ failed: "the other side ended early" }));
    this.child.once("error", (error) => resolve({ failed: error.message }));
  });

  ask(question: DryRunQuestion): Promise<DryRunAnswer> {
    const answered = new Promise<DryRunAnswer>((resolve) => {
      this.child.once("message", (answer) => resolve(answer as DryRunAnswer));
    });
    this.child.send(question, () => undefined);
    return Promise.race([answered, this.exited]);
  }

  async end(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.exited;
  }
}
