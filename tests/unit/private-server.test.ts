import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pino } from "pino";
import { expect, test } from "vitest";
import { type AgentAnswers, servePrivately } from "../../lib/agent/private-server.ts";

test("an agent never closes a connection that rests: a question that is just being sent over it would be lost", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "private-server-"));
  const log = pino({ level: "silent" });
  const server = await servePrivately(
    path.join(folder, "agent.sock"),
    folder,
    {} as AgentAnswers,
    log,
    randomBytes(32),
    async () => false,
  );
  try {
    expect(server.keepAliveTimeout).toBe(0);
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
});
