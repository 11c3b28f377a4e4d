import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { addMember } from "../tests/world/add-member.ts";
import { expect, test } from "./fixtures.ts";

async function signIn(page: Page, { email, password }: { email: string; password: string }): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL("/");
}

test("an owner finds in the audit log who did what, filters it, and takes it along", async ({
  strangerPage: page,
  lastgood,
  api,
}) => {
  const json = (body: unknown) => ({ method: "POST", body: JSON.stringify(body) });
  expect((await api("/api/namespaces/acme/databases", json({ name: "ledger", engine: "sqlite" }))).status).toBe(201);
  const made = await api("/api/namespaces/acme/databases/ledger/query", json({ sql: "create table t(a)" }));
  expect(made.status).toBe(200);
  const labelled = await api("/api/namespaces/acme/databases/ledger/snapshots", json({ label: "before the audit" }));
  expect(labelled.status).toBe(201);

  await signIn(page, lastgood.owner);
  await page.getByRole("link", { name: "Audit log" }).click();
  await expect(page.getByRole("heading", { name: "What was written is still there." })).toBeVisible();
  const entry = page.getByRole("listitem").filter({ hasText: "set a label in ledger" });
  await expect(entry).toBeVisible();
  await entry.locator("summary").click();
  await expect(entry.getByText("before the audit")).toBeVisible();
  await expect(entry.getByText("restore-point.create")).toBeVisible();
  expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);

  await page.getByLabel("Subject").selectOption("Sign-ins and sessions");
  await expect(entry).toHaveCount(0);
  await expect(page.getByRole("listitem").filter({ hasText: "signed in" }).first()).toBeVisible();
  await page.getByLabel("Person or token").fill("nobody of that name");
  await expect(page.getByText("No entry fits.")).toBeVisible();
  await page.getByRole("button", { name: "Show all entries" }).click();
  await expect(entry).toBeVisible();

  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "CSV" }).click();
  expect((await download).suggestedFilename()).toMatch(/^lastgood-audit-.*\.csv$/);
  await page.reload();
  await expect(page.getByText("exported the audit log")).toBeVisible();
});

test("a member reads no audit log", async ({ strangerPage: page, lastgood }) => {
  await signIn(page, await addMember(lastgood.data, lastgood.namespace, "member"));
  await expect(page.getByRole("link", { name: "Audit log" })).toHaveCount(0);
  await page.goto("/audit");
  await expect(page.getByRole("heading", { name: "For owners and admins." })).toBeVisible();
});
