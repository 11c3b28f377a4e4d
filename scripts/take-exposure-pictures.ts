import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, Page } from "@playwright/test";
import type { WholeExposure } from "../lib/domain/exposure.ts";
import { startFaultyBucket } from "../tests/world/faulty-bucket.ts";
import { type S3Server, startS3 } from "../tests/world/s3-server.ts";
import { type StartedLastgood, startLastgood } from "../tests/world/start-lastgood.ts";
import { call, LOOKS, picturesFolder, shoot, signedIn, withBrowser } from "./picture-studio.ts";

// Takes the pictures of what would be lost, for docs/pictures from a Lastgood of its own, first without and then with a second
// copy: `node scripts/take-exposure-pictures.ts [folder]`. The console must have been built.
const TARGET = picturesFolder(process.argv[2]);
const folder = mkdtempSync(path.join(tmpdir(), "exposure-pictures-"));
const keys = path.join(folder, "copy.keys");
writeFileSync(keys, `${randomBytes(32).toString("base64")}\n`, { mode: 0o600 });

function copyTo({ settings }: S3Server, endpoint: string): Record<string, string> {
  return {
    LASTGOOD_COPY_BUCKET: settings.bucket,
    LASTGOOD_COPY_ENDPOINT: endpoint,
    LASTGOOD_COPY_ACCESS_KEY: settings.accessKeyId,
    LASTGOOD_COPY_SECRET_KEY: settings.secretAccessKey,
    LASTGOOD_COPY_KEYS: keys,
  };
}

async function until(lastgood: StartedLastgood, isSo: (whole: WholeExposure) => boolean): Promise<void> {
  for (const untilMs = performance.now() + 60_000; performance.now() < untilMs; await sleep(300)) {
    if (isSo(await call<WholeExposure>(lastgood, "/exposure"))) return;
  }
  throw new Error("the exposure did not become what the picture shows");
}

async function each(
  browser: Browser,
  { url, owner }: StartedLastgood,
  take: (page: Page, name: Shooter) => Promise<void>,
) {
  for (const look of LOOKS) {
    const page = await signedIn(browser, url, owner, look);
    await take(page, (name) => shoot(page, TARGET, name, look));
    await page.context().close();
  }
}
type Shooter = (name: string) => Promise<void>;
/** A moment of the sample that there is something after. */
let beforeMs = 0;

async function takeBare(page: Page, take: Shooter): Promise<void> {
  await page.getByRole("heading", { name: /^Everything:/ }).waitFor();
  await take("exposure-bare");
  await page.goto("/databases/storefront");
  await page.getByText("The only copy lies").waitFor();
  await take("exposure-panel-bare");
}

async function takeCopied(page: Page, take: Shooter): Promise<void> {
  await page.getByText("Is everything protected?").waitFor();
  await take("exposure-copied");
  await page.goto("/databases/storefront");
  await page.getByText("second copy elsewhere").waitFor();
  await take("exposure-panel");
  await page.goto("/databases/storefront/backups");
  await page.getByText("Last proven restore").first().waitFor();
  await take("exposure-moment");
  await page.goto(`/databases/storefront/backups?at=${beforeMs}`);
  await page.getByRole("button", { name: "Restore…" }).locator("visible=true").first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Last proven restore").waitFor();
  await dialog.getByLabel(/Reason/).fill("DELETE without WHERE, INC-2291");
  await dialog.getByLabel(/Type storefront/).fill("storefront");
  await take("exposure-restore");
  await dialog.getByRole("button", { name: /^Restore storefront/ }).click();
  await page.getByText("Restored and checked").waitFor({ timeout: 60_000 });
  await take("exposure-done");
}

async function takeBehind(page: Page, take: Shooter): Promise<void> {
  await page.getByText("12 writes").first().waitFor();
  await take("exposure-behind");
  await page.goto("/databases/billing");
  await page.getByText("behind since").waitFor();
  await take("exposure-panel-behind");
}

const s3 = await startS3();
const bucket = await startFaultyBucket(s3.settings.endpoint ?? "");
let lastgood = await startLastgood();
const { data, owner, token } = lastgood;
try {
  await call(lastgood, "/databases", { name: "storefront", engine: "sqlite", sample: true });
  for (const name of ["billing", "identity"]) {
    await call(lastgood, "/databases", { name, engine: "sqlite" });
    for (const sql of ["CREATE TABLE t(a)", "INSERT INTO t VALUES (1)"]) {
      await call(lastgood, `/databases/${name}/query`, { sql });
    }
  }
  await sleep(8_000);
  beforeMs = Date.now() - 3_000;
  await withBrowser((browser) => each(browser, lastgood, takeBare));
  await lastgood.stop();
  lastgood = { ...(await startLastgood({ data, env: copyTo(s3, bucket.endpoint) })), owner, token };
  for (const name of ["storefront", "billing"]) await call(lastgood, `/databases/${name}/drills`, { aims: ["latest"] });
  await until(lastgood, ({ databases, lost }) => {
    const isCopied = databases.every(({ copies }) => copies.length > 0) && lost.kind !== "everything";
    return isCopied && databases.filter(({ proof }) => proof.state === "proven").length === 2;
  });
  await withBrowser((browser) => each(browser, lastgood, takeCopied));
  bucket.fault = "denied";
  for (let i = 0; i < 12; i++) await call(lastgood, "/databases/billing/query", { sql: "INSERT INTO t VALUES (2)" });
  await until(lastgood, ({ databases }) =>
    databases.some(({ copies }) => copies.some(({ behindSinceMs }) => behindSinceMs !== null)),
  );
  await withBrowser((browser) => each(browser, lastgood, takeBehind));
} finally {
  await lastgood.remove();
  await bucket.stop();
  await s3.stop();
  rmSync(folder, { recursive: true, force: true });
}
