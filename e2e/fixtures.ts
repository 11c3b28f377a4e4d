import { type BrowserContext, test as base, expect, type Page } from "@playwright/test";
import { type StartedLastgood, startLastgood } from "../tests/world/start-lastgood.ts";

type Cookies = Awaited<ReturnType<BrowserContext["cookies"]>>;
const FRESH_MS = 3 * 60_000;

type WorkerWorld = {
  /** One Lastgood for all specs of a worker: what a spec needs in it, the spec makes itself, under names of its own. */
  lastgood: StartedLastgood;
  /** What signing in as the owner left in the browser, not long ago: what destroys or widens rights asks again after ten minutes. */
  ownerCookies: () => Promise<Cookies>;
};
type SpecWorld = {
  /** Calls the REST API with the owner's token; `path` begins with a slash. */
  api(path: string, init?: RequestInit): Promise<Response>;
  /** A page that nobody has signed in on. */
  strangerPage: Page;
  /** A page on which the owner is signed in, and that has shown nothing yet. */
  ownerPage: Page;
  /** Makes the owner signed in in another browser context; how people sign in has specs of its own. */
  signIn(context: BrowserContext): Promise<void>;
};

export const test = base.extend<SpecWorld, WorkerWorld>({
  lastgood: [
    // Playwright reads from this pattern which fixtures are used, so a plain parameter would not do.
    async ({ browserName: _ }, use) => {
      // Receivers of webhooks are on this machine.
      const lastgood = await startLastgood({ env: { LASTGOOD_EGRESS_ALLOW: "127.0.0.0/8" } });
      await use(lastgood);
      await lastgood.remove();
    },
    { scope: "worker", timeout: 90_000 },
  ],
  ownerCookies: [
    async ({ browser, lastgood }, use) => {
      let known: { cookies: Cookies; atMs: number } | null = null;
      await use(async () => {
        if (known !== null && performance.now() - known.atMs < FRESH_MS) return known.cookies;
        const atMs = performance.now();
        const context = await browser.newContext({ baseURL: lastgood.url });
        const page = await context.newPage();
        await page.goto("/sign-in");
        await page.getByLabel("E-mail").fill(lastgood.owner.email);
        await page.getByLabel("Password").fill(lastgood.owner.password);
        await page.getByRole("button", { name: "Sign in" }).click();
        await expect(page).toHaveURL("/");
        known = { cookies: await context.cookies(), atMs };
        await context.close();
        return known.cookies;
      });
    },
    { scope: "worker" },
  ],
  baseURL: async ({ lastgood }, use) => use(lastgood.url),
  api: async ({ lastgood }, use) => {
    await use((path, init = {}) =>
      fetch(`${lastgood.url}${path}`, {
        ...init,
        headers: { authorization: `Bearer ${lastgood.token}`, "content-type": "application/json", ...init.headers },
      }),
    );
  },
  strangerPage: async ({ browser, lastgood }, use) => {
    const context = await browser.newContext({ baseURL: lastgood.url });
    await use(await context.newPage());
    await context.close();
  },
  signIn: async ({ ownerCookies }, use) => use(async (context) => context.addCookies(await ownerCookies())),
  ownerPage: async ({ browser, lastgood, signIn }, use) => {
    const context = await browser.newContext({ baseURL: lastgood.url });
    await signIn(context);
    await use(await context.newPage());
    await context.close();
  },
});

export { expect };
