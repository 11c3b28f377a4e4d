import { Webhook } from "standardwebhooks";
import { startReceiver } from "../tests/world/webhook-receiver.ts";
import { expect, test } from "./fixtures.ts";

const NS = "/api/namespaces/acme";

test("a webhook made on the page is told of a restore, signed; a test and a replay arrive; its former secret counts for a day", async ({
  ownerPage: page,
  api,
}) => {
  const receiver = await startReceiver();
  const db = "hooked-shop";
  const post = async (address: string, body: object) => {
    const answer = await api(`${NS}${address}`, { method: "POST", body: JSON.stringify(body) });
    expect(answer.ok, await answer.clone().text()).toBe(true);
    return answer;
  };
  const verify = (index: number, secret: string) => {
    const { body = "", headers = {} } = receiver.received[index] ?? {};
    return new Webhook(secret).verify(body, headers) as { type: string; data: Record<string, { name?: string }> };
  };
  try {
    await post("/databases", { name: db, engine: "sqlite" });
    await post(`/databases/${db}/query`, { sql: "create table t(a); insert into t values (1)" });
    const { bookmark } = (await (await api(`${NS}/databases/${db}/bookmark`)).json()) as { bookmark: string };
    await post(`/databases/${db}/query`, { sql: "delete from t" });

    await page.goto("/webhooks");
    await page.getByRole("button", { name: "New webhook…" }).click();
    const make = page.getByRole("button", { name: "Make the webhook" });
    await expect(make).toBeDisabled();
    await page.getByLabel("Name").fill("hooked pager");
    await page.getByLabel("Address").fill("http://169.254.169.254/latest/meta-data");
    await page.getByText("These alone").click();
    await page.getByLabel(db).check();
    await make.click();
    await expect(page.getByText(/169\.254\.169\.254 is no public address/)).toBeVisible();
    await page.getByLabel("Address").fill(`${receiver.url}hook`);
    await make.click();
    const secret = ((await page.getByLabel("The secret").locator("p").textContent()) ?? "").trim();
    expect(secret).toMatch(/^whsec_/);
    await page.getByRole("button", { name: "I have it" }).click();
    expect(await page.content()).not.toContain(secret);

    await post(`/databases/${db}/restore`, { bookmark });
    await receiver.until(1);
    expect(verify(0, secret)).toMatchObject({ type: "restore.completed", data: { database: { name: db } } });

    await page.getByRole("link", { name: "hooked pager" }).click();
    await page.getByRole("button", { name: "Send a test" }).click();
    await receiver.until(2);
    expect(verify(1, secret).type).toBe("webhook.test");
    await expect(page.getByText("delivered", { exact: true })).toHaveCount(2);

    const restored = page.locator("details").filter({ hasText: "restore.completed" });
    await restored.locator("summary").click();
    await restored.getByRole("button", { name: "Send again" }).click();
    await receiver.until(3);
    const [first, , again] = receiver.received;
    expect(again?.body).toBe(first?.body);
    expect(again?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);

    await page.getByRole("button", { name: "New secret…" }).click();
    await page.getByRole("button", { name: "Make a new secret" }).click();
    const newer = ((await page.getByLabel("The secret").locator("p").textContent()) ?? "").trim();
    await page.getByRole("button", { name: "I have it" }).click();
    await expect(page.getByText("Two secrets count.")).toBeVisible();
    await page.getByRole("button", { name: "Send a test" }).click();
    await receiver.until(4);
    for (const one of [secret, newer]) expect(verify(3, one).type).toBe("webhook.test");

    await page.getByRole("button", { name: "Delete…" }).click();
    await page.getByRole("button", { name: "Delete the webhook" }).click();
    await expect(page).toHaveURL("/webhooks");
    await expect(page.getByRole("link", { name: "hooked pager" })).toHaveCount(0);
  } finally {
    await receiver.stop();
  }
});

test("an integration made on the page pushes by hand and after a restore, and shows names alone", async ({
  ownerPage: page,
  api,
}) => {
  const receiver = await startReceiver();
  const db = "deployed-shop";
  const post = (address: string, body: object) =>
    api(`${NS}${address}`, { method: "POST", body: JSON.stringify(body) });
  try {
    await post("/databases", { name: db, engine: "sqlite" });
    await post(`/databases/${db}/query`, { sql: "create table t(a); insert into t values (1)" });
    const { bookmark } = (await (await api(`${NS}/databases/${db}/bookmark`)).json()) as { bookmark: string };
    await post(`/databases/${db}/query`, { sql: "delete from t" });

    await page.goto("/integrations");
    await page.getByRole("button", { name: "New integration…" }).click();
    await page.getByLabel("Name", { exact: true }).fill("shop in production");
    await page.getByLabel("Address", { exact: true }).fill(`${receiver.url}variables`);
    await page.getByLabel("Token", { exact: true }).fill("canary-token-0815");
    await page.getByText("These alone").click();
    await page.getByLabel(db).check();
    await page.getByLabel("Name of variable 1").fill("DATABASE_URL");
    await page.getByRole("button", { name: "Make the integration" }).click();
    const row = page.getByRole("listitem").filter({ hasText: "shop in production" }).first();
    await row.getByRole("button", { name: "Push now" }).click();
    const [byHand] = await receiver.until(1);
    expect(byHand).toMatchObject({ method: "PUT", headers: { authorization: "Bearer canary-token-0815" } });
    const { variables } = JSON.parse(byHand?.body ?? "") as { variables: { DATABASE_URL: string } };
    expect(variables.DATABASE_URL).toMatch(/\/databases\/[0-9a-f-]{36}\/query$/);
    await expect(row.getByText("by hand")).toBeVisible();

    await post(`/databases/${db}/restore`, { bookmark });
    await receiver.until(2);
    await expect(row.getByRole("link", { name: "after a restore" })).toBeVisible();
    const shown = await page.content();
    expect(shown).not.toContain("canary-token-0815");
    expect(shown).not.toContain(variables.DATABASE_URL);
  } finally {
    await receiver.stop();
  }
});
