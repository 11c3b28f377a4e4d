import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { CreatedEnrolmentView } from "../lib/client/agent-types.ts";
import { closeMetadata, metadata } from "../lib/db/client.ts";
import { findFreePort } from "../tests/world/find-free-port.ts";
import { askLastgood } from "../tests/world/run-lastgood.ts";
import { startLastgood } from "../tests/world/start-lastgood.ts";
import { startPostgres } from "../tests/world/start-postgres.ts";
import { call, LOOKS, picturesFolder, shoot, signedIn, withBrowser } from "./picture-studio.ts";

// Takes the pictures of agents for docs/pictures from three machines of its own: `node scripts/take-agent-pictures.ts [folder]`.
// The console must have been built.
const folder = picturesFolder(process.argv[2]);
const server = await startPostgres();
process.env.DATABASE_URL = server.url();
const env = { DATABASE_URL: server.url(), LASTGOOD_SECRET: "a secret of all machines, long enough for it" };
const main = await startLastgood({ env });

async function enrol(region: string): Promise<string> {
  const { token } = await call<CreatedEnrolmentView>(main, "/agents/enrolments", { region });
  const data = path.join(mkdtempSync(path.join(tmpdir(), "agent-")), "data");
  await askLastgood(["enrol", "--console", main.url, "--token", token, "--data", data]);
  return data;
}

const name = (region: string, hostName: string) =>
  metadata().agent.updateMany({ where: { region }, data: { hostName } });

const data = await enrol("office");
const listen = `127.0.0.1:${await findFreePort()}`;
const office = await startLastgood({
  data,
  env: { ...env, LASTGOOD_PROCESSES: "agent", LASTGOOD_AGENT_LISTEN: listen },
  initialised: false,
});
try {
  await call(main, "/databases", { name: "shop", engine: "sqlite" });
  await enrol("eu-west");
  const silent = { aliveAtMs: BigInt(Date.now() - 26 * 60_000), seenAtMs: BigInt(Date.now() - 90 * 60_000_000) };
  const lost = { epoch: 3, socketPath: "/nowhere", version: "0.1.0", protocol: 1, address: "db3.internal:7443" };
  const id = "5f0f3b0a-6c39-4d2c-8a51-8a3a3f8d2c11";
  await metadata().agent.create({ data: { id, region: "eu-central", hostName: "db3", ...silent, ...lost } });
  await Promise.all([name("local", "db1"), name("office", "db2"), name("eu-west", "db4")]);
  await call(main, "/agents/enrolments", { replaces: id });
  await withBrowser(async (browser) => {
    for (const look of LOOKS) {
      const page = await signedIn(browser, main.url, main.owner, look);
      await page.goto("/agents");
      await shoot(page, folder, "agents", look);
      await page.getByRole("button", { name: "Enrol a machine…" }).click();
      await page.getByLabel("Region").fill("berlin");
      await shoot(page, folder, "agents-enrol", look);
      await page.getByRole("button", { name: "Make the command" }).click();
      await page.getByText("Run this on the machine").waitFor();
      await shoot(page, folder, "agents-command", look);
      await page.getByRole("button", { name: "Done" }).click();
      await page.getByRole("button", { name: "Replace…" }).click();
      await shoot(page, folder, "agents-replace", look);
      await page.context().close();
    }
  });
} finally {
  await closeMetadata();
  await office.remove();
  await main.remove();
  await server.remove();
}
