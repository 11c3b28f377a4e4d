import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import type { Owner } from "../tests/world/start-lastgood.ts";
import { expect, test } from "./fixtures.ts";

async function signIn(page: Page, { email, password }: Owner): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL("/");
}

type Api = (path: string, init?: RequestInit) => Promise<Response>;

/** Runs a statement in a database of this spec; answers the bookmark of what it committed. */
async function commit(api: Api, name: string, sql: string): Promise<string> {
  const answer = await api(`/api/namespaces/acme/databases/${name}/query`, {
    method: "POST",
    body: JSON.stringify({ sql }),
  });
  expect(answer.status).toBe(200);
  return answer.headers.get("x-lastgood-bookmark") ?? "none";
}

async function makeDatabase(api: Api, name: string): Promise<void> {
  const body = JSON.stringify({ name, engine: "sqlite" });
  expect((await api("/api/namespaces/acme/databases", { method: "POST", body })).status).toBe(201);
}

test("a large delete stands on the timeline, and leads to the moment just before it by mouse, key and table", async ({
  strangerPage: page,
  lastgood,
  api,
}) => {
  const name = "marked";
  await makeDatabase(api, name);
  await commit(api, name, "create table invoices (id integer primary key, customer text)");
  const filled = await commit(
    api,
    name,
    `insert into invoices (customer) with recursive n(i) as (select 1 union all select i + 1 from n where i < 2500)
     select 'customer ' || i from n`,
  );
  const deleted = await commit(api, name, "delete from invoices");
  await commit(api, name, "create index by_customer on invoices (customer)");

  await signIn(page, lastgood.owner);
  await page.goto(`/databases/${name}/backups`);
  const said = "DELETE FROM invoices · 2,500 rows";
  const table = page.getByRole("button", { name: "As a table" });
  await table.click();
  const row = page.getByRole("row").filter({ hasText: said });
  await expect(row).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole("row").filter({ hasText: "CREATE INDEX by_customer" })).toBeVisible();
  await row.getByRole("button", { name: `Just before ${said}` }).click();
  await expect(page).toHaveURL(new RegExp(`bookmark=${filled}`));
  await expect(page.getByRole("slider", { name: "Chosen moment" })).toHaveAttribute(
    "aria-valuetext",
    /exactly a commit/,
  );
  expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);

  await row.getByRole("button", { name: said, exact: true }).click();
  await expect(page).toHaveURL(new RegExp(`bookmark=${deleted}`));
  const card = page.getByRole("complementary", { name: "The chosen moment" });
  await expect(card.getByText(`Just after ${said}`)).toBeVisible();
  await card.getByRole("button", { name: "Just before this" }).click();
  await expect(page).toHaveURL(new RegExp(`bookmark=${filled}`));

  await page.getByRole("slider", { name: "Chosen moment" }).press("ArrowRight");
  await expect(page).toHaveURL(new RegExp(`bookmark=${deleted}`));
  await page.getByRole("slider", { name: "Chosen moment" }).press("b");
  await expect(page).toHaveURL(new RegExp(`bookmark=${filled}`));
  await page.getByRole("slider", { name: "Chosen moment" }).press("n");
  await expect(page).not.toHaveURL(/bookmark/);

  await page.getByRole("radio", { name: "1 s", exact: true }).click();
  await expect(page.getByRole("radio", { name: "1 s", exact: true })).toBeChecked();
});

/** What local clocks show of an instant, and whether they showed it twice. */
const CLOCKS = [
  { zone: "Europe/Berlin", city: "Berlin", at: "2026-10-25T00:30:00.250Z", fields: ["02", "30"], other: "01:30 UTC" },
  {
    zone: "America/New_York",
    city: "New York",
    at: "2026-11-01T05:15:00.250Z",
    fields: ["01", "15"],
    other: "06:15 UTC",
  },
  { zone: "Asia/Kathmandu", city: "Kathmandu", at: "2026-11-19T18:20:00.250Z", fields: ["00", "05"], other: null },
  { zone: "Pacific/Apia", city: "Apia", at: "2021-04-03T13:45:00.250Z", fields: ["03", "45"], other: "14:45 UTC" },
] as const;
const SKIPPED = [
  { zone: "Europe/Berlin", text: "2026-03-29 02:30" },
  { zone: "America/New_York", text: "2026-03-08 02:30" },
  { zone: "Asia/Kathmandu", text: "1986-01-01 00:07" },
  { zone: "Pacific/Apia", text: "2011-12-30 12:00" },
] as const;

for (const { zone, city, at, fields, other } of CLOCKS) {
  test(`in ${zone} changing the zone never moves the instant, and hours that happen twice or never are told apart`, async ({
    browser,
    lastgood,
    api,
  }) => {
    const name = `clock-${city.toLowerCase().replace(" ", "-")}`;
    await makeDatabase(api, name);
    await commit(api, name, "create table t (a)");
    const context = await browser.newContext({ baseURL: lastgood.url, timezoneId: zone });
    const page = await context.newPage();
    await signIn(page, lastgood.owner);
    const ms = Date.parse(at);
    await page.goto(`/databases/${name}/backups?at=${ms}`);
    const local = page.getByRole("radio", { name: city, exact: true });
    const utc = page.getByRole("radio", { name: "UTC", exact: true });
    const clock = async () =>
      Promise.all(
        ["Hours", "Minutes", "Milliseconds"].map((label) => page.getByLabel(label, { exact: true }).inputValue()),
      );
    await local.click();
    await expect.poll(clock).toEqual([...fields, "250"]);
    await utc.click();
    await expect.poll(clock).toEqual([at.slice(11, 13), at.slice(14, 16), "250"]);
    await local.click();
    await expect.poll(clock).toEqual([...fields, "250"]);
    expect(new URL(page.url()).searchParams.get("at")).toBe(String(ms));

    const twice = page.getByText(`This hour happened twice in ${city}`);
    if (other === null) await expect(twice).toHaveCount(0);
    else {
      await expect(twice).toBeVisible();
      await page.getByRole("radio", { name: `second, ${other}` }).click();
      await expect(page).toHaveURL(new RegExp(`at=${ms + 3_600_000}`));
      await expect.poll(clock).toEqual([...fields, "250"]);
    }

    const moment = page.getByLabel("Moment, in words");
    const skipped = SKIPPED.find((one) => one.zone === zone);
    await moment.fill(skipped?.text ?? "");
    await moment.press("Enter");
    await expect(page.getByText(`Was skipped in ${city}`)).toBeVisible();
    await moment.press("Escape");
    await context.close();
  });
}

/** Runs in the page. Every width that the drawing of the timeline has from now on, in px, in the order in which they come. */
function noteWidths(): void {
  document.body.dataset.widths = "";
  new MutationObserver(() => {
    const width = document.querySelector("fieldset[data-bars] > svg")?.getAttribute("width");
    const widths = (document.body.dataset.widths ?? "").split(" ");
    if (width && widths.at(-1) !== width) document.body.dataset.widths = [...widths, width].join(" ").trim();
  }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["width"] });
}

test("opening the tab draws the timeline once, at its width, and loads none of its code a second time", async ({
  ownerPage: page,
  api,
}) => {
  const name = "drawn-once";
  await makeDatabase(api, name);
  await commit(api, name, "create table notes (id integer primary key)");
  for (const width of [1440, 1000, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await page.goto(`/databases/${name}`);
    await page.waitForLoadState("networkidle");
    await page.evaluate(noteWidths);
    await page.getByRole("link", { name: "Backups", exact: true }).click();
    await expect(page.getByRole("complementary", { name: "The chosen moment" })).toContainText("newest");
    const { drawn, room, sources } = await page.evaluate(() => ({
      drawn: document.body.dataset.widths,
      room: document.querySelector("fieldset[data-bars]")?.clientWidth,
      sources: [...document.querySelectorAll<HTMLScriptElement>("script[src]")].map(({ src }) => src),
    }));
    expect(drawn, `${width} px wide`).toBe(String(room));
    expect(sources.length).toBeGreaterThan(5);
    expect(sources.filter((source, at) => sources.indexOf(source) !== at)).toEqual([]);
  }
});
