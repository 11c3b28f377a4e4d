import { setTimeout as sleep } from "node:timers/promises";
import type { Browser } from "@playwright/test";
import { type StartedLastgood, startLastgood } from "../tests/world/start-lastgood.ts";
import { call, LOOKS, picturesFolder, shoot, signedIn, withBrowser } from "./picture-studio.ts";

// Takes the pictures of backups, what can be done with one, and how many are kept, for docs/pictures from a Lastgood of its
// own: `node scripts/take-backup-pictures.ts [folder]`. The console must have been built.
const TARGET = picturesFolder(process.argv[2]);
const LABELS = ["quarter close", "before the big migration", "handed to the auditor"];

type Backup = { id: string; key: string | null; status: string };

async function backUp(lastgood: StartedLastgood, label: string, kind: string): Promise<string> {
  const { id } = await call<Backup>(lastgood, "/databases/storefront/backups", { label, kind });
  for (;;) {
    const backup = await call<Backup>(lastgood, `/databases/storefront/backups/${id}`);
    if (backup.key !== null) return backup.key;
    if (backup.status === "failed") throw new Error(`the backup ${label} failed`);
    await sleep(200);
  }
}

async function takeAll(browser: Browser, { url, owner }: StartedLastgood): Promise<void> {
  for (const look of LOOKS) {
    const page = await signedIn(browser, url, owner, look);
    await page.goto("/databases/storefront/backups");
    const list = page.getByRole("region", { name: "Backups", exact: true });
    await list.getByRole("listitem").first().waitFor();
    await list.scrollIntoViewIfNeeded();
    await shoot(page, TARGET, "backup-list", look);
    await list.getByRole("button", { name: "Back up now…" }).click();
    await shoot(page, TARGET, "back-up", look);
    await page.keyboard.press("Escape");
    await list.getByRole("button", { name: "Retention…" }).click();
    await page.getByRole("dialog").getByLabel("At most").fill("1");
    await page.getByRole("dialog").getByText("would be deleted").waitFor();
    await shoot(page, TARGET, "retention", look);
    await page.keyboard.press("Escape");
    const row = list.getByRole("listitem").filter({ hasText: "big migration" });
    await row.getByRole("button", { name: /^More of the backup/ }).click();
    await page.getByRole("menuitem", { name: "Restore…" }).click();
    await page.getByRole("dialog").getByText("about").first().waitFor();
    await shoot(page, TARGET, "restore-from-backup", look);
    await page.context().close();
  }
}

const lastgood = await startLastgood();
try {
  await call(lastgood, "/databases", { name: "storefront", engine: "sqlite", sample: true });
  await sleep(12_000);
  const keys: string[] = [];
  for (const [index, label] of LABELS.entries()) {
    keys.push(await backUp(lastgood, label, index === 2 ? "portable" : "physical"));
  }
  const { id } = await call<{ id: string }>(lastgood, "/databases/storefront");
  const pinned = await fetch(`${lastgood.url}/v1/projects/${id}/restore-points`, {
    method: "POST",
    headers: { authorization: `Bearer ${lastgood.token}`, "content-type": "application/json" },
    body: JSON.stringify({ label: "Q3", kind: "backup", backup_key: keys[0] }),
  });
  if (!pinned.ok) throw new Error(`${pinned.status} ${await pinned.text()}`);
  await withBrowser((browser) => takeAll(browser, lastgood));
} finally {
  await lastgood.remove();
}
