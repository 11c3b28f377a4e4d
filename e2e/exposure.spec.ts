import { setTimeout as sleep } from "node:timers/promises";
import type { BackupView } from "../lib/client/backup-types.ts";
import type { DrillView } from "../lib/client/drill-types.ts";
import { startS3 } from "../tests/world/s3-server.ts";
import { startLastgood } from "../tests/world/start-lastgood.ts";
import { expect, test } from "./fixtures.ts";

test("the first page leads with what would be lost, and each promise of a restore says whether it is proven", async ({
  browser,
}) => {
  test.setTimeout(180_000);
  // Of its own: the figure is of all databases that there are.
  const [lastgood, s3] = await Promise.all([
    startLastgood({ env: { LASTGOOD_EGRESS_ALLOW: "127.0.0.0/8" } }),
    startS3(),
  ]);
  const context = await browser.newContext({ baseURL: lastgood.url });
  const page = await context.newPage();
  const api = async <Answer>(route: string, body?: unknown, method = body === undefined ? "GET" : "POST") => {
    const answer = await fetch(`${lastgood.url}/api/namespaces/acme${route}`, {
      method,
      headers: { authorization: `Bearer ${lastgood.token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    expect(answer.ok, `${route}: ${answer.status}`).toBe(true);
    return (await answer.json()) as Answer;
  };
  const ended = async <View extends { status: string }>(route: string): Promise<View> => {
    for (;;) {
      const view = await api<View>(route);
      if (view.status !== "queued" && view.status !== "running") return view;
      await sleep(100);
    }
  };
  const backUp = async () => {
    const { id } = await api<BackupView>("/databases/till/backups", {});
    expect((await ended<BackupView>(`/databases/till/backups/${id}`)).status).toBe("completed");
  };
  const query = (sql: string) => api("/databases/till/query", { sql });
  const row = page.getByRole("listitem").filter({ hasText: "till" });
  try {
    await page.goto("/sign-in");
    await page.getByLabel("E-mail").fill(lastgood.owner.email);
    await page.getByLabel("Password").fill(lastgood.owner.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("heading", { name: "Nothing is protected yet." })).toBeVisible();
    await api("/databases", { name: "till", engine: "sqlite" });
    await query("CREATE TABLE sales(id INTEGER PRIMARY KEY)");

    await test.step("without a copy elsewhere it is everything, and says where the only copy is", async () => {
      await page.goto("/");
      await expect(page.getByRole("heading", { level: 1 })).toHaveText(
        "Everything: the only copy lies on this machine's disk.",
      );
      await expect(page.getByText("till has no copy on another machine")).toBeVisible();
      await expect(page.getByRole("heading", { name: "Yes, everything." })).toBeVisible();
      await expect(row.getByText("no copy elsewhere")).toBeVisible();
      await page.goto("/databases/till");
      const panel = page.getByRole("region", { name: "If this machine died now" });
      await expect(panel.getByText("The only copy lies on this machine's disk.")).toBeVisible();
      await expect(panel.getByText("No restore was ever proven.")).toBeVisible();
    });

    await test.step("with a backup in a bucket it is what was written since, counted", async () => {
      const { endpoint, bucket, region, accessKeyId, secretAccessKey } = s3.settings;
      const store = { endpoint, bucket, region, accessKeyId, secretAccessKey, prefix: "", pathStyle: true };
      await api("/store", store, "PUT");
      await backUp();
      await page.goto("/");
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Nothing.");
      for (let i = 0; i < 5; i++) await query("INSERT INTO sales DEFAULT VALUES");
      await expect(page.getByRole("heading", { level: 1 })).toHaveText(/^5 writes of the last \d+ s\.$/);
      await expect(row.getByText(/^5 writes/)).toBeVisible();
      await page.goto("/databases/till");
      await expect(page.getByText(`backup in the bucket ${bucket}, as of`)).toBeVisible();
    });

    await test.step("a drill proves it, wherever a restore is promised", async () => {
      await page.goto("/databases/till/backups");
      await expect(page.getByText("No restore was ever proven.").first()).toBeVisible();
      const { id } = await api<DrillView>("/databases/till/drills", { aims: ["latest"] });
      expect((await ended<DrillView>(`/databases/till/drills/${id}`)).status).toBe("passed");
      await expect(page.getByText(/Last proven restore .* back in/).first()).toBeVisible();
      await page.goto("/");
      await expect(page.getByText(/A restore was measured at/)).toBeVisible();
      await expect(row.getByText(/^back in /)).toBeVisible();
    });

    await test.step("while the agent is away nobody can tell, and what is bounded is said", async () => {
      const pid = lastgood.pidOf("agent");
      if (pid === null) throw new Error("the agent runs");
      process.kill(pid, "SIGSTOP");
      try {
        await expect(page.getByRole("heading", { level: 1 })).toHaveText("Nobody can tell right now.", {
          timeout: 30_000,
        });
      } finally {
        process.kill(pid, "SIGCONT");
      }
      await expect(page.getByRole("heading", { level: 1 })).toHaveText(/^5 writes/, { timeout: 30_000 });
    });

    await test.step("the restore's dialog and its end say what is proven, and how long it takes", async () => {
      const { bookmark } = await api<{ bookmark: string }>("/databases/till/bookmark");
      await query("DELETE FROM sales");
      await page.goto(`/databases/till/backups?bookmark=${bookmark}`);
      await page.getByRole("button", { name: "Restore…" }).locator("visible=true").first().click();
      const dialog = page.getByRole("dialog");
      await expect(dialog.getByText(/Last proven restore .* back in/)).toBeVisible({ timeout: 30_000 });
      await dialog.getByLabel(/Type till/).fill("till");
      await dialog.getByLabel(/Reason/).fill("DELETE without WHERE");
      await dialog.getByRole("button", { name: "Restore till" }).click();
      await expect(page.getByText("Restored and checked")).toBeVisible({ timeout: 60_000 });
      await expect(page.getByText(/Last proven restore .* back in/)).toBeVisible();
    });
  } finally {
    await context.close();
    await lastgood.remove();
    await s3.stop();
  }
});
