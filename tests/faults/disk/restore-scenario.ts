import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { PageSet } from "../../../lib/engines/sqlite/apply/page-set-file.ts";
import { readIntent, writeIntent } from "../../../lib/engines/sqlite/apply/write-intent.ts";
import { openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { readRegistry, writeRegistry } from "../../../lib/engines/sqlite/registry.ts";
import { materialise } from "../../../lib/engines/sqlite/restore/materialise.ts";
import { PageComputation } from "../../../lib/engines/sqlite/restore/page-computation.ts";
import { PageWorkspace } from "../../../lib/engines/sqlite/restore/page-workspace.ts";
import { RestoreFiles } from "../../../lib/engines/sqlite/restore/restore-files.ts";
import { raiseCookieFloor, readCookieFloor } from "../../../lib/engines/sqlite/restore/schema-cookie.ts";
import type { ScenarioRun } from "./capture-scenario.ts";

const POSITION = { salt1: 1, salt2: 2, frame: 3, sum1: 4, sum2: 5 };

/** Everything that a restore does with files before the live database is touched, and after; each result is compared. */
export async function restoreFilesOnly(run: ScenarioRun): Promise<void> {
  const workRoot = path.join(run.folder, "work");
  mkdirSync(workRoot, { recursive: true });
  const files = new RestoreFiles(workRoot, "restore-1");
  const history = openHistory(run.directory);
  try {
    const toTxid = history.newest().txid - 12;
    const attempt = { version: 1, restoreId: "restore-1", way: "append", toTxid, startTxid: toTxid + 12 } as const;
    files.writeAttempt(attempt);
    await computePages(run, files, toTxid);
    spillPages(run, files);
    const intent = { restoreId: "restore-1", before: POSITION, end: POSITION, schemaCookie: 7, sizeAfterPages: 9 };
    writeIntent(files.intentPath, { version: 1, ...intent });
    if (readIntent(files.intentPath)?.schemaCookie !== 7) throw new Wrong("the intent says something else");
    raiseCookieFloor(run.directory, 7);
    if (readCookieFloor(run.directory) < 7) throw new Wrong("the cookie's floor is lower than what was used");
    materialise(history, toTxid, files.imagePath);
    if (!readFileSync(files.imagePath).equals(stateAt(run, toTxid))) throw new Wrong("the image is another state");
    if (files.readAttempt()?.toTxid !== toTxid) throw new Wrong("the attempt says something else");
    files.forgetAttempt();
    files.removePages();
  } finally {
    history.close();
  }
  register(run);
}

/** Not what a disk did: a result that nobody should have been given. */
export class Wrong extends Error {}

async function computePages(run: ScenarioRun, files: RestoreFiles, toTxid: number): Promise<void> {
  const options = { historyDirectory: run.directory, toTxid, workDirectory: files.directory };
  const computation = new PageComputation(options, () => undefined);
  try {
    await computation.more();
    const { pagesFile } = computation.seal();
    if (pagesFile === null) throw new Wrong("nothing was touched since");
    comparePages(pagesFile, stateAt(run, toTxid));
    if ((await computation.last()).pagesFile !== null) throw new Wrong("something was touched meanwhile");
  } finally {
    computation.close();
  }
}

function comparePages(file: string, state: Buffer): void {
  const set = new PageSet(file);
  try {
    const content = Buffer.alloc(set.pageSize);
    for (const page of set.pages()) {
      set.readInto(page, content, 0);
      const wanted = state.subarray((page - 1) * set.pageSize, page * set.pageSize);
      if (!content.equals(wanted)) throw new Wrong(`page ${page} of the set is not what it was`);
    }
  } finally {
    set.close();
  }
}

/** More pages than fit into memory lie in a file. */
function spillPages(run: ScenarioRun, files: RestoreFiles): void {
  const state = run.log.states.at(-1) ?? Buffer.alloc(0);
  const pages = Array.from({ length: 8 }, (_, i) => state.subarray(i * 1024, (i + 1) * 1024));
  const workspace = new PageWorkspace(path.join(files.directory, "spilled.workspace"), 1024, 2048);
  try {
    for (const [index, content] of pages.entries()) workspace.put(index + 1, content);
    for (const [index, content] of pages.entries()) {
      if (!workspace.get(index + 1)?.equals(content)) throw new Wrong(`page ${index + 1} of the workspace is another`);
    }
  } finally {
    workspace.close();
  }
}

/** The list of protected databases, replaced and read again. */
function register(run: ScenarioRun): void {
  const file = path.join(run.folder, "capture.json");
  const database = { id: "db", path: "/srv/app.db", historyDirectory: run.directory, origin: "attached" } as const;
  writeRegistry(file, { version: 1, databases: [{ ...database, windowDays: 30 }] });
  if (readRegistry(file).databases[0]?.id !== "db") throw new Wrong("the list of databases says something else");
}

function stateAt(run: ScenarioRun, txid: number): Buffer {
  const state = run.log.states[run.told.get(txid) ?? -1];
  if (!state) throw new Wrong(`nobody was told of commit ${txid}`);
  return state;
}
