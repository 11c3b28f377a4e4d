import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PageSetWriter } from "../../lib/engines/sqlite/apply/page-set-file.ts";
import { runKilledApply } from "./run-killed-apply.ts";

/*
 * Of two entries for a page the one later in its probe chain counts. A dead apply's slot that points at a frame number that
 * later holds another page can stand behind the slot of that page's newest frame: then readers get the older one.
 *
 * Slots are found by page * 383 modulo 8192, so the page whose slot lies two behind another's can be computed.
 */
const PAGE_SIZE = 512;
const ROWS = 9000;
const SLOTS = 8192;
const TWO_SLOTS_ON = (2 * inverseOf(383)) % SLOTS;
const ROUNDS = 3;

function inverseOf(factor: number): number {
  for (let i = 1; i < SLOTS; i++) if ((factor * i) % SLOTS === 1) return i;
  throw new Error("an odd number has an inverse");
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "stale-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A table of one row to a page; answers the page of each row and the file's bytes. */
function makeDatabase(file: string): { image: Buffer; pageOfRow: Map<number, number> } {
  const connection = new DatabaseSync(file);
  connection.exec(`PRAGMA page_size = ${PAGE_SIZE}; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF`);
  connection.exec("CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); BEGIN");
  const insert = connection.prepare("INSERT INTO t VALUES (?, ?)");
  for (let id = 1; id <= ROWS; id++) insert.run(id, `row-${String(id).padStart(5, "0")}-`.padEnd(400, "."));
  connection.exec("COMMIT");
  connection.close();
  const image = readFileSync(file);
  const pageOfRow = new Map<number, number>();
  for (let at = image.indexOf("row-"); at >= 0; at = image.indexOf("row-", at + 1)) {
    pageOfRow.set(Number(image.toString("latin1", at + 4, at + 9)), Math.floor(at / PAGE_SIZE) + 1);
  }
  return { image, pageOfRow };
}

/** In how many of some rounds a row that a stock connection has just changed still reads as before. */
async function staleReads(name: string, dirty: boolean): Promise<number> {
  const file = path.join(folder, `${name}.db`);
  const { image, pageOfRow } = makeDatabase(file);
  const sizeAfterPages = image.length / PAGE_SIZE;
  const app = new DatabaseSync(file);
  app.exec("PRAGMA wal_autocheckpoint = 0; PRAGMA user_version = 1");
  let stale = 0;
  const apply = (page: number, step: string, stage?: string) => {
    const pagesFile = path.join(folder, `${name}.${step}.pages`);
    const provide = () => {
      const set = new PageSetWriter(pagesFile, PAGE_SIZE);
      set.add(page, image.subarray((page - 1) * PAGE_SIZE, page * PAGE_SIZE));
      set.finish();
      return { pagesFile, sizeAfterPages };
    };
    return runKilledApply(file, path.join(folder, `${name}.${step}`), provide, { dirty, ...(stage ? { stage } : {}) });
  };
  for (let round = 1; round <= ROUNDS; round++) {
    const id = round * 100;
    const page = pageOfRow.get(id) ?? 0;
    const behind = ((page + TWO_SLOTS_ON - 1) % SLOTS) + 1;
    expect(behind).toBeLessThan(sizeAfterPages);
    // Both give pages their present content: all that they change is the log and its index.
    expect(await apply(behind, `${round}-dead`, "before header")).toBeNull();
    expect(await apply(page, `${round}-alive`)).toMatchObject({ pages: 2 });
    app.prepare("UPDATE t SET v = ? WHERE id = ?").run("changed".padEnd(400, "."), id);
    const other = new DatabaseSync(file);
    const row = other.prepare("SELECT v FROM t WHERE id = ?").get(id);
    if (!String(row?.v).startsWith("changed")) stale++;
    other.close();
  }
  app.close();
  return stale;
}

describe("a small apply after a larger one that was killed before it published", () => {
  it("leaves no way for readers to an older frame", async () => {
    expect(await staleReads("clean", false)).toBe(0);
  });

  it("would leave one if it did not clear the dead one's entries of the index first", async () => {
    expect(await staleReads("dirty", true)).toBeGreaterThan(0);
  });
});
