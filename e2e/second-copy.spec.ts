import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { FileHistory } from "../tests/world/file-history.ts";
import { startS3 } from "../tests/world/s3-server.ts";
import { damageObjects, shipHistory } from "../tests/world/ship-history.ts";
import { startLastgood } from "../tests/world/start-lastgood.ts";
import { expect, test } from "./fixtures.ts";

test("after the machine was lost its databases are seen in the bucket, and brought back from there", async ({
  browser,
}) => {
  test.setTimeout(180_000);
  const folder = mkdtempSync(path.join(tmpdir(), "bucket-"));
  const keys = path.join(folder, "copy.keys");
  const key = randomBytes(32).toString("base64");
  writeFileSync(keys, `${key}\n`);
  const s3 = await startS3();
  const history = new FileHistory();
  history.commit("CREATE TABLE sales (id integer PRIMARY KEY, body text)");
  history.insert("sales", 40);
  await history.flush();
  const { directory } = history.made;
  const lost = randomUUID();
  await shipHistory(s3, key, directory, { id: lost, name: "till" });
  await shipHistory(s3, key, directory, { id: randomUUID(), name: "ledger" });
  const broken = randomUUID();
  await shipHistory(s3, key, directory, { id: broken, name: "archive" });
  await damageObjects(s3, `files/${broken}`);
  const lastgood = await startLastgood({
    env: {
      LASTGOOD_COPY_BUCKET: s3.settings.bucket,
      LASTGOOD_COPY_ENDPOINT: s3.settings.endpoint ?? "",
      LASTGOOD_COPY_ACCESS_KEY: s3.settings.accessKeyId,
      LASTGOOD_COPY_SECRET_KEY: s3.settings.secretAccessKey,
      LASTGOOD_COPY_KEYS: keys,
    },
  });
  const context = await browser.newContext({ baseURL: lastgood.url });
  const page = await context.newPage();
  const row = (name: string) => page.getByRole("row").filter({ hasText: name });
  const dialog = page.getByRole("dialog");
  try {
    await page.goto("/sign-in");
    await page.getByLabel("E-mail").fill(lastgood.owner.email);
    await page.getByLabel("Password").fill(lastgood.owner.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL("/");

    await test.step("the page of storage leads to what the bucket holds", async () => {
      await page.goto("/storage");
      await page.getByRole("link", { name: "What the bucket holds" }).click();
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("3 databases in the bucket are not here");
      await expect(row("till").getByText("not here")).toBeVisible();
      // Not even its name can be read.
      await expect(
        row("cannot be brought back")
          .getByText(/neither heads\/.* can be read/)
          .first(),
      ).toBeVisible();
    });

    await test.step("the newest commit is proposed, and a moment that the copy does not hold is refused", async () => {
      await row("till").getByRole("button", { name: "Bring back…" }).click();
      await expect(dialog.getByText("Newest commit", { exact: true })).toBeVisible();
      await dialog.getByLabel("Moment").fill("2001-01-01 10:00");
      await expect(dialog.getByText(/^The copy is complete up to/)).toBeVisible();
      await expect(dialog.getByRole("button", { name: "Bring it back" })).toBeDisabled();
      await dialog.getByLabel("Moment").fill("");
    });

    await test.step("it comes back under its name, and opens", async () => {
      await dialog.getByRole("button", { name: "Bring it back" }).click();
      const back = page.getByRole("region", { name: "Brought back" });
      await expect(back.getByText("till is here")).toBeVisible({ timeout: 60_000 });
      await expect(row("till").getByText("brought back")).toBeVisible({ timeout: 60_000 });
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("2 databases in the bucket are not here");
      await back.getByRole("link", { name: "open it" }).click();
      await expect(page).toHaveURL("/databases/till");
      await expect(page.getByRole("heading", { name: "till" }).first()).toBeVisible();
      const answer = await fetch(`${lastgood.url}/api/namespaces/acme/databases/till/query`, {
        method: "POST",
        headers: { authorization: `Bearer ${lastgood.token}`, "content-type": "application/json" },
        body: JSON.stringify({ sql: "SELECT count(*) AS n FROM sales" }),
      });
      expect(await answer.json()).toMatchObject([{ results: [{ n: 40 }] }]);
    });

    await test.step("a copy that turns out to be damaged ends with the object's name, and leaves nothing", async () => {
      const ledger = `files/${await copyIdOf("ledger")}/piece`;
      await damageObjects(s3, ledger);
      await page.goto("/storage/second-copy");
      await row("ledger").getByRole("button", { name: "Bring back…" }).click();
      await dialog.getByRole("button", { name: "Bring it back" }).click();
      const back = page.getByRole("region", { name: "Brought back" });
      await expect(back.getByText("ledger could not be brought back")).toBeVisible({ timeout: 60_000 });
      await expect(back.getByText(ledger)).toBeVisible();
      await page.goto("/databases");
      await expect(page.getByText("ledger")).toHaveCount(0);
    });
  } finally {
    await context.close();
    await lastgood.remove();
    await history.remove();
    await s3.stop();
    rmSync(folder, { recursive: true });
  }

  async function copyIdOf(name: string): Promise<string> {
    const answer = await fetch(`${lastgood.url}/api/namespaces/acme/copies`, {
      headers: { authorization: `Bearer ${lastgood.token}` },
    });
    const { copies } = (await answer.json()) as { copies: { id: string; name: string | null }[] };
    return copies.find((one) => one.name === name)?.id ?? "";
  }
});
