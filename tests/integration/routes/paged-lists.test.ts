import { execFile } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { ALL_ROUTES } from "../../../app/api/openapi.json/all-routes.ts";
import { type Operation, operationsOf } from "../../../lib/web/operation.ts";
import { callRoute, findRouteFiles, openRouteWorld, type RouteWorld } from "./open-route-world.ts";
import { PAGED_LISTS, type PagedList } from "./paged-lists.ts";
import { type Walk, walkList } from "./walk-list.ts";

const files = findRouteFiles();
const reads = (
  await Promise.all(Object.values(ALL_ROUTES).map(async (load) => operationsOf(await load()).GET ?? []))
).flat();
let world: RouteWorld;
beforeAll(async () => {
  world = await openRouteWorld();
});
afterAll(() => world.close());

async function read({ pattern, query = "" }: PagedList, params: Record<string, string>, page: string) {
  const handlers = await files.find((file) => file.pattern === pattern)?.load();
  if (!handlers) throw new Error(`there is no ${pattern}`);
  const of = { ns: "acme", db: world.shop, ...params };
  const headers = world.callers.owner[1]?.headers ?? {};
  const answer = await callRoute(handlers, "GET", pattern, of, { query: `?${query}&${page}`, headers });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

describe.each(Object.entries(PAGED_LISTS))("%s", (_, list) => {
  test("is read page by page, each row once, while rows come and go", async () => {
    const params = (await list.params?.(world)) ?? {};
    const walk = await walkList({
      async read(after, limit) {
        const { status, body } = await read(list, params, `limit=${limit}${after === null ? "" : `&after=${after}`}`);
        if (status !== 200) throw new Error(JSON.stringify(body));
        const rows = body[list.rows] as Record<string, string>[];
        return { ids: rows.map((row) => row[list.key ?? "id"] ?? ""), next: body.next as string | null };
      },
      add: (atMs) => list.add(world, BigInt(atMs), params),
      remove: (id) => list.remove(id, world),
    });
    expect(walk).toMatchObject({ twice: [], missed: [] });
    expect(walk.pages).toBeGreaterThanOrEqual(3);
  });

  test("a cursor of nothing or of another list is refused, and so is a page of a size that there is not", async () => {
    const params = (await list.params?.(world)) ?? {};
    const other = PAGED_LISTS[list.rows === "members" ? "listTokens" : "listMembers"];
    if (!other) throw new Error("there is no other list");
    await other.add(world, 1n, {});
    const { next } = (await read(other, {}, "limit=1")).body;
    expect(next).toEqual(expect.any(String));
    for (const page of [
      `after=${String(next)}`,
      "after=",
      "after=x",
      "after=1_2",
      `after=1_${world.shop}`,
      `after=1_${world.shop}_AAAAAAAA`,
      `after=99999999999999999999_${world.shop}_AAAAAAAA`,
      "limit=0",
      "limit=-1",
      "limit=1.5",
      "limit=x",
      `limit=${list.most + 1}`,
    ]) {
      const { status, body } = await read(list, params, page);
      expect([page, status, body.code]).toEqual([page, 400, "invalid_input"]);
    }
    expect((await read(list, params, `limit=${list.most}`)).status).toBe(200);
  });
});

describe("every list", () => {
  /** Reads that hold arrays and have no pages, and why what they hold stays short. */
  const WHOLE: Readonly<Record<string, string>> = {
    listAgents: "the machines of one installation, each of which is asked",
    readApproval: "what each approver has decided on one request",
    listAuditEntries: "has pages: `before` is the number of an entry, and an entry is never taken out",
    readBackup: "the labels that pin one backup",
    listCommits: "as many around one moment as are asked for, at most 1000",
    readDensity: "as many bars as are asked for",
    diffMoments: "the tables of one database",
    diffRows: "has pages: `after` is a key of the table that is compared, and the agent makes it",
    getDrill: "the moments of one drill",
    readMarks: "as many of one stretch as are asked for, at most 500",
    readPolicy: "who may approve",
    readRestore: "the stages and checks of one restore",
    v1ReadRestore: "the checks of one restore",
    readStore: "the stores that older backups of one namespace lie in",
    readSchedule: "the newest 50 runs of one schedule",
    readWindow: "where one history has gaps",
    readIntegration: "the variables of one integration",
    listDiskBudgets: "the machines of one installation",
    readExposure: "what of one database would be lost",
    readWholeExposure: "a sum over all projects, as of one moment",
    getAlarmSettings: "who of one namespace is told, at most twenty",
    listErasures: "the newest 50 of one database, of which one is under way",
    readCopyRestore: "the stages and checks of one restore",
    listCopies: "a bucket's copies, each of whose heads has to be read for the order of the list",
    listRegions: "where agents of this installation run",
  };
  const shapeOf = (schema: unknown) =>
    schema instanceof z.ZodObject ? (schema.shape as Record<string, z.ZodType>) : {};
  const isArray = (schema: z.ZodType) => schema instanceof z.ZodArray;
  const isPaged = ({ query, answers }: Operation) =>
    "next" in shapeOf(answers[200]?.schema) && ["after", "limit"].every((name) => name in shapeOf(query));

  test("of the API has pages, or holds what stays short", () => {
    const lists = reads.filter(({ answers }) => Object.values(shapeOf(answers[200]?.schema)).some(isArray));
    const whole = lists.filter((read) => !isPaged(read)).map(({ id }) => id);
    expect(whole.filter((id) => !(id in WHOLE))).toEqual([]);
    expect(Object.keys(WHOLE).filter((id) => !reads.some((read) => read.id === id))).toEqual([]);
  });

  test("that has pages is walked above", () => {
    const paged = reads.filter(isPaged).map(({ id }) => id);
    expect(paged.filter((id) => !(id in PAGED_LISTS))).toEqual(["diffRows"].filter((id) => paged.includes(id)));
    expect(paged.length).toBeGreaterThan(20);
  });
});

describe("without what makes it so", () => {
  const HERE = import.meta.dirname;
  const PRELOAD = pathToFileURL(path.join(HERE, "../sqlite/rules/break-rule.ts")).href;
  const walkBroken = async (from: string, to: string): Promise<Walk> => {
    const breaks = JSON.stringify([{ file: "lib/services/keyset.ts", from, to }]);
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--import", PRELOAD, path.join(HERE, "run-list-walk.ts")],
      { env: { ...process.env, LASTGOOD_TEST_BREAK: breaks } },
    );
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Walk;
  };

  test("an order that leaves rows of one time undecided, or a cursor that takes them twice, is found", async () => {
    const missed = await walkBroken("[time]: timeMs, [id]:", "[time]: -1n, [id]:");
    expect(missed.missed.length).toBeGreaterThan(0);
    const twice = await walkBroken("[beyond]: rowId", 'not: ""');
    expect(twice.twice.length).toBeGreaterThan(0);
    expect(await walkBroken("export", "export")).toMatchObject({ twice: [], missed: [] });
  });
});
