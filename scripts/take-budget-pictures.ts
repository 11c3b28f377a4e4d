import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "@playwright/test";
import type { DiskBudgetsView, DiskBudgetView } from "../lib/client/disk-budget-types.ts";
import { startLastgood } from "../tests/world/start-lastgood.ts";
import { call, LOOKS, picturesFolder, shoot, signedIn, withBrowser } from "./picture-studio.ts";

// Takes the pictures of room on the disk and of an erasure, for docs/pictures from a Lastgood of its own:
// `node scripts/take-budget-pictures.ts [folder]`. The console must have been built.
const TARGET = picturesFolder(process.argv[2]);
const lastgood = await startLastgood();

async function measured(is: (one: DiskBudgetView) => boolean): Promise<DiskBudgetView> {
  for (const untilMs = performance.now() + 90_000; performance.now() < untilMs; await sleep(500)) {
    const [agent] = (await call<DiskBudgetsView>(lastgood, "/disk-budgets")).agents;
    if (agent?.measured && is(agent)) return agent;
  }
  throw new Error("the disk was not measured as the picture shows it");
}

async function setBudget({ agentId, set }: DiskBudgetView, budgetBytes: number): Promise<void> {
  const answer = await fetch(`${lastgood.url}/api/namespaces/${lastgood.namespace}/agents/${agentId}/disk-budget`, {
    method: "PUT",
    headers: { authorization: `Bearer ${lastgood.token}`, "content-type": "application/json" },
    body: JSON.stringify({ budgetBytes, version: set.version }),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}

/** What an erasure would take, asked in the dialog. */
async function takePlan(page: Page, database: string, before: string): Promise<void> {
  await page.goto(`/databases/${database}/policy`);
  await page.getByRole("button", { name: "Erase history…" }).click();
  await page.getByLabel("Everything before").fill(before);
  await page.getByRole("button", { name: "Look what would go" }).click();
  await page.getByText("What would go", { exact: true }).waitFor();
}

async function takeStorage(page: Page): Promise<void> {
  await page.goto("/storage");
  await page.getByText("taken,").waitFor();
  const head = page.getByRole("heading", { name: /^Room on the/ });
  await head.evaluate((heading) => heading.scrollIntoView({ block: "start" }));
}

try {
  await call(lastgood, "/databases", { name: "storefront", engine: "sqlite", sample: true });
  await call(lastgood, "/databases", { name: "ledger", engine: "postgres" });
  await call(lastgood, "/databases/ledger/query", { sql: "CREATE TABLE entries(id int, amount numeric)" });
  await sleep(15_000);
  await call(lastgood, "/databases/storefront/snapshots", { label: "before the campaign" });
  await sleep(6_000);
  const ledgerAt = new Date().toISOString();
  for (let i = 0; i < 12; i++) {
    await call(lastgood, "/databases/ledger/query", { sql: `INSERT INTO entries VALUES (${i}, ${i} * 12.5)` });
  }
  const found = await measured(({ measured }) => (measured?.countedBytes ?? 0) > 1_200_000);
  await setBudget(found, Math.round((found.measured?.countedBytes ?? 0) * 3));
  await measured(({ limits }) => limits.budgetBytes !== null);
  await sleep(1_000);
  await withBrowser(async (browser) => {
    for (const look of LOOKS) {
      const page = await signedIn(browser, lastgood.url, lastgood.owner, look);
      await page.goto("/storage");
      await page.getByText("What gives way when room runs out").click();
      await page.getByText("Never: backups").scrollIntoViewIfNeeded();
      await shoot(page, TARGET, "storage-room", look);
      await takePlan(page, "storefront", "5 seconds ago");
      await shoot(page, TARGET, "erase-plan", look);
      await takePlan(page, "ledger", ledgerAt);
      await shoot(page, TARGET, "erase-plan-cluster", look);
      await page.context().close();
    }
  });
  await call(lastgood, "/databases/storefront/erasures", {
    beforeMs: Date.now() - 5000,
    reason: "a person asked for it",
  });
  const now = await measured(() => true);
  await setBudget(now, Math.round((now.measured?.countedBytes ?? 0) / 0.86));
  await measured((one) => one.measured?.level !== "fine");
  await withBrowser(async (browser) => {
    for (const look of LOOKS) {
      const page = await signedIn(browser, lastgood.url, lastgood.owner, look);
      await takeStorage(page);
      await shoot(page, TARGET, "storage-short", look);
      await page.goto("/databases/storefront/policy");
      await page.getByText("Data that must be gone").scrollIntoViewIfNeeded();
      await page.getByText("announced", { exact: true }).waitFor();
      const last = page.getByRole("button", { name: "Cancel, keep the history" });
      await last.evaluate((button) => button.scrollIntoView({ block: "center" }));
      await shoot(page, TARGET, "erasures", look);
      await page.context().close();
    }
  });
} finally {
  await lastgood.remove();
}
