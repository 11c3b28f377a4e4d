import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { findPages, makeThings, PAGES } from "./pages.ts";

async function findViolations(page: Page, where: string): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, impact, nodes }) => `${where}: ${impact} ${id} ${nodes[0]?.html ?? ""}`);
}

/** Light and wide, dark and wide, dark on a phone; also whether the phone has to be scrolled sideways. */
async function checkLooks(page: Page, where: string): Promise<string[]> {
  await page.waitForLoadState("networkidle");
  const found: string[] = [];
  for (const [colorScheme, width] of [
    ["light", 1280],
    ["dark", 1280],
    ["dark", 390],
  ] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width, height: 800 });
    await expect(page.locator("html")).toHaveAttribute("data-theme", colorScheme);
    found.push(...(await findViolations(page, `${where} ${colorScheme} ${width}`)));
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (overflow > 0) found.push(`${where} ${width}: ${overflow} px too wide`);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  return found;
}

test("every page has a row here", () => {
  expect(findPages().sort()).toEqual(Object.keys(PAGES).sort());
});

test("no page has an accessibility violation, in both themes and on a phone", async ({ browser, lastgood, api }) => {
  test.setTimeout(300_000);
  const things = await makeThings("axe", lastgood, api);
  const context = await browser.newContext({ baseURL: lastgood.url });
  const page = await context.newPage();
  const found: string[] = [];
  const rows = Object.entries(PAGES);
  for (const [where, { address }] of rows.filter(([, { stranger }]) => stranger)) {
    await page.goto(address(things));
    found.push(...(await checkLooks(page, where)));
  }
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(lastgood.owner.email);
  await page.getByLabel("Password").fill(lastgood.owner.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL("/");
  for (const [where, { address }] of rows.filter(([, { stranger }]) => !stranger)) {
    await page.goto(address(things));
    found.push(...(await checkLooks(page, where)));
  }
  expect(found).toEqual([]);
  await context.close();
});
