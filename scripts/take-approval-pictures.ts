import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, Page } from "@playwright/test";
import { openMetadata } from "../lib/db/client.ts";
import { runtimePaths } from "../lib/runtime-paths.ts";
import { hashPassword } from "../lib/services/auth/hash-password.ts";
import { type StartedLastgood, startLastgood } from "../tests/world/start-lastgood.ts";
import { call, LOOKS, type Look, picturesFolder, shoot, signedIn, withBrowser } from "./picture-studio.ts";

// Takes the pictures of asking and approving for docs/pictures from a Lastgood of its own:
// `node scripts/take-approval-pictures.ts [folder]`. The console must have been built.
const TARGET = picturesFolder(process.argv[2]);
const PASSWORD = "a quiet little password";

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

const signIn = (browser: Browser, { url }: StartedLastgood, who: string, look: Look = LOOKS[0]) =>
  signedIn(browser, url, { email: `${who}@tidewater.example`, password: PASSWORD }, look);

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
  const mara = await signIn(browser, lastgood, "mara.voss");
  const ines = await signIn(browser, lastgood, "ines.okafor");
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
  for (const look of LOOKS) {
    const mara = await signIn(browser, lastgood, "mara.voss", look);
    await mara.goto(`/databases/storefront/backups?at=${(moments.storefront ?? 0) + 1000}`);
    await mara.getByRole("button", { name: "Request a restore…" }).locator("visible=true").first().click();
    await mara.getByRole("dialog").getByText("commits").first().waitFor();
    await shoot(mara, TARGET, "request", look);
    await mara.goto(requests.void);
    await shoot(mara, TARGET, "request-void", look);
    await mara.context().close();
    const ines = await signIn(browser, lastgood, "ines.okafor", look);
    await ines.goto("/approvals");
    await shoot(ines, TARGET, "inbox", look);
    await ines.goto(requests.waits);
    await shoot(ines, TARGET, "approval", look);
    await ines.getByRole("button", { name: "Approve this plan…" }).click();
    await ines
      .getByRole("dialog")
      .getByLabel(/Comment/)
      .fill("Checked with billing.");
    await shoot(ines, TARGET, "approval-dialog", look);
    await ines.goto("/databases/storefront/policy");
    await ines.waitForLoadState("networkidle");
    await ines.getByLabel("Approvals by others").fill("1");
    await shoot(ines, TARGET, "policy", look);
    await ines.context().close();
  }
}

const lastgood = await startLastgood();
try {
  await addPeople(lastgood);
  await call(lastgood, "/databases", { name: "storefront", engine: "sqlite", sample: true });
  await call(lastgood, "/databases", { name: "ledger", engine: "sqlite" });
  await call(lastgood, "/databases/ledger/query", { sql: "create table entries(id integer primary key, text)" });
  await sleep(12_000);
  const moments = { storefront: Date.now() - 4000, ledger: Date.now() - 5000 };
  await call(lastgood, "/databases/ledger/query", { sql: "insert into entries(text) values('one'), ('two')" });
  await withBrowser((browser) => takeAll(browser, lastgood, moments));
} finally {
  await lastgood.remove();
}
