import { test as base, expect, type Page } from "@playwright/test";
import { type StartedLastgood, startLastgood } from "../tests/world/start-lastgood.ts";

type WorkerWorld = {
  /** One Lastgood for all specs of a worker: what a spec needs in it, the spec makes itself, under names of its own. */
  lastgood: StartedLastgood;
};
type SpecWorld = {
  /** Calls the REST API with the owner's token; `path` begins with a slash. */
  api(path: string, init?: RequestInit): Promise<Response>;
  /** A page that nobody has signed in on. */
  strangerPage: Page;
};

export const test = base.extend<SpecWorld, WorkerWorld>({
  lastgood: [
    // Playwright reads from this pattern which fixtures are used, so a plain parameter would not do.
    async ({ browserName: _ }, use) => {
      const lastgood = await startLastgood();
      await use(lastgood);
      await lastgood.remove();
    },
    { scope: "worker", timeout: 90_000 },
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
});

export { expect };
