import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import Cloudflare from "cloudflare";
import { describe, expect, test } from "vitest";
import { callD1 } from "../../world/call-d1.ts";
import type { StartedLastgood } from "../../world/start-lastgood.ts";

/** Calls with the real SDK of Cloudflare, against a whole Lastgood. */
export function sdkScenarios(lastgood: () => StartedLastgood): void {
  const account_id = "acme";
  const sdk = (baseURL = `${lastgood().url}/client/v4`) => new Cloudflare({ apiToken: lastgood().token, baseURL });
  let id = "";

  async function all<T>(pages: AsyncIterable<T>): Promise<T[]> {
    const found: T[] = [];
    for await (const one of pages) found.push(one);
    return found;
  }

  describe("the cloudflare SDK", () => {
    test("makes, gets and lists databases, page by page", async () => {
      const made = await sdk().d1.database.create({ account_id, name: "by-sdk" });
      id = made.uuid ?? "";
      expect(made).toMatchObject({ name: "by-sdk", version: "production", num_tables: 0 });
      expect(await sdk().d1.database.get(id, { account_id })).toMatchObject({ uuid: id, name: "by-sdk" });
      const listed = await all(sdk().d1.database.list({ account_id, per_page: 10 }));
      expect(listed.map(({ name }) => name)).toContain("by-sdk");
      const named = await all(sdk().d1.database.list({ account_id, name: "BY-SDK" }));
      expect(named.map(({ uuid }) => uuid)).toEqual([id]);
    });

    test("queries, with values, as lists, and as a batch of one transaction", async () => {
      const { database } = sdk().d1;
      await all(database.query(id, { account_id, sql: "CREATE TABLE t(id INTEGER PRIMARY KEY, v)" }));
      const batch = [
        { sql: "INSERT INTO t(v) VALUES (?)", params: ["one"] },
        { sql: "INSERT INTO t(v) VALUES (?)", params: ["two"] },
        { sql: "SELECT v FROM t WHERE v <> ?", params: ["one"] },
      ];
      const results = await all(database.query(id, { account_id, batch }));
      expect(results.map((one) => one.results)).toEqual([[], [], [{ v: "two" }]]);
      expect(results[1]?.meta).toMatchObject({ changes: 1, rows_written: 1, last_row_id: 2, changed_db: true });
      const failing = [{ sql: "INSERT INTO t(v) VALUES ('three')" }, { sql: "INSERT INTO nope VALUES (1)" }];
      await expect(all(database.query(id, { account_id, batch: failing }))).rejects.toThrow(/no such table: nope/);
      const [raw] = await all(database.raw(id, { account_id, sql: "SELECT id AS a, v AS a, x'00ff' AS b FROM t" }));
      expect(raw?.results).toEqual({
        columns: ["a", "a", "b"],
        rows: [
          [1, "one", [0, 255]],
          [2, "two", [0, 255]],
        ],
      });
    });

    test("exports by following a signed address", async () => {
      const exported = await sdk().d1.database.export(id, { account_id, output_format: "polling" });
      expect(exported).toMatchObject({ status: "complete", success: true });
      const address = exported.result?.signed_url ?? "";
      expect(await (await fetch(address)).text()).toContain(`INSERT INTO "t"("id","v") VALUES(1,'one');`);
      const forged = await fetch(address.replace(/.$/, (last) => (last === "A" ? "B" : "A")));
      expect(forged.status).toBe(403);
    });

    test("repeats a restore whose answers are cut off, and that does no harm", async () => {
      const { database } = sdk().d1;
      const { bookmark } = await database.timeTravel.getBookmark(id, { account_id });
      await all(database.query(id, { account_id, sql: "DELETE FROM t" }));
      const before = await database.timeTravel.getBookmark(id, { account_id });
      const cutting = await cutAnswers(lastgood().url, 2);
      try {
        const restored = await sdk(`${cutting.url}/client/v4`).d1.database.timeTravel.restore(id, {
          account_id,
          bookmark: bookmark ?? "",
        });
        expect(cutting.posts()).toBe(3);
        expect(restored).toMatchObject({ bookmark, previous_bookmark: before.bookmark });
      } finally {
        cutting.close();
      }
      const { url, token } = lastgood();
      const answer = await fetch(`${url}/api/namespaces/acme/databases/${id}/restores`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(((await answer.json()) as { restores: unknown[] }).restores).toHaveLength(1);
      const [kept] = await all(database.query(id, { account_id, sql: "SELECT count(*) AS n FROM t" }));
      expect(kept?.results).toEqual([{ n: 2 }]);
    });

    test("a restore to where the last one went is a new one once something was written since", async () => {
      const { database } = sdk().d1;
      const { bookmark } = await database.timeTravel.getBookmark(id, { account_id });
      const to = { account_id, bookmark: bookmark ?? "" };
      await all(database.query(id, { account_id, sql: "INSERT INTO t(v) VALUES ('later')" }));
      const first = await database.timeTravel.restore(id, to);
      await all(database.query(id, { account_id, sql: "INSERT INTO t(v) VALUES ('later still')" }));
      const written = await database.timeTravel.getBookmark(id, { account_id });
      const second = await database.timeTravel.restore(id, to);
      expect(second.previous_bookmark).toBe(written.bookmark);
      expect(second.previous_bookmark).not.toBe(first.previous_bookmark);
      const [left] = await all(database.query(id, { account_id, sql: "SELECT count(*) AS n FROM t" }));
      expect(left?.results).toEqual([{ n: 2 }]);
    });

    test("deletes a database, which then is not found", async () => {
      await sdk().d1.database.delete(id, { account_id });
      await expect(sdk().d1.database.get(id, { account_id })).rejects.toMatchObject({ status: 404 });
      const gone = await callD1(lastgood(), `accounts/acme/d1/database/${id}`);
      expect(gone.body.errors[0]?.code).toBe(7404);
    });
  });
}

/** Passes calls on, and cuts the connection in place of the answer to the first POSTs. */
async function cutAnswers(url: string, cuts: number) {
  let posts = 0;
  const server = createServer((incoming, outgoing) => {
    const pass = async () => {
      const answer = await fetch(`${url}${incoming.url}`, {
        method: incoming.method ?? "GET",
        headers: { authorization: incoming.headers.authorization ?? "" },
        ...(incoming.method === "POST" && { body: await bytesOf(incoming) }),
      });
      const text = await answer.text();
      if (incoming.method === "POST" && ++posts <= cuts) return incoming.socket.destroy();
      outgoing.writeHead(answer.status, { "content-type": "application/json" });
      return outgoing.end(text);
    };
    pass().catch((error: Error) => outgoing.destroy(error));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    posts: () => posts,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function bytesOf(incoming: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
