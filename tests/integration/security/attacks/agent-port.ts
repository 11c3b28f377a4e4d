import { mkdirSync, readdirSync, statSync } from "node:fs";
import { createServer, request } from "node:http";
import path from "node:path";
import pino from "pino";
import { AgentClient } from "../../../../lib/agent/client.ts";
import { agentKeyOf, PROOF_HEADER, proveConsole } from "../../../../lib/agent/peer-proof.ts";
import { type AgentAnswers, servePrivately } from "../../../../lib/agent/private-server.ts";
import { LastgoodError } from "../../../../lib/domain/errors.ts";

const key = agentKeyOf("the secret of this installation, long enough");
const stranger = agentKeyOf("a secret that somebody else has thought of");
const HEALTH = { method: "POST", target: "/rpc/health" };

/** Speaks to a socket as any program can; answers the status. */
function say(socketPath: string, headers: Record<string, string>, { method, target }: typeof HEALTH): Promise<number> {
  return new Promise((resolve, reject) => {
    const send = request({ socketPath, path: target, method, headers, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    send.on("error", reject);
    send.end("{}");
  });
}

/** The agent's private socket answers its console, and nobody else in any way. */
export async function attack(folder: string): Promise<string | null> {
  const [socket, uploads] = [path.join(folder, "agent.sock"), path.join(folder, "uploads")];
  mkdirSync(uploads);
  let calls = 0;
  const asked = (times: number) => calls === times;
  const health = async () => {
    calls++;
    return { agent: "ready", keeper: "ready", spare: "ready", reader: "ready" };
  };
  const server = await servePrivately(
    socket,
    uploads,
    { health } as unknown as AgentAnswers,
    pino({ level: "silent" }),
    key,
  );
  try {
    if ((statSync(socket).mode & 0o777) !== 0o600) return "others may open the socket";
    await new AgentClient(socket, key).ask("health", {});
    if (!asked(1)) return "the console itself is not answered";

    const once = proveConsole(key, HEALTH).proof;
    if ((await say(socket, { [PROOF_HEADER]: once }, HEALTH)) !== 200) return "a proof does not count";
    const [time = "", nonce = "", mac = ""] = once.split(".");
    const tries: Record<string, Record<string, string>> = {
      "no proof": {},
      "an empty proof": { [PROOF_HEADER]: "" },
      "another secret's proof": { [PROOF_HEADER]: proveConsole(stranger, HEALTH).proof },
      "a proof that was used": { [PROOF_HEADER]: once },
      "another question's proof": { [PROOF_HEADER]: proveConsole(key, { ...HEALTH, target: "/rpc/query" }).proof },
      "another method's proof": { [PROOF_HEADER]: proveConsole(key, { ...HEALTH, method: "PUT" }).proof },
      "another agent's proof": { [PROOF_HEADER]: proveConsole(key, { ...HEALTH, audience: "another" }).proof },
      "a proof of another moment": { [PROOF_HEADER]: `${Number(time) + 1}.${nonce}.${mac}` },
      "a proof whose nonce was changed": { [PROOF_HEADER]: `${time}.${"0".repeat(32)}.${mac}` },
      "a bearer token": { authorization: "Bearer lg_x" },
    };
    for (const [what, headers] of Object.entries(tries)) {
      const status = await say(socket, headers, HEALTH);
      if (status !== 401) return `${what} was answered ${status}`;
    }
    const old = proveLongAgo();
    if ((await say(socket, { [PROOF_HEADER]: old }, HEALTH)) !== 401) return "a proof of long ago counts";
    const upload = "/uploads/7adb0af3-4451-43df-b05e-bd0b949cf95d";
    if ((await say(socket, {}, { method: "PUT", target: upload })) !== 401) return "anybody may upload";
    if (readdirSync(uploads).length > 0) return "a stranger's upload was kept";
    if (!asked(2)) return "a stranger's question reached the engine";
  } finally {
    server.close();
    server.closeAllConnections();
  }
  return pretendToBeTheAgent(path.join(folder, "fake.sock"));
}

function proveLongAgo(): string {
  const now = Date.now;
  Date.now = () => now() - 10 * 60_000;
  try {
    return proveConsole(key, HEALTH).proof;
  } finally {
    Date.now = now;
  }
}

/** A console that is led to somebody else's socket believes nothing of it. */
async function pretendToBeTheAgent(socket: string): Promise<string | null> {
  const fake = createServer((incoming, outgoing) => {
    incoming.resume();
    outgoing.setHeader(PROOF_HEADER, "0".repeat(64));
    outgoing.end('{"ok":true,"result":{"agent":"ready"}}');
  });
  await new Promise<void>((resolve) => fake.listen(socket, resolve));
  try {
    await new AgentClient(socket, key).ask("health", {});
    return "a program that is not the agent was believed";
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "agent_unavailable") return null;
    throw error;
  } finally {
    fake.close();
    fake.closeAllConnections();
  }
}
