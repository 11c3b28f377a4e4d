import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { runtimePaths } from "../../../lib/runtime-paths.ts";
import { findLocalAgent, registerAgent } from "../../../lib/services/agents/register-agent.ts";
import { initialise } from "../../../lib/services/initialise.ts";
import { type MetadataWorld, openMetadataWorld } from "../services/open-metadata-world.ts";

let world: MetadataWorld;
let second = "";
let secret = "";
beforeEach(async () => {
  world = await openMetadataWorld();
  second = mkdtempSync(path.join(tmpdir(), "second-"));
  secret = readFileSync(runtimePaths(world.data).secret, "utf8").trim();
});
afterEach(async () => {
  delete process.env.LASTGOOD_SECRET;
  delete process.env.LASTGOOD_PROCESSES;
  process.env.LASTGOOD_DATA = world.data;
  rmSync(second, { recursive: true, force: true });
  await world.close();
});

const as = (data: string, env: Record<string, string> = {}) => {
  delete process.env.LASTGOOD_PROCESSES;
  Object.assign(process.env, { LASTGOOD_DATA: data, ...env });
};
const place = (data: string) => ({ region: "local", socketPath: runtimePaths(data).agentSocket });

describe("a second Lastgood on the same store", () => {
  test("is refused with another secret that nobody chose, and starts with the same one", async () => {
    as(second);
    await expect(initialise()).rejects.toMatchObject({
      code: "conflict",
      details: { hint: expect.stringContaining("LASTGOOD_SECRET") },
    });
    as(second, { LASTGOOD_SECRET: secret });
    expect((await initialise()).warnings).toEqual([]);
  });

  test("may change the secret on purpose, and is told what that means", async () => {
    as(second, { LASTGOOD_SECRET: "another secret, given on purpose" });
    expect((await initialise()).warnings).toEqual([expect.stringContaining("signs in anew")]);
    expect((await initialise()).warnings).toEqual([]);
    delete process.env.LASTGOOD_SECRET;
    as(world.data);
    await expect(initialise()).rejects.toMatchObject({ code: "conflict" });
  });

  test("has an agent of its own, which keeps its id in its data directory", async () => {
    as(world.data);
    const first = await registerAgent(place(world.data));
    as(second, { LASTGOOD_SECRET: secret });
    await initialise();
    const other = await registerAgent(place(second));
    expect(other.agentId).not.toBe(first.agentId);
    expect(await registerAgent(place(second))).toMatchObject({ agentId: other.agentId, epoch: other.epoch + 1 });
    expect((await findLocalAgent(metadata())).id).toBe(other.agentId);
    expect(statSync(path.join(second, "agent-id")).mode & 0o777).toBe(0o600);
    as(world.data);
    expect((await findLocalAgent(metadata())).id).toBe(first.agentId);
  });

  test("that is a console alone makes no agent, and gives its work to the one that started last", async () => {
    as(world.data);
    const first = await registerAgent(place(world.data));
    as(second, { LASTGOOD_SECRET: secret, LASTGOOD_PROCESSES: "console" });
    await initialise();
    expect(await metadata().agent.count()).toBe(1);
    expect((await findLocalAgent(metadata())).id).toBe(first.agentId);
  });
});
