import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";

/** Collects every breach of the content security policy that the browser reports. */
async function watchPolicy(page: Page): Promise<string[]> {
  const breaches: string[] = [];
  page.on("console", (message) => {
    if (/Content Security Policy/i.test(message.text())) breaches.push(message.text());
  });
  page.on("pageerror", (error) => breaches.push(`page error at ${page.url()}: ${error.message}`));
  await page.exposeFunction("tellBreach", (what: string) => breaches.push(what));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      const { tellBreach } = globalThis as unknown as { tellBreach(what: string): void };
      tellBreach(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile ?? ""}`);
    });
  });
  return breaches;
}

test("every page works under a policy without unsafe-inline scripts", async ({ strangerPage: page, lastgood, api }) => {
  const created = await api("/api/namespaces/acme/databases", {
    method: "POST",
    body: JSON.stringify({ name: "policed", engine: "sqlite" }),
  });
  expect(created.status).toBe(201);
  const breaches = await watchPolicy(page);
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(lastgood.owner.email);
  await page.getByLabel("Password").fill(lastgood.owner.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL("/");
  for (const where of [
    "/",
    "/databases",
    "/databases/new",
    "/databases/policed",
    "/databases/policed/backups",
    "/audit",
    "/members",
    "/account",
    "/approvals",
    "/tokens",
    "/deleted",
    "/reference",
    "/nothing-here",
  ]) {
    const answer = await page.goto(where);
    const policy = (await answer?.headerValue("content-security-policy")) ?? "";
    const scripts = /script-src ([^;]*)/.exec(policy)?.[1] ?? "";
    expect(scripts, where).toMatch(/'nonce-/);
    expect(scripts, where).not.toMatch(/unsafe/);
    for (const part of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]) {
      expect(policy, where).toContain(part);
    }
    await page.waitForLoadState("networkidle");
    await expect(page.getByRole("heading").first()).toBeVisible();
  }
  expect(breaches).toEqual([]);
});

test("a script that somebody slips into a page does not run", async ({ strangerPage: page }) => {
  const breaches = await watchPolicy(page);
  await page.goto("/sign-in");
  const slip = () =>
    page.evaluate(() => {
      const inline = document.createElement("script");
      inline.textContent = "globalThis.slippedIn = true";
      const image = document.createElement("img");
      image.setAttribute("onerror", "globalThis.slippedIn = true");
      image.src = "data:,";
      const foreign = document.createElement("script");
      foreign.src = "https://evil.example/x.js";
      document.body.append(inline, image, foreign);
    });
  await slip();
  await expect.poll(() => breaches.filter((breach) => breach.startsWith("script-src")).length).toBeGreaterThan(2);
  expect(await page.evaluate(() => "slippedIn" in globalThis)).toBe(false);

  // The control: where the policy is taken off the answer, the same script runs.
  await page.route("**/sign-in", async (route) => {
    const answer = await route.fetch();
    const headers = { ...answer.headers(), "content-security-policy": "" };
    await route.fulfill({ response: answer, headers });
  });
  await page.goto("/sign-in");
  await slip();
  await expect.poll(() => page.evaluate(() => "slippedIn" in globalThis)).toBe(true);
});

test("no other site may show the console in a frame", async ({ strangerPage: page, lastgood }) => {
  await page.goto("data:text/html,<h1>elsewhere</h1>");
  const answer = await page.request.get(`${lastgood.url}/sign-in`);
  expect(answer.headers()["x-frame-options"]).toBe("DENY");
  expect(answer.headers()["content-security-policy"]).toContain("frame-ancestors 'none'");
});
