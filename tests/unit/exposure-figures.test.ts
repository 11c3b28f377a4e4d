import { hostname } from "node:os";
import { expect, test } from "vitest";
import { ExposureFigures, isOtherMachine } from "../../lib/agent/exposure-figures.ts";
import type { Bookmark } from "../../lib/domain/bookmark.ts";
import type { ProtectedDatabase } from "../../lib/engines/engine.ts";
import { bookmark, capture } from "./exposure-facts.ts";

function open() {
  const followed: string[] = [];
  const figures = new ExposureFigures({
    database: async (id) =>
      id === "gone" ? Promise.reject(new Error("gone")) : ({ id, path: "/nowhere" } as ProtectedDatabase),
    engine: {
      status: async () => capture(),
      follow: async (_db, state: Bookmark) => {
        followed.push(state);
        if (state === bookmark(1)) throw new Error("the history cannot be read");
        return state === bookmark(9) ? null : { txid: 3, nextMs: 77 };
      },
    },
    history: "/nowhere",
  });
  return { figures, followed };
}

test("commits are counted from a state on, which is looked up once", async () => {
  const { figures, followed } = open();
  const ask = () => figures.read([{ databaseId: "a", bookmarks: [bookmark(3), bookmark(8)] }]);
  const [first] = await ask();
  expect(first?.since).toEqual([
    { bookmark: bookmark(3), commits: 5, firstMs: 77 },
    { bookmark: bookmark(8), commits: 0, firstMs: null },
  ]);
  expect(await ask()).toEqual([first]);
  expect(followed).toEqual([bookmark(3)]);
});

test("of a state of another history, or of one that cannot be read, no number is given; a database of others is left out", async () => {
  const { figures } = open();
  const all = await figures.read([
    { databaseId: "a", bookmarks: [bookmark(9), bookmark(1)] },
    { databaseId: "gone", bookmarks: [] },
  ]);
  expect(all.map(({ since }) => since.map(({ commits }) => commits))).toEqual([[null, null]]);
});

test("a server's address tells whether it is another machine", () => {
  const here = ["localhost", "127.0.0.1", "[::1]", hostname()];
  expect(here.filter((host) => isOtherMachine(`postgresql://${host}:5432`))).toEqual([]);
  expect(isOtherMachine("postgresql://198.51.100.7:5432")).toBe(true);
  expect(isOtherMachine("postgresql://db.example.com:5432")).toBe(true);
});
