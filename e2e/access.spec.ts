import type { Page } from "@playwright/test";
import type { Role } from "../lib/domain/actions.ts";
import { addMember } from "../tests/world/add-member.ts";
import type { StartedLastgood } from "../tests/world/start-lastgood.ts";
import { expect, test } from "./fixtures.ts";

async function signInAs(page: Page, lastgood: StartedLastgood, role: Role): Promise<void> {
  const { email, password } = await addMember(lastgood.data, lastgood.namespace, role);
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL("/");
}

async function hostDatabase(api: (path: string, init?: RequestInit) => Promise<Response>, name: string): Promise<void> {
  const answer = await api("/api/namespaces/acme/databases", {
    method: "POST",
    body: JSON.stringify({ name, engine: "sqlite" }),
  });
  expect(answer.status).toBe(201);
}

test("a stranger is sent to the sign-in page and learns nothing", async ({ strangerPage, lastgood, api }) => {
  await hostDatabase(api, "for-strangers");
  for (const where of [
    "/",
    "/databases",
    "/databases/for-strangers",
    "/databases/for-strangers/backups",
    "/databases/new",
  ]) {
    await strangerPage.goto(where);
    await expect(strangerPage).toHaveURL(/\/sign-in/);
    // The address that somebody came with leads back to it; nothing else is said of it.
    expect(await strangerPage.getByText("for-strangers").count()).toBe(0);
  }
  const answers = await Promise.all(
    ["", "/for-strangers", "/for-strangers/window", "/for-strangers/snapshots"].map((route) =>
      fetch(`${lastgood.url}/api/namespaces/acme/databases${route}`),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
});

test("a wrong password is refused without saying which part was wrong", async ({ strangerPage, lastgood }) => {
  await strangerPage.goto("/sign-in");
  await strangerPage.getByLabel("E-mail").fill(lastgood.owner.email);
  await strangerPage.getByLabel("Password").fill("not the password");
  await strangerPage.getByRole("button", { name: "Sign in" }).click();
  const refusal = strangerPage.getByRole("alert").filter({ hasText: "E-mail or password is wrong." });
  await expect(refusal).toBeVisible();
  const known = await refusal.textContent();
  await strangerPage.getByLabel("E-mail").fill("nobody@example.com");
  await strangerPage.getByLabel("Password").fill("not the password");
  const answered = strangerPage.waitForResponse((response) => response.request().method() === "POST");
  await strangerPage.getByRole("button", { name: "Sign in" }).click();
  await answered;
  await expect(refusal).toHaveText(known ?? "");
  await expect(strangerPage).toHaveURL(/\/sign-in/);
});

test("a viewer looks, but every button that changes something says why it may not", async ({
  strangerPage: page,
  lastgood,
  api,
}) => {
  await hostDatabase(api, "for-viewers");
  await signInAs(page, lastgood, "viewer");
  await page.goto("/databases/for-viewers/backups");
  await expect(page.getByRole("heading", { name: "Recovery window" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Snapshot now" })).toHaveAttribute("aria-disabled", "true");
  await expect(page.getByRole("button", { name: "Restore…" }).first()).toHaveAttribute("aria-disabled", "true");
  await page.goto("/databases/for-viewers");
  await expect(page.getByRole("button", { name: "Delete…" })).toHaveAttribute("aria-disabled", "true");
});

test("a member takes a snapshot and may ask for a restore, but not start one", async ({
  strangerPage: page,
  lastgood,
  api,
}) => {
  await hostDatabase(api, "for-members");
  await signInAs(page, lastgood, "member");
  await page.goto("/databases/for-members/backups");
  await page.getByPlaceholder("before-migration-v3").fill("by a member");
  await page.getByRole("button", { name: "Snapshot now" }).click();
  await expect(page.getByRole("button", { name: "by a member", exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "Request a restore…" }).first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Restore…", exact: true })).toHaveCount(0);
});

test("signing out ends the session on the server", async ({ strangerPage: page, lastgood }) => {
  await signInAs(page, lastgood, "admin");
  const cookies = await page.context().cookies();
  await page
    .getByRole("button", { name: /admin-/ })
    .first()
    .click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await page.context().addCookies(cookies);
  await page.goto("/databases");
  await expect(page).toHaveURL(/\/sign-in/);
});
