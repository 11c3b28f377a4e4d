import type { Browser, Page } from "@playwright/test";
import { openMetadata } from "../lib/db/client.ts";
import type { Role } from "../lib/domain/actions.ts";
import { runtimePaths } from "../lib/runtime-paths.ts";
import { addMember } from "../tests/world/add-member.ts";
import type { StartedLastgood } from "../tests/world/start-lastgood.ts";
import { expect, test } from "./fixtures.ts";

type Api = (path: string, init?: RequestInit) => Promise<Response>;
const NS = "/api/namespaces/acme";

async function signIn(browser: Browser, lastgood: StartedLastgood, role: Role): Promise<{ page: Page; email: string }> {
  const { email, password } = await addMember(lastgood.data, lastgood.namespace, role);
  const context = await browser.newContext({ baseURL: lastgood.url });
  const page = await context.newPage();
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL("/");
  return { page, email };
}

/** A database with one commit after another; answers a moment right behind each. */
async function makeHistory(api: Api, name: string, commits: number): Promise<number[]> {
  const post = async (path: string, body: unknown) => {
    const answer = await api(`${NS}${path}`, { method: "POST", body: JSON.stringify(body) });
    expect(answer.ok, await answer.clone().text()).toBe(true);
  };
  await post("/databases", { name, engine: "sqlite" });
  await post(`/databases/${name}/query`, { sql: "create table orders(id integer primary key)" });
  const moments: number[] = [];
  for (let index = 0; index < commits; index++) {
    await post(`/databases/${name}/query`, { sql: "insert into orders default values" });
    const found = (await (await api(`${NS}/databases/${name}/bookmark`)).json()) as { timeMs: number };
    moments.push(found.timeMs);
  }
  return moments;
}

async function countOrders(api: Api, name: string): Promise<unknown> {
  const sql = "select count(*) as n from orders";
  const answer = await api(`${NS}/databases/${name}/query`, { method: "POST", body: JSON.stringify({ sql }) });
  return JSON.stringify(await answer.json());
}

async function openRequest(page: Page, name: string, atMs: number): Promise<void> {
  await page.goto(`/databases/${name}/backups?at=${atMs}`);
  await page.getByRole("button", { name: "Request a restore…" }).first().click();
}

/** The request's page, once one was made. */
async function pathOfRequest(page: Page): Promise<string> {
  await expect(page).toHaveURL(/\/approvals\/[0-9a-f-]{36}$/);
  return new URL(page.url()).pathname;
}

async function approve(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await page.getByRole("button", { name: "Approve this plan…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(/Comment/).fill("Looks right.");
  await dialog.getByRole("button", { name: "Approve this plan" }).click();
  await expect(page.getByText("1 of 1", { exact: true })).toBeVisible();
}

test("a member asks, an admin approves; another moment makes that void; approved again it runs once", async ({
  browser,
  lastgood,
  api,
}) => {
  test.setTimeout(120_000);
  const name = "asked-for";
  const moments = await makeHistory(api, name, 4);
  const { page: member, email } = await signIn(browser, lastgood, "member");
  const { page: admin } = await signIn(browser, lastgood, "admin");
  let path = "";

  await test.step("the member reads the plan, gives a reason and asks; nothing starts", async () => {
    await openRequest(member, name, moments[1] ?? 0);
    const dialog = member.getByRole("dialog");
    const ask = dialog.getByRole("button", { name: "Request approval" });
    await expect(dialog.getByText("commits").first()).toBeVisible();
    await expect(ask).toBeDisabled();
    await dialog.getByLabel(/Reason/).fill("DELETE without WHERE, INC-2291");
    await ask.click();
    path = await pathOfRequest(member);
    await expect(member.getByRole("button", { name: /Approve/ })).toHaveCount(0);
    await expect(member.getByText("It has not been approved yet.")).toBeAttached();
    expect(await countOrders(api, name)).toContain("4");
  });

  await test.step("the admin sees that it waits, reads the same plan and approves it", async () => {
    await admin.goto("/approvals");
    const waiting = admin.getByRole("region", { name: "Waiting for you" });
    await expect(waiting.getByText(`Restore ${name}`)).toBeVisible();
    await waiting.getByRole("link", { name: new RegExp(name) }).click();
    await expect(admin.getByText("DELETE without WHERE, INC-2291")).toBeVisible();
    await expect(admin.getByText(/goes back by/).first()).toBeVisible();
    await approve(admin, path);
  });

  await test.step("the member chooses another moment: what was approved is void", async () => {
    await expect(member.getByRole("button", { name: "Restore…" })).not.toHaveAttribute("aria-disabled", "true");
    await member.getByRole("link", { name: "Choose another moment" }).click();
    await openRequest(member, name, moments[2] ?? 0);
    const dialog = member.getByRole("dialog");
    await expect(dialog.getByText(/makes that approval void/)).toBeVisible();
    await dialog.getByRole("button", { name: "Ask for this moment instead" }).click();
    await expect(member).not.toHaveURL(path);
    const second = await pathOfRequest(member);
    await expect(member.getByText("0 of 1", { exact: true })).toBeVisible();
    await admin.goto(path);
    await expect(admin.getByText("Now void.")).toBeVisible();
    await expect(admin.getByText("The moment was changed.")).toBeVisible();
    await expect(admin.getByRole("button", { name: /Approve|Refuse/ })).toHaveCount(0);
    path = second;
  });

  await test.step("approved again it runs, and the restore says who asked and who approved", async () => {
    await approve(admin, path);
    await member.getByRole("button", { name: "Restore…" }).click();
    const dialog = member.getByRole("dialog");
    const run = dialog.getByRole("button", { name: `Restore ${name}` });
    await expect(run).toBeDisabled();
    await dialog.getByLabel(/Type asked-for to confirm/).fill(name);
    await run.dblclick();
    await expect(member.getByRole("heading", { name: new RegExp(`${name} is back at`) })).toBeVisible({
      timeout: 30_000,
    });
    await expect(member.getByText("Approved by")).toBeVisible();
    await expect(member.getByText(email).first()).toBeVisible();
    expect(await countOrders(api, name)).toContain("3");
    const { restores } = (await (await api(`${NS}/databases/${name}/restores`)).json()) as { restores: unknown[] };
    expect(restores).toHaveLength(1);
    await member.goto(path);
    await expect(member.getByText("Approved and run.")).toBeVisible();
  });

  await member.context().close();
  await admin.context().close();
});

test("where two people are needed an admin asks as well, cannot approve that, and a request expires", async ({
  browser,
  lastgood,
  api,
}) => {
  test.setTimeout(120_000);
  const name = "two-people";
  const moments = await makeHistory(api, name, 3);
  const { page: admin } = await signIn(browser, lastgood, "admin");
  let path = "";

  await test.step("the policy is set on its tab, and says what it means", async () => {
    await admin.goto(`/databases/${name}/policy`);
    await expect(admin.getByText("Owners and admins restore directly.")).toBeVisible();
    await admin.getByLabel("Approvals by others").fill("1");
    await admin.getByRole("button", { name: "Save the policy" }).click();
    await expect(admin.getByText(/Everybody asks before a restore, owners too/)).toBeVisible();
    const direct = await api(`${NS}/databases/${name}/restore`, {
      method: "POST",
      body: JSON.stringify({ timestamp: moments[0] }),
    });
    expect(direct.status).toBe(403);
    expect(await direct.json()).toMatchObject({ code: "approval_required", approval: { method: "POST" } });
    await admin.getByLabel("Approvals by others").fill("0");
    await expect(admin.getByText("This asks for less, so one other person must approve it.")).toBeVisible();
  });

  await test.step("the admin asks, and finds no way to approve it; neither does a forged call", async () => {
    await openRequest(admin, name, moments[0] ?? 0);
    await admin
      .getByRole("dialog")
      .getByLabel(/Reason/)
      .fill("The import ran twice");
    await admin.getByRole("dialog").getByRole("button", { name: "Request approval" }).click();
    path = await pathOfRequest(admin);
    await expect(admin.getByText("You cannot approve what you ask for.")).toBeVisible();
    await expect(admin.getByRole("button", { name: /Approve|Refuse/ })).toHaveCount(0);
    const id = path.split("/").at(-1);
    const { digest } = await (await admin.request.get(`${NS}/approvals/${id}`)).json();
    const forged = await admin.request.post(`${NS}/approvals/${id}/decision`, {
      headers: { origin: lastgood.url },
      data: { verdict: "approve", digest },
    });
    expect(forged.status()).toBe(403);
  });

  await test.step("once its time is over it has expired, and says so", async () => {
    const metadata = openMetadata({ provider: "sqlite", file: runtimePaths(lastgood.data).metadata });
    try {
      const approveUntilMs = BigInt(Date.now() - 1000);
      await metadata.approvalRequest.updateMany({
        where: { id: path.split("/").at(-1) ?? "" },
        data: { approveUntilMs },
      });
    } finally {
      await metadata.$disconnect();
    }
    await expect(admin.getByText("Expired.")).toBeVisible();
    await expect(admin.getByText("It was not approved in time.")).toBeVisible();
  });
  await admin.context().close();
});

test("of two hundred runs of one approval over the API exactly one restores", async ({ browser, lastgood, api }) => {
  test.setTimeout(120_000);
  const name = "run-at-once";
  const moments = await makeHistory(api, name, 3);
  const { page: member } = await signIn(browser, lastgood, "member");
  const { page: admin } = await signIn(browser, lastgood, "admin");
  await openRequest(member, name, moments[0] ?? 0);
  await member
    .getByRole("dialog")
    .getByLabel(/Reason/)
    .fill("The import ran twice");
  await member.getByRole("dialog").getByRole("button", { name: "Request approval" }).click();
  const path = await pathOfRequest(member);
  await approve(admin, path);
  const id = path.split("/").at(-1);
  const { digest } = await (await member.request.get(`${NS}/approvals/${id}`)).json();
  const cookie = (await member.context().cookies()).map((one) => `${one.name}=${one.value}`).join("; ");
  const answers = await Promise.all(
    Array.from({ length: 200 }, () =>
      fetch(`${lastgood.url}${NS}/approvals/${id}/run`, {
        method: "POST",
        headers: { cookie, origin: lastgood.url, "content-type": "application/json" },
        body: JSON.stringify({ digest }),
      }),
    ),
  );
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 202)).toHaveLength(1);
  const others = await Promise.all(
    answers
      .filter(({ status }) => status !== 202 && status !== 409)
      .map(async (one) => `${one.status} ${await one.text()}`),
  );
  expect(others).toEqual([]);
  const { restores } = (await (await api(`${NS}/databases/${name}/restores`)).json()) as { restores: unknown[] };
  expect(restores).toHaveLength(1);
  await member.context().close();
  await admin.context().close();
});
