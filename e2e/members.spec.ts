import type { Page } from "@playwright/test";
import { addMember } from "../tests/world/add-member.ts";
import { ageConfirmations } from "../tests/world/age-confirmations.ts";
import { oneTimeCode } from "../tests/world/one-time-code.ts";
import { expect, test } from "./fixtures.ts";

type Who = { email: string; password: string };
const SELF = "a password of their own";

async function givePassword(page: Page, { email, password }: Who): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function signIn(page: Page, who: Who): Promise<void> {
  await givePassword(page, who);
  await expect(page).toHaveURL("/");
}

test("somebody is invited, joins, gets another role, and is refused on the next click once taken out", async ({
  page: owner,
  strangerPage: guest,
  lastgood,
}) => {
  const email = "nora@example.com";
  await signIn(owner, lastgood.owner);
  await owner.goto("/members");
  const link = await test.step("the link is shown once", async () => {
    await owner.getByRole("button", { name: "Invite…" }).click();
    const dialog = owner.getByRole("dialog");
    await dialog.getByLabel("E-mail").fill(email);
    await dialog.getByRole("radio", { name: /^viewer/ }).check();
    await dialog.getByRole("button", { name: "Make the link" }).click();
    await expect(dialog.getByText("It is shown this once.")).toBeVisible();
    const text = await dialog.getByRole("region", { name: "The invitation's link" }).locator("p").textContent();
    if (text === null) throw new Error("the link is shown");
    await dialog.getByRole("button", { name: "Done" }).click();
    await expect(owner.getByText("as viewer")).toBeVisible();
    expect(await owner.content()).not.toContain(new URL(text).searchParams.get("token"));
    return text;
  });

  await test.step("its page says who invites to what, and takes a password", async () => {
    await guest.goto(link);
    await expect(guest.getByRole("heading", { name: "Join acme" })).toBeVisible();
    await guest.getByLabel("Choose a password").fill(SELF);
    await guest.getByLabel("The same again").fill(`${SELF}?`);
    await guest.getByRole("button", { name: "Join acme" }).click();
    await expect(guest.getByText("The two are not the same.")).toBeVisible();
    await guest.getByLabel("The same again").fill(SELF);
    await guest.getByRole("button", { name: "Join acme" }).click();
    await expect(guest).toHaveURL("/");
    await guest.goto(link);
    await expect(guest.getByRole("heading", { name: "This invitation does not count" })).toBeVisible();
  });

  await test.step("a viewer sees the members and may change none", async () => {
    await guest.goto("/members");
    await expect(guest.getByRole("rowheader", { name: lastgood.owner.email })).toBeVisible();
    await expect(guest.getByRole("button", { name: "Invite…" })).toHaveAttribute("aria-disabled", "true");
    await expect(guest.getByRole("button", { name: `What to do about ${lastgood.owner.email}` })).toHaveCount(0);
  });

  await test.step("made an admin, they may invite from the next click on", async () => {
    await owner.getByRole("button", { name: `What to do about ${email}` }).click();
    await owner.getByRole("menuitem", { name: "Change role…" }).click();
    await owner.getByRole("radio", { name: /^admin/ }).check();
    await owner.getByRole("button", { name: "Make admin" }).click();
    await expect(owner.getByRole("dialog")).toHaveCount(0);
    await guest.reload();
    await guest.getByRole("button", { name: "Invite…" }).click();
    await expect(guest.getByRole("radio", { name: /^owner/ })).toHaveCount(0);
    await guest.getByRole("button", { name: "Close" }).first().click();
  });

  await test.step("taken out, they see nothing of it on the next click", async () => {
    await owner.getByRole("button", { name: `What to do about ${email}` }).click();
    await owner.getByRole("menuitem", { name: "Take out…" }).click();
    const take = owner.getByRole("dialog").getByRole("button", { name: "Take out" });
    await expect(take).toBeDisabled();
    await owner.getByLabel(/to confirm/).fill(email);
    await take.click();
    await expect(owner.getByRole("rowheader", { name: email })).toHaveCount(0);
    await guest.getByRole("link", { name: "Home" }).click();
    await expect(guest.getByRole("heading", { name: "You belong to no namespace" })).toBeVisible();
    await guest.goto("/databases");
    await expect(guest).toHaveURL("/no-namespace");
  });
});

test("a second factor is set up, asked for at the next sign-in, and its codes count once", async ({
  page,
  strangerPage,
  lastgood,
}) => {
  const who = await addMember(lastgood.data, lastgood.namespace, "admin");
  await signIn(page, who);
  await page.goto("/account");
  await page.getByRole("button", { name: "Set up…" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("img", { name: "The code to scan" })).toBeVisible();
  const key = (await dialog.locator("p.select-all").textContent()) ?? "";
  await dialog.getByLabel("Code of the app").fill("000000");
  await dialog.getByRole("button", { name: "Turn on" }).click();
  await expect(dialog.getByText("This code is wrong, or was used already.")).toBeVisible();
  const setUpCode = oneTimeCode(key);
  await dialog.getByLabel("Code of the app").fill(setUpCode);
  await dialog.getByRole("button", { name: "Turn on" }).click();
  const text = await page.getByRole("region", { name: "Recovery codes" }).locator("p").textContent();
  const codes = text?.split("\n") ?? [];
  expect(codes).toHaveLength(10);
  await page.getByLabel("I have kept them").check();
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText("10 recovery codes left")).toBeVisible();
  expect(await page.content()).not.toContain(codes[0]);

  await test.step("the password alone leads to no page", async () => {
    await givePassword(strangerPage, who);
    await expect(strangerPage.getByLabel("Code")).toBeVisible();
    await strangerPage.goto("/account");
    await expect(strangerPage).toHaveURL(/\/sign-in/);
  });

  await test.step("the code that turned it on is spent; the next one signs in", async () => {
    await givePassword(strangerPage, who);
    await strangerPage.getByLabel("Code").fill(setUpCode);
    await strangerPage.getByRole("button", { name: "Go on" }).click();
    await expect(strangerPage.getByText("This code is wrong, or was used already.")).toBeVisible();
    await strangerPage.getByLabel("Code").fill(oneTimeCode(key, Date.now() + 30_000));
    await strangerPage.getByRole("button", { name: "Go on" }).click();
    await expect(strangerPage).toHaveURL("/");
  });

  await test.step("both browsers are listed, and one ends the other", async () => {
    await page.reload();
    await expect(page.getByText("this one")).toHaveCount(1);
    await page.getByRole("button", { name: "End all others" }).click();
    await expect(page.getByText("Nowhere but here.")).toBeVisible();
    await strangerPage.goto("/databases");
    await expect(strangerPage).toHaveURL(/\/sign-in/);
  });

  await test.step("a recovery code signs in as well", async () => {
    await givePassword(strangerPage, who);
    await strangerPage.getByLabel("Code").fill(codes[0]?.toLowerCase() ?? "");
    await strangerPage.getByRole("button", { name: "Go on" }).click();
    await expect(strangerPage).toHaveURL("/");
    await page.reload();
    await expect(page.getByText("9 recovery codes left")).toBeVisible();
  });
});

test("an old confirmation asks for the password again, and the restore goes on", async ({ page, lastgood, api }) => {
  const name = "stepped-up";
  const post = async (route: string, body: object) => {
    const answer = await api(`/api/namespaces/acme/databases${route}`, { method: "POST", body: JSON.stringify(body) });
    expect(answer.ok).toBe(true);
  };
  await post("", { name, engine: "sqlite" });
  await post(`/${name}/query`, { sql: "create table t(a); insert into t values(1)" });
  await post(`/${name}/snapshots`, { label: "kept" });
  await post(`/${name}/query`, { sql: "delete from t" });
  await signIn(page, lastgood.owner);
  await page.goto(`/databases/${name}/backups`);
  await page.getByRole("button", { name: "kept", exact: true }).click();
  await page.getByRole("button", { name: "Restore…" }).first().click();
  await page.getByLabel(/Reason/).fill("gone by mistake");
  await page.getByLabel(/to confirm/).fill(name);
  await ageConfirmations(lastgood.data, lastgood.owner.email, 11 * 60_000);
  const restores = async () =>
    ((await (await api(`/api/namespaces/acme/databases/${name}/restores`)).json()) as { restores: unknown[] }).restores;

  await page.getByRole("button", { name: `Restore ${name}` }).click();
  const question = page.getByRole("dialog", { name: "Is it still you?" });
  await question.getByRole("button", { name: "Close, nothing starts" }).click();
  await expect(page.getByText("It is more than 10 minutes since you gave your password.")).toBeVisible();
  expect(await restores()).toEqual([]);

  await page.getByRole("button", { name: `Restore ${name}` }).click();
  await question.getByLabel("Your password").fill("not the password");
  await question.getByRole("button", { name: "Go on" }).click();
  await expect(question.getByText("The password is wrong.")).toBeVisible();
  await question.getByLabel("Your password").fill(lastgood.owner.password);
  await question.getByRole("button", { name: "Go on" }).click();
  await expect(page.getByRole("heading", { name: new RegExp(`${name} is back at`) })).toBeVisible({ timeout: 30_000 });
  expect(await restores()).toHaveLength(1);
});
