import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "./fixtures.ts";

for (const colorScheme of ["light", "dark"] as const) {
  test(`the main pages have no accessibility violation in the ${colorScheme} theme`, async ({
    browser,
    lastgood,
    api,
  }) => {
    test.setTimeout(120_000);
    const name = `axe-${colorScheme}`;
    const created = await api("/api/namespaces/acme/databases", {
      method: "POST",
      body: JSON.stringify({ name, engine: "sqlite" }),
    });
    expect(created.status).toBe(201);
    const query = (sql: string) =>
      api(`/api/namespaces/acme/databases/${name}/query`, { method: "POST", body: JSON.stringify({ sql }) });
    expect((await query("create table t(a); insert into t values(1)")).status).toBe(200);
    const before = (await (await api(`/api/namespaces/acme/databases/${name}/bookmark`)).json()) as {
      bookmark: string;
    };
    expect((await query("delete from t; insert into t values(2)")).status).toBe(200);
    const context = await browser.newContext({ baseURL: lastgood.url, colorScheme, reducedMotion: "reduce" });
    const page = await context.newPage();
    const check = async (where: string) => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${where}: ${id} ${nodes[0]?.html ?? ""}`)).toEqual([]);
    };
    await page.goto("/sign-in");
    await check("sign-in");
    await page.getByLabel("E-mail").fill(lastgood.owner.email);
    await page.getByLabel("Password").fill(lastgood.owner.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page).toHaveURL("/");
    for (const where of [
      "/",
      "/databases",
      "/databases/new",
      `/databases/${name}`,
      `/databases/${name}/browse`,
      `/databases/${name}/past?at=${before.bookmark}`,
      `/databases/${name}/past?at=${before.bookmark}&show=both`,
      `/databases/${name}/backups`,
      `/databases/${name}/policy`,
      "/approvals",
      "/tokens",
      "/deleted",
    ]) {
      await page.goto(where);
      await page.waitForLoadState("networkidle");
      await check(where);
    }
    await context.close();
  });
}
