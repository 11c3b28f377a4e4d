import { randomUUID } from "node:crypto";
import type { Page } from "@playwright/test";
import { openMetadata } from "../lib/db/client.ts";
import { runtimePaths } from "../lib/runtime-paths.ts";
import { expect, test } from "./fixtures.ts";

const NS = "/api/namespaces/acme";
const DAY_MS = 86_400_000;

const nextRuns = (page: Page) => page.getByRole("table", { name: "Next five runs" });

test("a schedule is made, edited in words that follow each field, paused, run now and deleted", async ({
  page,
  api,
  signIn,
}) => {
  const post = (path: string, body: object) => api(`${NS}${path}`, { method: "POST", body: JSON.stringify(body) });
  expect((await post("/databases", { name: "timetable", engine: "sqlite" })).status).toBe(201);
  await post("/databases/timetable/query", { sql: "create table t(a); insert into t values(1)" });
  await signIn(page.context());

  await page.goto("/schedules");
  await page.getByRole("link", { name: "New schedule" }).click();
  await page.getByLabel("Database", { exact: true }).selectOption("timetable");
  await page.getByLabel("Name", { exact: true }).fill("Of the timetable");
  await page.getByLabel("Zone", { exact: true }).fill("Europe/Berlin");
  await expect(page.getByText("At 02:30 every day, in Berlin.")).toBeVisible();
  await expect(nextRuns(page).getByRole("row")).toHaveCount(6);
  await page.getByLabel("hour", { exact: true }).fill("25");
  await expect(page.getByText("Hour: 25 does not exist.")).toBeVisible();
  await expect(page.getByLabel("hour", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByRole("button", { name: "Save schedule" })).toBeDisabled();
  await page.getByLabel("hour", { exact: true }).fill("4");
  await page.getByRole("button", { name: "Save schedule" }).click();
  await expect(page.getByRole("heading", { name: "Of the timetable" })).toBeVisible();

  await page.getByRole("button", { name: "Weekdays" }).click();
  await expect(page.getByText("At 02:30 on weekdays, in Berlin.")).toBeVisible();
  const weekdays = await nextRuns(page)
    .getByRole("cell", { name: /^(Mon|Tue|Wed|Thu|Fri) / })
    .count();
  expect(weekdays).toBe(5);
  await page.getByRole("button", { name: "Discard" }).click();
  await expect(page.getByText("At 04:30 every day, in Berlin.")).toBeVisible();
  // A whole expression pasted into any field is spread over all five.
  await page.getByLabel("minute", { exact: true }).fill("15 3 1,15 * *");
  await expect(page.getByText("At 03:15 on the 1st and 15th of the month, in Berlin.")).toBeVisible();
  await page.getByRole("button", { name: "Save schedule" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();

  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByText("paused", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Run now" }).click();
  await expect(page.getByText("A backup has begun.")).toBeVisible();
  await page.getByRole("button", { name: "Let it go on" }).click();
  await expect(page.getByText("active", { exact: true })).toBeVisible();

  await page.goto("/schedules");
  await expect(page.getByRole("row", { name: /Of the timetable/ })).toContainText("At 03:15 on the 1st and 15th");
  await page.getByRole("link", { name: "Of the timetable" }).click();
  await page.getByRole("button", { name: "What else to do about Of the timetable" }).click();
  await page.getByRole("menuitem", { name: "Delete schedule…" }).click();
  await page.getByRole("button", { name: "Delete the schedule" }).click();
  await expect(page).toHaveURL("/schedules");
  await expect(page.getByRole("link", { name: "Of the timetable" })).toHaveCount(0);
});

test("keeping less shows first what that deletes; closing saves nothing", async ({ page, api, lastgood }) => {
  const post = async <T>(path: string, body: object) =>
    (await (await api(`${NS}${path}`, { method: "POST", body: JSON.stringify(body) })).json()) as T;
  const database = await post<{ id: string }>("/databases", { name: "shorter", engine: "sqlite" });
  const schedule = await post<{ id: string }>("/databases/shorter/schedules", {
    name: "Kept",
    cron: "30 2 * * *",
    retentionDays: 30,
  });
  const db = openMetadata({ provider: "sqlite", file: runtimePaths(lastgood.data).metadata });
  const { namespaceId } = await db.database.findUniqueOrThrow({ where: { id: database.id } });
  for (const days of [1, 2, 20, 25]) {
    const createdAtMs = BigInt(Date.now() - days * DAY_MS);
    await db.backup.create({
      data: {
        id: randomUUID(),
        key: `key-${days}`,
        namespaceId,
        databaseId: database.id,
        scheduleId: schedule.id,
        kind: "physical",
        trigger: "scheduled",
        status: "completed",
        sizeBytes: 1_000_000n,
        createdAtMs,
        expiresAtMs: createdAtMs + BigInt(30 * DAY_MS),
      },
    });
  }
  await db.$disconnect();
  // Somebody who has given their password just now: what deletes asks for it otherwise.
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(lastgood.owner.email);
  await page.getByLabel("Password").fill(lastgood.owner.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL("/");
  await page.goto(`/schedules/shorter/${schedule.id}`);
  const days = page.getByLabel("At most", { exact: true });
  await days.fill("7");
  await page.getByRole("button", { name: "Save schedule" }).click();
  const dialog = page.getByRole("dialog", { name: "This deletes 2 backups." });
  await expect(dialog.getByRole("listitem")).toHaveCount(2);
  await expect(dialog).toContainText("2.0 MB become free");
  await dialog.getByRole("button", { name: "Close, nothing is saved" }).click();
  const saved = async () =>
    ((await (await api(`${NS}/databases/shorter/schedules/${schedule.id}`)).json()) as { retentionDays: number })
      .retentionDays;
  expect(await saved()).toBe(30);
  await page.getByRole("button", { name: "Save schedule" }).click();
  await dialog.getByRole("button", { name: "Save, and delete them" }).click();
  await expect(dialog).toBeHidden();
  expect(await saved()).toBe(7);
});
