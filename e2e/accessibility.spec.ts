import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test as inLastgood } from "./fixtures.ts";
import { findPages, makeThings, PAGES, type Things } from "./pages.ts";

// Each page is a test of its own, so that both workers have some.
const test = inLastgood.extend<object, { things: Things }>({
  things: [
    async ({ lastgood }, use) => {
      const authorization = `Bearer ${lastgood.token}`;
      const headers = { authorization, "content-type": "application/json" };
      await use(
        await makeThings("axe", lastgood, (path, init) => fetch(`${lastgood.url}${path}`, { headers, ...init })),
      );
    },
    { scope: "worker" },
  ],
});
test.describe.configure({ mode: "parallel" });

/** In one go: what axe does otherwise, gathering the findings of foreign frames in a page of its own, takes longer, and there are none. */
async function findViolations(page: Page, where: string): Promise<string[]> {
  expect(page.frames()).toHaveLength(1);
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
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
  return found;
}

test("every page has a row here", () => {
  expect(findPages().sort()).toEqual(Object.keys(PAGES).sort());
});

for (const [where, { address, stranger }] of Object.entries(PAGES)) {
  test(`${where} has no accessibility violation, in both themes and on a phone`, async ({
    browser,
    lastgood,
    signIn,
    things,
  }) => {
    const context = await browser.newContext({ baseURL: lastgood.url });
    if (!stranger) await signIn(context);
    const page = await context.newPage();
    await page.goto(address(things));
    expect(await checkLooks(page, where)).toEqual([]);
    await context.close();
  });
}
