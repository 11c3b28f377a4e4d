import path from "node:path";
import { crc32 } from "node:zlib";
import { assert } from "../../../domain/assert.ts";
import { LastgoodError, toWireError } from "../../../domain/errors.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { PageSetWriter } from "../apply/page-set-file.ts";
import { openHistory } from "../history/open-history.ts";
import { contentAt } from "./content-at.ts";
import type { ContentOptions, ContentState, FromContentProcess, ToContentProcess } from "./content-messages.ts";

/** The process that computes the pages of one restore (`content-messages.ts`). */
const { historyDirectory, toTxid, workDirectory }: ContentOptions = JSON.parse(process.argv[2] ?? "{}");
const history = openHistory(historyDirectory);
/** Every page computed so far, with the CRC-32 of its content. */
const crcs = new Map<number, number>();
const inWork = (name: string) => path.join(workDirectory, name);
let writer: PageSetWriter | null = new PageSetWriter(inWork("pages.set"), history.pageSize);
let throughTxid = toTxid;
let highestCookie = 0;
let turn: Promise<void> = Promise.resolve();

process.on("message", (message: ToContentProcess) => {
  turn = turn.then(() => answer(message)).catch(fail);
});
process.on("disconnect", () => process.exit(0));

async function answer(message: ToContentProcess): Promise<void> {
  if (message.ask === "check") {
    const problem = check(message.txid);
    reachPoint("content.checked");
    send({ checked: { problem } });
  } else if (message.ask === "seal") {
    send({ state: stateOf(seal()) });
  } else if (message.ask === "more") {
    assert(writer, "the first page set is not sealed yet");
    await compute(writer);
    send({ state: stateOf(null) });
  } else {
    assert(!writer, "the first page set is sealed");
    writer = new PageSetWriter(inWork("last-pages.set"), history.pageSize);
    await compute(writer);
    send({ state: stateOf(seal()) });
  }
}

async function compute(into: PageSetWriter): Promise<void> {
  const contents = await contentAt(history, {
    toTxid,
    sinceTxid: throughTxid,
    skip: new Set(crcs.keys()),
    workspaceFile: inWork("workspace"),
    report,
  });
  try {
    for (const page of contents.workspace.pages()) {
      const content = contents.workspace.get(page);
      assert(content, "a page of the workspace has a content");
      into.add(page, content);
      crcs.set(page, crc32(content));
    }
  } finally {
    contents.workspace.close();
  }
  reachPoint("content.computed");
  throughTxid = contents.throughTxid;
  highestCookie = Math.max(highestCookie, contents.highestCookie);
}

function seal(): string | null {
  assert(writer, "a page set is being written");
  const { path: file, count } = writer;
  writer.finish();
  reachPoint("content.sealed");
  writer = null;
  return count > 0 ? file : null;
}

function stateOf(pagesFile: string | null): ContentState {
  const target = history.byTxid(toTxid);
  const live = history.byTxid(throughTxid);
  assert(target && live, "both ends of a restore are in the history");
  const { sizeAfter: sizePages } = target;
  const { pageSize } = history;
  return { throughTxid, sizePages, pageSize, livePages: live.sizeAfter, pages: crcs.size, pagesFile, highestCookie };
}

/** Whether a commit's record holds exactly the computed pages; page 1 has counters of its own. Null when it does. */
function check(txid: number): string | null {
  history.refresh();
  const [record] = history.records(txid, txid, "ascending");
  const target = history.byTxid(toTxid);
  if (!record || !target) return "its commit is not in the history";
  if (record.sizeAfter !== target.sizeAfter) return `it has ${record.sizeAfter} pages instead of ${target.sizeAfter}`;
  const missing = new Set(crcs.keys());
  for (const { page, crcAfter } of record.pages) {
    missing.delete(page);
    if (page === 1 || page > record.sizeAfter) continue;
    if (crcs.get(page) !== crcAfter) return `page ${page} is not what it was`;
  }
  return missing.size === 0 ? null : `${missing.size} pages were not written`;
}

let reportedAtMs = 0;
function report(done: number, total: number): void {
  if (done < total && Date.now() - reportedAtMs < 100) return;
  reportedAtMs = Date.now();
  send({ report: { done, total } });
}

function fail(error: unknown): void {
  const known =
    error instanceof LastgoodError
      ? error
      : new LastgoodError("restore_failed", `The pages could not be computed: ${String(error)}`, {}, { cause: error });
  send({ failed: toWireError(known) });
}

function send(message: FromContentProcess): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}
