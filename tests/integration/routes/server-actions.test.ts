import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const PROJECT = path.resolve(import.meta.dirname, "../../..");

/** Server actions that strangers may call: each needs a secret of another kind. */
const PUBLIC = ["completeSetUp", "joinWithPassword", "signIn", "signInWithCode", "signOut"];

const sources = ["app", "components", "lib"].flatMap((folder) =>
  readdirSync(path.join(PROJECT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file) && !file.startsWith("db/generated"))
    .map((file) => path.join(folder, file))
    .map((file) => ({ file, text: readFileSync(path.join(PROJECT, file), "utf8") })),
);
const withActions = sources.filter(({ text }) => /^\s*["']use server["'];?\s*$/m.test(text));

test("server actions live in files called actions.ts or …-actions.ts alone", () => {
  expect(withActions.length).toBeGreaterThan(0);
  for (const { file } of withActions) expect(path.basename(file)).toMatch(/^([a-z-]+-)?actions\.ts$/);
});

test("every server action is wrapped, so that it asks who calls, and the public ones are listed here", () => {
  const found: string[] = [];
  for (const { file, text } of withActions) {
    for (const [line] of text.matchAll(/^export .*$/gm)) {
      const wrapped = /^export const (\w+) = (action|publicAction)\(/.exec(line);
      expect(wrapped, `${file}: ${line}`).not.toBeNull();
      if (wrapped?.[2] === "publicAction") found.push(wrapped[1] ?? "");
    }
  }
  expect(found.sort()).toEqual(PUBLIC);
});
