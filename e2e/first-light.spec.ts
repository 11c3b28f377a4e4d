import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ForeignProgram } from "../tests/world/foreign-program.ts";
import { startLastgood } from "../tests/world/start-lastgood.ts";
import { expect, test } from "./fixtures.ts";

type Count = { orders: number; check: string };

test("a person sets Lastgood up, attaches a file, loses everything in it, goes back, and undoes that", async ({
  browser,
}) => {
  test.setTimeout(180_000);
  const lastgood = await startLastgood({ initialised: false });
  const folder = mkdtempSync(path.join(tmpdir(), "first-light-"));
  const file = path.join(folder, "orders.db");
  const application = new ForeignProgram("open_application.py", [file]);
  const tell = async (command: string) => {
    application.say(command);
    return application.next<Count>();
  };
  const context = await browser.newContext({ baseURL: lastgood.url });
  const page = await context.newPage();
  try {
    await application.next();
    expect((await tell("insert 40")).orders).toBe(40);

    await test.step("the one-time link makes the owner", async () => {
      await expect.poll(() => lastgood.setupUrl()).not.toBeNull();
      await page.goto("/set-up");
      await expect(page.getByText("The set-up link is needed.")).toBeVisible();
      await page.goto(lastgood.setupUrl() ?? "");
      await page.getByLabel("E-mail").fill("mara@example.com");
      await page.getByLabel("Password").fill("correct horse battery");
      await page.getByLabel("Namespace").fill("tidewater");
      await page.getByRole("button", { name: "Set up Lastgood" }).click();
      await expect(page.getByRole("heading", { name: "Nothing is protected yet." })).toBeVisible();
      await page.goto(lastgood.setupUrl() ?? "");
      await expect(page.getByRole("button", { name: "Set up Lastgood" })).toHaveCount(0);
    });

    await test.step("the file is looked at, then attached", async () => {
      await page.goto("/databases/new");
      await page.getByRole("radio", { name: /Attach a file/ }).click();
      await page.getByLabel("Path of the file").fill(path.join(folder, "missing.db"));
      await page.getByRole("button", { name: "Check", exact: true }).click();
      await expect(page.getByText(/no (such )?file|does not exist|There is no/i).first()).toBeVisible();
      await page.getByLabel("Path of the file").fill(file);
      await page.getByRole("button", { name: "Check", exact: true }).click();
      await page.getByLabel("Name", { exact: true }).fill("orders");
      await page.getByRole("button", { name: "Protect orders" }).click();
      await expect(page.getByText(/^Protected/).first()).toBeVisible({ timeout: 30_000 });
      await page.goto("/");
      await expect(page.getByRole("heading", { name: "Yes, everything." })).toBeVisible();
    });

    await test.step("a label is pinned, then everything is deleted", async () => {
      expect((await tell("insert 10")).orders).toBe(50);
      await page.goto("/databases/orders/backups");
      await page.getByPlaceholder("before-migration-v3").fill("before-migration-v3");
      await page.getByRole("button", { name: "Snapshot now" }).click();
      await expect(page.getByRole("button", { name: "before-migration-v3", exact: true })).toBeVisible();
      expect((await tell("wipe")).orders).toBe(0);
    });

    await test.step("the label resolves to a commit; the dialog wants reason and name", async () => {
      await page.getByRole("button", { name: "before-migration-v3", exact: true }).click();
      await page.getByRole("button", { name: "Restore…" }).first().click();
      const dialog = page.getByRole("dialog");
      await expect(dialog.getByText("This overwrites production.")).toBeVisible();
      const start = dialog.getByRole("button", { name: "Restore orders" });
      await expect(start).toBeDisabled();
      await dialog.getByLabel(/Reason/).fill("DELETE without WHERE");
      await dialog.getByLabel(/Type orders to confirm/).fill("order");
      await expect(start).toBeDisabled();
      await dialog.getByText("Close, nothing starts").click();
      expect((await tell("count")).orders).toBe(0);
      await page.getByRole("button", { name: "Restore…" }).first().click();
      await dialog.getByLabel(/Reason/).fill("DELETE without WHERE");
      await dialog.getByLabel(/Type orders to confirm/).fill("orders");
      await start.click();
    });

    await test.step("the program sees the old state without opening the file again", async () => {
      await expect(page.getByRole("heading", { name: /orders is back at/ })).toBeVisible({ timeout: 30_000 });
      expect(await tell("count")).toEqual({ orders: 50, check: "ok" });
      await page.reload();
      await expect(page.getByRole("heading", { name: /orders is back at/ })).toBeVisible();
    });

    await test.step("undo brings the newer state back", async () => {
      await page.getByRole("button", { name: "Undo this restore" }).click();
      await expect(page.getByText("Undone and checked")).toBeVisible({ timeout: 30_000 });
      expect(await tell("count")).toEqual({ orders: 0, check: "ok" });
      expect((await tell("insert 3")).orders).toBe(3);
      await page.goto("/databases/orders/backups");
      await expect(page.getByRole("region", { name: "Past restores" }).getByRole("listitem")).toHaveCount(2);
    });
  } finally {
    await context.close();
    application.kill();
    await lastgood.remove();
    rmSync(folder, { recursive: true, force: true });
  }
});
