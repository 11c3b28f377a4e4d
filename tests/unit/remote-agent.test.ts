import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect as connectSecurely } from "node:tls";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AgentClient } from "../../lib/agent/client.ts";
import { connectingOptions, listeningOptions } from "../../lib/agent/network-link.ts";
import { agentKeyOf, PROOF_HEADER, proveConsole } from "../../lib/agent/peer-proof.ts";
import type { AgentAnswers } from "../../lib/agent/private-server.ts";
import { serveRemotely } from "../../lib/agent/remote-server.ts";
import { openWay } from "../world/open-way.ts";

const folder = mkdtempSync(path.join(tmpdir(), "remote-agent-"));
const secret = agentKeyOf("the secret of this installation, long enough");
const log = pino({ level: "silent" });
const agentId = randomUUID();
const key = randomBytes(32);
let slowMs = 0;
let asked: () => void = () => undefined;
const answers = {
  health: async () => {
    asked();
    await new Promise((resolve) => setTimeout(resolve, slowMs));
    return { agent: "ready", keeper: "ready", spare: "ready", reader: "ready", receiver: "ready" };
  },
} as unknown as AgentAnswers;

const open = (id: string, linkKey: Buffer, peers = secret) =>
  serveRemotely({
    ...{ uploadsDirectory: folder, answers, log, key: peers, send: async () => false, agentId: id },
    ...{ linkKey, listen: { host: "127.0.0.1", port: 0 } },
  });
const portOf = async (server: Server) => {
  if (!server.listening) await new Promise((resolve) => server.once("listening", resolve));
  return (server.address() as AddressInfo).port;
};

let door: ReturnType<typeof serveRemotely>;
let port = 0;
beforeAll(async () => {
  door = open(agentId, key);
  port = await portOf(door.server);
});
afterAll(() => {
  door.server.closeAllConnections();
  door.close();
  rmSync(folder, { recursive: true });
});

const place = (over: Partial<{ agentId: string; port: number; key: Buffer }> = {}) => ({
  ...{ agentId, host: "127.0.0.1", port, key },
  ...over,
});
const health = (over = {}, peers = secret, timeoutMs = 20_000) =>
  new AgentClient(place(over), peers).ask("health", {}, timeoutMs);
const cause = (over = {}, peers = secret) =>
  health(over, peers).then(
    () => "answered",
    (error: Error & { code?: string }) => `${error.code}: ${error.message}`,
  );

describe("an agent over the network", () => {
  test("answers a console that has its key and the installation's secret", async () => {
    expect(await health()).toMatchObject({ agent: "ready" });
  });

  test("cannot be spoken to with another key, and a stranger learns no agent's id", async () => {
    const wrongKey = await cause({ key: randomBytes(32) });
    expect(wrongKey).toMatch(/^agent_unavailable: .* does not have this agent's key\./);
    expect(await cause({ agentId: randomUUID() })).toBe(wrongKey);
  });

  test("takes no console with another secret for its own, though it has the key", async () => {
    expect(await cause({}, agentKeyOf("another secret, of somebody else's installation"))).toMatch(
      /^agent_unavailable: The agent does not take this console for its own/,
    );
  });

  test("is not taken for another one: a program with another key in its place is not spoken to, and one with the key but without the secret not believed", async () => {
    const [other, pretender] = [open(agentId, randomBytes(32)), open(agentId, key, randomBytes(32))];
    expect(await cause({ port: await portOf(other.server) })).toMatch(/does not have this agent's key/);
    expect(await cause({ port: await portOf(pretender.server) })).toMatch(/does not take this console/);
    for (const one of [other, pretender]) one.close();
  });

  test("takes no proof that was made for another agent, or for a socket", async () => {
    const call = { method: "POST", target: "/rpc/health" };
    const say = (proof: string) =>
      new Promise<string>((resolve, reject) => {
        const socket = connectSecurely(connectingOptions(place()));
        socket.on("error", reject);
        socket.once("secureConnect", () =>
          socket.write(
            `POST /rpc/health HTTP/1.1\r\nhost: x\r\n${PROOF_HEADER}: ${proof}\r\ncontent-length: 2\r\n\r\n{}`,
          ),
        );
        socket.once("data", (bytes) => resolve(bytes.toString().slice(9, 12)));
      });
    expect(await say(proveConsole(secret, { ...call, audience: agentId }).proof)).toBe("200");
    expect(await say(proveConsole(secret, { ...call, audience: randomUUID() }).proof)).toBe("401");
    expect(await say(proveConsole(secret, call).proof)).toBe("401");
  });

  test("speaks with nobody who has no key: no version, cipher or certificate of the web gets an answer", async () => {
    const ends = [
      {},
      { maxVersion: "TLSv1.2" as const },
      { ciphers: "PSK-AES128-CBC-SHA", maxVersion: "TLSv1.2" as const },
    ];
    for (const options of ends) {
      const said = await new Promise<string>((resolve) => {
        const socket = connectSecurely({ host: "127.0.0.1", port, rejectUnauthorized: false, ...options });
        socket.once("secureConnect", () => resolve("connected"));
        socket.once("error", () => resolve("refused"));
      });
      expect(said).toBe("refused");
    }
    expect(listeningOptions(agentId, key)).not.toHaveProperty("cert");
  });

  test("whose network is cut is unavailable within seconds, before and within a call, with the cause", async () => {
    expect(await cause({ port: 1 })).toMatch(/127\.0\.0\.1:1: nobody listens there/);
    const way = await openWay(port);
    const client = new AgentClient(place({ port: way.port }), secret);
    expect(await client.ask("health", {})).toMatchObject({ agent: "ready" });
    slowMs = 60_000;
    const startedMs = performance.now();
    const waiting = client.ask("health", {}, 120_000).catch((error: Error) => error.message);
    await new Promise<void>((resolve) => {
      asked = resolve;
    });
    way.cut();
    expect(await waiting).toMatch(/it fell silent/);
    slowMs = 0;
    expect(performance.now() - startedMs).toBeLessThan(9000);
    const again = new AgentClient(place({ port: way.port }), secret);
    expect(await again.ask("health", {}).catch((error: Error) => error.message)).toMatch(/no connection within 3 s/);
    way.end();
  }, 30_000);

  test("that takes long is waited for while it is there", async () => {
    slowMs = 4000;
    expect(await health()).toMatchObject({ agent: "ready" });
    slowMs = 0;
  });
});
