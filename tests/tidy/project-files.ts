import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** One file of the project; `path` is relative, with slashes. */
export type ProjectFile = { path: string; text: string };
/** What a rule found: where, and in words. */
export type Complaint = { path: string; says: string };
export type Rule = (files: readonly ProjectFile[]) => Complaint[];

export const PROJECT = path.resolve(import.meta.dirname, "../..");
const NOT_OURS = new Set([
  ".git",
  ".next",
  ".runtime",
  ".lastgood",
  "node_modules",
  "generated",
  "test-results",
  "playwright-report",
  ".tmp",
]);
const MADE = new Set(["next-env.d.ts", "tsconfig.tsbuildinfo"]);
const TEXT = /\.(ts|tsx|mts|mjs|js|json|md|css|prisma|sql|sh|svg|yml|yaml|toml)$|^\.ci\/|^\.gitignore$|^LICENSE$/;

/** Names of everything directly below a folder that belongs to the project. */
export function entriesOf(folder: string): string[] {
  return readdirSync(path.join(PROJECT, folder)).filter((name) => !NOT_OURS.has(name) && !MADE.has(name));
}

/** Every file of the project that is text; others come with an empty text, so that their names are still checked. */
export function readProject(folder = ""): ProjectFile[] {
  return readdirSync(path.join(PROJECT, folder), { withFileTypes: true }).flatMap((entry) => {
    const relative = folder === "" ? entry.name : `${folder}/${entry.name}`;
    // In a linked worktree .git is a file.
    if (NOT_OURS.has(entry.name) || MADE.has(entry.name)) return [];
    if (entry.isDirectory()) return readProject(relative);
    return [{ path: relative, text: TEXT.test(relative) ? readFileSync(path.join(PROJECT, relative), "utf8") : "" }];
  });
}

export const isCode = (file: ProjectFile) => /\.(ts|tsx|mjs)$/.test(file.path);
/** The tidy test's own examples of what is wrong. */
export const isTidy = (file: ProjectFile) => file.path.startsWith("tests/tidy");
