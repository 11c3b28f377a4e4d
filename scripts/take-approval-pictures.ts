import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "@playwright/test";
import { findChromium } from "../e2e/find-chromium.ts";
import { openMetadata } from "../lib/db/client.ts";
import { runtimePaths } from "../lib/runtime-paths.ts";
import { hashPassword } from "../lib/services/auth/hash-password.ts";
import { type StartedLastgood, startLastgood } from "../tests/world/start-lastgood.ts";

// Takes the pictures of asking and approving for docs/pictures from a Lastgood of its own:
// `node scripts/take-approval-pictures.ts [folder]`. The console must have been built.
const TARGET = path.resolve(process.argv[2] ?? path.join(import.meta.dirname, "../docs/pictures"));
const PASSWORD = "a quiet little password";
const LOOKS = [
  { suffix: "light", colorScheme: "light", width: 1440, height: 900, scale: 1 },
  { suffix: "dark", colorScheme: "dark", width: 1440, height: 900, scale: 1 },
  { suffix: "phone-light", colorScheme: "light", width: 390, height: 844, scale: 2 },
  { suffix: "phone-dark", colorScheme: "dark", width: 390, height: 844, scale: 2 },
] as const;

async function addPeople(lastgood: StartedLastgood): Promise<void> {
  const db = openMetadata({ provider: "sqlite", file: runtimePaths(lastgood.data).metadata });
  try {
    const { id: namespaceId } = await db.namespace.findUniqueOrThrow({ where: { slug: lastgood.namespace } });
    const passwordHash = await hashPassword(PASSWORD);
    for (const [email, role] of Object.entries({
      "mara.voss@tidewater.example": "member",
      "ines.okafor@tidewater.example": "admin",
    })) {
      const userId = randomUUID();
      const createdAtMs = BigInt(Date.now());
      await db.user.create({ data: { id: userId, email, passwordHash, createdAtMs } });
      await db.membership.create({ data: { namespaceId, userId, role, createdAtMs } });
    }
  } finally {
    await db.$disconnect();
  }
}

async function post(lastgood: StartedLastgood, route: string, body: unknown): Promise<void> {
  const answer = await fetch(`${lastgood.url}/api/namespaces/${lastgood.namespace}${route}`, {
    method: "POST",
    headers: { authorization: `Bearer ${lastgood.token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${route}: ${answer.status} ${await answer.text()}`);
}

async function signIn(browser: Browser, lastgood: StartedLastgood, who: string, look: BrowserContextOptions) {
  const context = await browser.newContext({
    baseURL: lastgood.url,
    timezoneId: "Europe/Berlin",
    reducedMotion: "reduce",
    ...look,
  });
  const page = await context.newPage();
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(`${who}@tidewater.example`);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("/");
  return page;
}

async function ask(page: Page, database: string, atMs: number, reason: string): Promise<string> {
  await page.goto(`/databases/${database}/backups?at=${atMs}`);
  await page.getByRole("button", { name: "Request a restore…" }).locator("visible=true").first().click();
  await page
    .getByRole("dialog")
    .getByLabel(/Reason/)
    .fill(reason);
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /Request approval|instead/ })
    .click();
  await page.waitForURL(/\/approvals\/[0-9a-f-]{36}$/);
  return new URL(page.url()).pathname;
}

async function decide(page: Page, request: string, verdict: "Approve this plan" | "Refuse", comment: string) {
  await page.goto(request);
  await page.getByRole("button", { name: `${verdict}…` }).click();
  await page
    .getByRole("dialog")
    .getByLabel(/Comment/)
    .fill(comment);
  await page.getByRole("dialog").getByRole("button", { name: verdict, exact: true }).click();
  await page.getByRole("region", { name: "Verdicts" }).waitFor();
}

/** Requests in every state; answers the paths of one that waits and of one that is void. */
async function makeRequests(browser: Browser, lastgood: StartedLastgood, moments: Record<string, number>) {
  const mara = await signIn(browser, lastgood, "mara.voss", {});
  const ines = await signIn(browser, lastgood, "ines.okafor", {});
  const refused = await ask(mara, "ledger", moments.ledger ?? 0, "Month-end figures look odd since the import");
  await decide(ines, refused, "Refuse", "The import is right; the report was not. See INC-2288.");
  const old = await ask(
    mara,
    "storefront",
    (moments.storefront ?? 0) - 4000,
    "DELETE on orders with a wrong WHERE, INC-2291",
  );
  await decide(ines, old, "Approve this plan", "Checked with billing.");
  const waits = await ask(mara, "storefront", moments.storefront ?? 0, "DELETE on orders with a wrong WHERE, INC-2291");
  await mara.context().close();
  await ines.context().close();
  return { void: old, waits };
}

async function takeAll(browser: Browser, lastgood: StartedLastgood, moments: Record<string, number>): Promise<void> {
  const requests = await makeRequests(browser, lastgood, moments);
  for (const { suffix, colorScheme, width, height, scale } of LOOKS) {
    const look = { colorScheme, viewport: { width, height }, deviceScaleFactor: scale };
    const shooter = (page: Page) => async (name: string) => {
      await page.waitForLoadState("networkidle");
      await page.mouse.move(0, 0);
      await sleep(800);
      await page.screenshot({ path: path.join(TARGET, `${name}-${suffix}.png`) });
    };
    const mara = await signIn(browser, lastgood, "mara.voss", look);
    const shootMara = shooter(mara);
    await mara.goto(`/databases/storefront/backups?at=${(moments.storefront ?? 0) + 1000}`);
    await mara.getByRole("button", { name: "Request a restore…" }).locator("visible=true").first().click();
    await mara.getByRole("dialog").getByText("commits").first().waitFor();
    await shootMara("request");
    await mara.goto(requests.void);
    await shootMara("request-void");
    await mara.context().close();
    const ines = await signIn(browser, lastgood, "ines.okafor", look);
    const shootInes = shooter(ines);
    await ines.goto("/approvals");
    await shootInes("inbox");
    await ines.goto(requests.waits);
    await shootInes("approval");
    await ines.getByRole("button", { name: "Approve this plan…" }).click();
    await ines
      .getByRole("dialog")
      .getByLabel(/Comment/)
      .fill("Checked with billing.");
    await shootInes("approval-dialog");
    await ines.goto("/databases/storefront/policy");
    await ines.waitForLoadState("networkidle");
    await ines.getByLabel("Approvals by others").fill("1");
    await shootInes("policy");
    await ines.context().close();
  }
}

mkdirSync(TARGET, { recursive: true });
const executablePath = findChromium();
const lastgood = await startLastgood();
try {
  await addPeople(lastgood);
  await post(lastgood, "/databases", { name: "storefront", engine: "sqlite", sample: true });
  await post(lastgood, "/databases", { name: "ledger", engine: "sqlite" });
  await post(lastgood, "/databases/ledger/query", { sql: "create table entries(id integer primary key, text)" });
  await sleep(12_000);
  const moments = { storefront: Date.now() - 4000, ledger: Date.now() - 5000 };
  await post(lastgood, "/databases/ledger/query", { sql: "insert into entries(text) values('one'), ('two')" });
  const browser = await chromium.launch({
    ...(executablePath && { executablePath }),
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
  try {
    await takeAll(browser, lastgood, moments);
  } finally {
    await browser.close();
  }
} finally {
  await lastgood.remove();
}
