import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Exposure } from "../lib/domain/exposure.ts";
import { startS3 } from "../tests/world/s3-server.ts";
import { damageObjects } from "../tests/world/ship-history.ts";
import { type StartedLastgood, startLastgood } from "../tests/world/start-lastgood.ts";
import { call, LOOKS, picturesFolder, shoot, signedIn, withBrowser } from "./picture-studio.ts";

// Takes the pictures of second copies for docs/pictures: a machine is lost, and another one brings its databases back:
// `node scripts/take-copy-pictures.ts [folder]`. The console must have been built.
const folder = picturesFolder(process.argv[2]);
// Where PostgreSQL's own user can enter.
const outside = mkdtempSync("/tmp/lg-copies-");
chmodSync(outside, 0o711);
const keys = path.join(outside, "copy.keys");
writeFileSync(keys, `${randomBytes(32).toString("base64")}\n`, { mode: 0o600 });
const s3 = await startS3();
const env = {
  LASTGOOD_COPY_BUCKET: s3.settings.bucket,
  LASTGOOD_COPY_ENDPOINT: s3.settings.endpoint ?? "",
  LASTGOOD_COPY_ACCESS_KEY: s3.settings.accessKeyId,
  LASTGOOD_COPY_SECRET_KEY: s3.settings.secretAccessKey,
  LASTGOOD_COPY_KEYS: keys,
};

async function untilShipped(lastgood: StartedLastgood, name: string): Promise<void> {
  while ((await call<Exposure>(lastgood, `/databases/${name}/exposure`)).lost.commits !== 0) await sleep(200);
}

const lost = await startLastgood({ env });
const ids: Record<string, string> = {};
for (const [name, engine] of [
  ["shop", "sqlite"],
  ["billing", "postgres"],
  ["sessions", "sqlite"],
]) {
  ids[name ?? ""] = (await call<{ id: string }>(lost, "/databases", { name, engine })).id;
}
const fill = `CREATE TABLE orders (n INTEGER PRIMARY KEY, pad TEXT); INSERT INTO orders WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL
  SELECT n + 1 FROM n WHERE n < 20000) SELECT n, hex(randomblob(120)) FROM n`;
for (const name of ["shop", "sessions"]) await call(lost, `/databases/${name}/query`, { sql: fill });
for (const name of Object.keys(ids)) await untilShipped(lost, name);
await lost.remove();
await damageObjects(s3, `heads/${ids.sessions}`);

const lastgood = await startLastgood({ env });
try {
  await withBrowser(async (browser) => {
    for (const look of LOOKS) {
      const page = await signedIn(browser, lastgood.url, lastgood.owner, look);
      await page.goto("/storage/second-copy");
      await page.getByText("cannot be brought back").first().waitFor();
      await shoot(page, folder, "second-copy", look);
      await page.getByRole("row").filter({ hasText: "shop" }).getByRole("button", { name: "Bring back…" }).click();
      await page.getByLabel("Name here").fill("shop-of-before");
      await shoot(page, folder, "bring-back", look);
      await page.context().close();
    }
    const { copies } = await call<{ copies: { id: string; name: string | null }[] }>(lastgood, "/copies");
    const idOf = (name: string) => copies.find((one) => one.name === name)?.id ?? "";
    await call(lastgood, `/copies/${idOf("shop")}/bring-back`, {});
    await sleep(4000);
    await call(lastgood, `/copies/${idOf("billing")}/bring-back`, {});
    for (const look of LOOKS) {
      const page = await signedIn(browser, lastgood.url, lastgood.owner, look);
      await page.goto("/storage/second-copy");
      await page.getByText("shop is here").waitFor();
      await page.getByText("cannot be brought back").first().waitFor();
      await shoot(page, folder, "brought-back", look);
      await page.context().close();
    }
  });
} finally {
  await lastgood.remove();
  await s3.stop();
  rmSync(outside, { recursive: true, force: true });
}
