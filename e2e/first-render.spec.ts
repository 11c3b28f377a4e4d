import type { Page } from "@playwright/test";
import type { DatabaseView } from "../lib/client/api-types.ts";
import { expect, test } from "./fixtures.ts";
import { makeThings, PAGES, type Things } from "./pages.ts";

const DAY_MS = 86_400_000;
const DATABASES = "/api/namespaces/acme/databases";

type Row = { where: string; address: string };
const rowsOf = (things: Things, stranger: boolean): Row[] =>
  Object.entries(PAGES)
    .filter(([, page]) => (page.stranger ?? false) === stranger)
    .map(([where, { address }]) => ({ where, address: address(things) }));

/** Collects the errors of a page, each with the address at which it happened. */
function watchErrors(page: Page): string[] {
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(`${page.url()}: ${error.message}`));
  return errors;
}

/** Until React has taken over what the server drew of the page itself, not only of the frame around it. */
async function untilTakenOver(page: Page, where: string): Promise<void> {
  await expect(page.locator("h1").first(), where).toBeVisible();
  await page.waitForFunction(() => {
    const heading = document.querySelector("h1");
    return heading !== null && Object.keys(heading).some((key) => key.startsWith("__reactFiber$"));
  });
}

async function load(page: Page, { where, address }: Row): Promise<void> {
  await page.goto(address);
  await untilTakenOver(page, where);
}

test("no page is drawn anew because the browser's clock, zone or settings differ from the server's", async ({
  browser,
  lastgood,
  api,
  signIn,
}) => {
  test.setTimeout(180_000);
  const things = await makeThings("apart", lastgood, api);
  const context = await browser.newContext({
    baseURL: lastgood.url,
    timezoneId: "Asia/Kathmandu",
    locale: "de-DE",
    colorScheme: "dark",
  });
  await context.addInitScript(() => {
    localStorage.setItem("lastgood.zone", "local");
    localStorage.setItem("lastgood.theme", "light");
  });
  const page = await context.newPage();
  await page.clock.install({ time: Date.now() + 40 * DAY_MS });
  const errors = watchErrors(page);
  for (const row of rowsOf(things, true)) await load(page, row);
  await signIn(context);
  for (const row of rowsOf(things, false)) await load(page, row);
  expect(errors).toEqual([]);

  // The control: one word of what the server drew is another one.
  await page.route("**/databases", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: (await answer.text()).replace(">Members<", ">Others<") });
  });
  await page.goto("/databases");
  await expect.poll(() => errors).toEqual([expect.stringMatching(/\/databases: .*#418/)]);
  await context.close();
});

test("no page is drawn anew because the rail was told something newer before the page itself came", async ({
  ownerPage: page,
  lastgood,
  api,
}) => {
  const things = await makeThings("overtaken", lastgood, api);
  const { databases } = (await (await api(DATABASES)).json()) as { databases: DatabaseView[] };
  const newer = databases.map((database) => ({ ...database, name: `${database.name}-later`, windowDays: 1 }));
  await page.route(new RegExp(`${DATABASES}$`), (route) => route.fulfill({ json: { databases: newer } }));
  const errors = watchErrors(page);
  const agent = lastgood.pidOf("agent") ?? 0;
  for (const address of ["/", "/databases", `/databases/${things.db}`]) {
    await page.goto("about:blank");
    // The frame of a page takes no agent to draw, the page itself waits for it.
    process.kill(agent, "SIGSTOP");
    try {
      const told = page.waitForResponse(new RegExp(`${DATABASES}$`));
      const going = page.goto(address, { waitUntil: "commit" });
      await told;
      await expect(page.locator("h1")).toHaveCount(0);
      process.kill(agent, "SIGCONT");
      await going;
    } finally {
      process.kill(agent, "SIGCONT");
    }
    await untilTakenOver(page, address);
  }
  expect(errors).toEqual([]);
});
