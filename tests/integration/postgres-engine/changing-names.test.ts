import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ClusterConnection } from "../../../lib/domain/cluster-connection.ts";
import { checkHost, rulesThatAllow } from "../../../lib/egress-rules.ts";
import { ServerSession } from "../../../lib/engines/postgres/look/server-session.ts";
import { setServerRules } from "../../../lib/engines/postgres/programs/checked-addresses.ts";
import { requirePrograms } from "../../../lib/engines/postgres/programs/find-programs.ts";
import { checkedEnvironment, runProgram } from "../../../lib/engines/postgres/programs/run-program.ts";
import { openSession } from "../../../lib/engines/postgres/receiver/open-session.ts";
import { requireProtectable } from "../../../lib/engines/postgres/receiver/preflight-attached.ts";
import { type NameServer, startNameServer } from "../../world/name-server.ts";

const NAME = "db.example";
const [GOOD, INSIDE] = ["127.0.0.1", "127.0.0.2"];
let names: NameServer;
let good: Server;
let inside: Server;
/** What has come over each connection, by where it came to. */
let came: { to: string; bytes: Buffer }[] = [];
/** What the name is answered with, one question after the other; the last one stays. */
let answers: string[] = [GOOD];

/** Takes a connection, says yes to TLS, and keeps what is said then: a TLS greeting, or a start without TLS. */
async function listen(host: string, port: number): Promise<Server> {
  const server = createServer((socket) => {
    const one = { to: host, bytes: Buffer.alloc(0) };
    came.push(one);
    socket.on("error", () => undefined);
    socket.on("data", (bytes: Buffer) => {
      if (one.bytes.length === 0 && bytes.length === 8) socket.write("S");
      else socket.destroy();
      one.bytes = Buffer.concat([one.bytes, bytes]);
    });
  });
  server.listen(port, host);
  await once(server, "listening");
  return server;
}

beforeAll(async () => {
  good = await listen(GOOD, 0);
  inside = await listen(INSIDE, (good.address() as AddressInfo).port);
  names = await startNameServer(() => [answers.length > 1 ? (answers.shift() ?? "") : (answers[0] ?? "")]);
  setServerRules({ ...rulesThatAllow([GOOD]), resolve: names.resolve });
});
afterEach(() => {
  came = [];
  answers = [GOOD];
});
afterAll(async () => {
  setServerRules(rulesThatAllow([]));
  for (const server of [good, inside]) {
    server.close();
    await once(server, "close");
  }
  await names.stop();
});

const access = (): ClusterConnection => ({
  host: NAME,
  port: (good.address() as AddressInfo).port,
  user: "mirror",
  password: "secret",
  database: "postgres",
  sslMode: "require",
});
const receive = async () => {
  const programs = requirePrograms(process.env.LASTGOOD_POSTGRES ?? null);
  await runProgram({ programs, name: "pg_basebackup", args: ["-D", "/nonexistent/base", "-w"], access: access() });
};
const WAYS: [string, () => Promise<unknown>][] = [
  ["the receiver's sessions", () => openSession(access())],
  ["looking at a server before it is attached", () => requireProtectable(access(), "0".repeat(32))],
  ["the agent's sessions", () => ServerSession.open(access())],
  ["PostgreSQL's own programs", receive],
];

describe.each(WAYS)("%s", (_what, open) => {
  it("go where the name was found to lead, with one question, and ask for a certificate of the name", async () => {
    answers = [GOOD, INSIDE];
    await expect(open()).rejects.toBeInstanceOf(Error);
    expect(came.map(({ to }) => to)).toEqual([GOOD]);
    expect(came[0]?.bytes.toString("latin1")).toContain(NAME);
  });

  it("go nowhere once the name leads to an address that is not allowed", async () => {
    answers = [INSIDE];
    await expect(open()).rejects.toMatchObject({ code: "address_refused" });
    expect(came).toEqual([]);
  });
});

it("the program that receives the log is given the addresses that were checked", async () => {
  expect(await checkedEnvironment(access())).toMatchObject({ PGHOST: NAME, PGHOSTADDR: GOOD, PGSSLMODE: "require" });
});

it("the control: who checks the name and has it looked up again gets inside", async () => {
  answers = [GOOD, INSIDE];
  const { port } = access();
  await expect(checkHost(NAME, "https:", { ...rulesThatAllow([GOOD]), resolve: names.resolve })).resolves.toHaveLength(
    1,
  );
  const socket = connect({
    port,
    host: NAME,
    lookup: (host, _options, answer) => {
      names.resolve(host).then(
        (found) => answer(null, found),
        (error: Error) => answer(error, []),
      );
    },
  });
  socket.write(Buffer.alloc(8));
  await once(socket, "data");
  socket.destroy();
  expect(came.map(({ to }) => to)).toEqual([INSIDE]);
});
