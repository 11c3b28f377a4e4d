import { expect, test } from "vitest";
import { toActionStatus } from "../../lib/web/action-status.ts";
import { toCell } from "../../lib/web/audit-lines.ts";
import { type RawRequest, refuseRequest } from "../../lib/web/refuse-request.ts";

const OURS = "https://lastgood.example";
const statusOf = (request: Partial<RawRequest>) =>
  refuseRequest({ method: "GET", url: "/", headers: {}, ...request }, OURS)?.status ?? null;
const action = (headers: RawRequest["headers"]) =>
  statusOf({ method: "POST", headers: { host: "10.0.0.5:3000", "next-action": "7f".repeat(21), ...headers } });

test("methods and paths that Next.js fails on are refused before it sees them", () => {
  for (const method of ["TRACE", "PROPFIND", "SEARCH"]) expect(statusOf({ method }), method).toBe(405);
  for (const url of ["/%ff", "/databases/%c0%ae", "/%", "/a%00b", "//evil", "http://evil/", "/a\\b", "*"]) {
    expect(statusOf({ url }), url).toBe(400);
  }
  for (const url of ["/", "/databases/caf%C3%A9", "/?x=%ff", "/api/namespaces/acme", "/_next/static/a.js"]) {
    expect(statusOf({ url }), url).toBeNull();
  }
});

test("pages are only read, routes answer for themselves", () => {
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    expect(statusOf({ method, url: "/sign-in" }), method).toBe(405);
    for (const url of ["/api/health", "/v1/regions", "/client/v4/accounts", "/admin/backup"]) {
      expect(statusOf({ method, url }), `${method} ${url}`).toBeNull();
    }
  }
  expect(statusOf({ method: "HEAD", url: "/sign-in" })).toBeNull();
});

test("a server action is let through from our own pages alone", () => {
  expect(action({ origin: OURS })).toBeNull();
  expect(action({ origin: "http://10.0.0.5:3000" })).toBeNull();
  for (const origin of [
    undefined,
    "",
    "null",
    "https://evil.example",
    "https://lastgood.example.evil",
    "http://lastgood.example",
  ]) {
    expect(action({ origin }), String(origin)).toBe(403);
  }
  expect(action({ origin: OURS, "x-forwarded-host": "evil.example" })).toBeNull();
  expect(action({ origin: "https://evil.example", "x-forwarded-host": "evil.example" })).toBe(403);
});

test("what names no server action, or is too large for one, never reaches it", () => {
  expect(action({ origin: OURS, "next-action": "../x" })).toBe(400);
  expect(action({ origin: OURS, "content-length": "1048577" })).toBe(413);
  expect(statusOf({ headers: { "next-action": "7f".repeat(21), host: "h", origin: OURS } })).toBe(405);
});

test("an action's refusal is the status of its answer, and a call that reached none was malformed", () => {
  expect(toActionStatus(200, { reached: true, status: null })).toBe(200);
  expect(toActionStatus(200, { reached: true, status: 401 })).toBe(401);
  expect(toActionStatus(500, { reached: false, status: null })).toBe(400);
  expect(toActionStatus(500, { reached: true, status: null })).toBe(500);
  expect(toActionStatus(303, { reached: true, status: null })).toBe(303);
});

test("no cell of an export is a formula for a spreadsheet", () => {
  for (const text of ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "|calc", "%0"]) {
    expect(toCell(text).replace(/^"/, ""), text).toMatch(/^'/);
  }
  expect(toCell('a "quoted", text')).toBe('"a ""quoted"", text"');
  expect(toCell("=1\n+2")).toBe(`"'=1\n+2"`);
  expect(toCell("plain")).toBe("plain");
  expect(toCell(null)).toBe("");
});
