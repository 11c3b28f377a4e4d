import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

const OURS = "http://127.0.0.1:3000";
const ID = "7f".repeat(21);
/** Shaped as React2Shell was (CVE-2025-55182). */
const FLIGHT = `--x\r\nContent-Disposition: form-data; name="0"\r\n\r\n{"then":"$1:__proto__:then","status":"resolved_model","_response":{"_prefix":"process.exit(7)","_formData":{"get":"$1:constructor:constructor"}}}\r\n--x--\r\n`;
const FORM = { "content-type": "multipart/form-data; boundary=x" };

type Hostile = { what: string; method: string; target: string; headers?: Record<string, string>; body?: string };

const post = (what: string, headers: Record<string, string>, body = FLIGHT): Hostile => ({
  what,
  method: "POST",
  target: "/",
  headers: { ...FORM, ...headers },
  body,
});

const HOSTILE: Hostile[] = [
  ...["/%ff", "/databases/%c0%ae", "/%00", "//evil/", "http://evil/", "/a\\b", "/%", "/databases/%ff.rsc"].map(
    (target) => ({ what: `the address ${target}`, method: "GET", target }),
  ),
  ...["TRACE", "PROPFIND", "PURGE"].map((method) => ({ what: method, method, target: "/" })),
  post("a hostile body for a page", {}),
  post("a hostile body with an Origin", { origin: OURS }),
  post("an action of another site", { "next-action": ID, origin: "https://evil.example" }),
  post("an action of no site", { "next-action": ID }),
  post("an action that names no id", { "next-action": "$F1:constructor", origin: OURS }),
  post("a huge action", { "next-action": ID, origin: OURS, "content-length": "1048577" }, ""),
  { what: "an action by GET", method: "GET", target: "/", headers: { "next-action": ID, origin: OURS } },
];

/** Cases 13 and 14: addresses, methods and bodies that a framework has failed on are answered before it sees them. */
export async function attack(folder: string): Promise<string | null> {
  process.env.LASTGOOD_DATA = folder;
  await import("../../../../lib/web/guard-requests.ts");
  let seen = 0;
  // Stands where Next.js does: whatever comes by the guard reaches it.
  const server = createServer((incoming, outgoing) => {
    seen++;
    incoming.resume();
    outgoing.end("seen");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const send = ({ method, target, headers = {}, body }: Hostile) =>
    new Promise<number>((resolve, reject) => {
      const call = request({ host: "127.0.0.1", port, method, path: target, headers, agent: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
        call.destroy();
      });
      call.on("error", reject);
      if (headers["content-length"]) call.flushHeaders();
      else call.end(body);
    });
  try {
    for (const hostile of HOSTILE) {
      const status = await send(hostile);
      if (seen > 0) return `${hostile.what} came by the guard`;
      if (status < 400 || status > 499) return `${hostile.what} was answered ${status}`;
    }
    await send({ what: "a page", method: "GET", target: "/databases" });
    await send(post("an action", { "next-action": ID, origin: `http://127.0.0.1:${port}` }, "[]"));
    return seen === 2 ? null : "our own pages are refused";
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
