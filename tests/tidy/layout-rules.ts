import { type Complaint, isCode, isTidy, type ProjectFile, type Rule } from "./project-files.ts";

const TOP = new Set([
  "app",
  "components",
  "lib",
  "prisma",
  "public",
  "e2e",
  "tests",
  "bench",
  "bin",
  "scripts",
  "docs",
  "deploy",
  ".ci",
  "README.md",
  "LICENSE",
  ".gitignore",
  ".dockerignore",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "biome.json",
  "next.config.mjs",
  "postcss.config.mjs",
  "playwright.config.ts",
  "vitest.config.ts",
  "proxy.ts",
  "instrumentation.ts",
]);
const ROOMS = new Set([
  "domain",
  "services",
  "engines",
  "storage",
  "agent",
  "supervisor",
  "cli",
  "web",
  "client",
  "db",
]);
const ROOT_FILES = new Set([
  "env.ts",
  "child-environment.ts",
  "end-at-once.ts",
  "egress-rules.ts",
  "log.ts",
  "metadata-place.ts",
  "request-scope.ts",
  "runtime.ts",
  "runtime-paths.ts",
]);
const LONGEST_LINES = 400;

/** The top level and lib hold what docs/architecture.md names, and nothing else. */
export const everythingHasItsPlace: Rule = (files) => {
  const complaints = new Map<string, Complaint>();
  for (const { path } of files) {
    const [top = "", second = "", third] = path.split("/");
    if (!TOP.has(top)) complaints.set(top, { path: top, says: "is not part of the layout" });
    const known = third === undefined ? ROOT_FILES.has(second) : ROOMS.has(second);
    if (top === "lib" && !known) complaints.set(second, { path: `lib/${second}`, says: "is not part of the layout" });
  }
  return [...complaints.values()];
};

const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const CAPITALS = new Set(["Containerfile", "README.md", "FORMAT.md", "LICENSE", "OFL.txt"]);
const VAGUE = /(^|-)(utils?|helpers?|common|managers?|misc|stuff|shared)(-|$)/;

/** A folder may be a route's segment: `(group)`, `[param]`, `[...rest]`, `@slot`, `_private`. */
const plainSegment = (segment: string) => segment.replace(/^(\(|\[\[?(\.\.\.)?|@|_)/, "").replace(/(\)|\]\]?)$/, "");

/** Its clients spell the addresses. */
const BORROWED_ADDRESSES = "app/client/v4/";

/** Names are kebab-case and say what is inside. */
export const namesSayWhatIsInside: Rule = (files) =>
  files.flatMap(({ path }): Complaint[] => {
    const segments = path.split("/");
    const file = segments.at(-1) ?? "";
    if (CAPITALS.has(file) || file.startsWith(".")) return [];
    // Python's own convention is the underscore.
    const stem = (file.split(".")[0] ?? "").replace(/^_/, "").replaceAll(file.endsWith(".py") ? "_" : "\0", "-");
    const folders = segments.slice(0, -1).filter((segment) => !segment.startsWith("."));
    // Prisma names a migration's folder by its moment, an underscore and its name.
    const words = [
      ...folders.map(plainSegment).map((segment) =>
        segment
          .replace(/\.json$/, "")
          .replace(/^\d{14}_/, "")
          .replaceAll("_", "-"),
      ),
      stem,
    ];
    if (
      folders.some(
        (folder, index) =>
          folder.includes("_") &&
          !folder.startsWith("_") &&
          folders[index - 1] !== "migrations" &&
          !path.startsWith(BORROWED_ADDRESSES),
      )
    ) {
      return [{ path, says: "has a folder that is not kebab-case" }];
    }
    if (words.some((word) => !KEBAB.test(word) && !/^[a-z]+[A-Za-z]*$/.test(segments[0] === "app" ? word : "-"))) {
      return [{ path, says: "is not kebab-case" }];
    }
    return words.some((word) => VAGUE.test(word)) ? [{ path, says: "has a name that says nothing" }] : [];
  });

/** A file that only passes on what others export hides where things are. */
export const noBarrels: Rule = (files) =>
  files.filter(isCode).flatMap((file): Complaint[] => {
    const lines = file.text.split("\n").filter((line) => line.trim() !== "" && !/^\s*(\/\/|\/?\*)/.test(line));
    const passesOn = lines.length > 1 && lines.every((line) => /^export (type )?(\*|\{[^}]*\}).* from "/.test(line));
    return passesOn ? [{ path: file.path, says: "only passes on what other files export" }] : [];
  });

/** No file of code grows beyond what one reads in one go. */
export const filesStayShort: Rule = (files) =>
  files.filter(isCode).flatMap((file): Complaint[] => {
    const lines = file.text.trimEnd().split("\n").length;
    return lines > LONGEST_LINES ? [{ path: file.path, says: `has ${lines} lines, more than ${LONGEST_LINES}` }] : [];
  });

/** What must not be written anywhere, each with what it is. */
const FORBIDDEN: readonly [pattern: RegExp, what: string, where: (file: ProjectFile) => boolean][] = [
  [/\/[/*].*(@ts-(ignore|expect-error|nocheck)|biome-ignore|eslint-disable)/, "silences a check", isCode],
  [/\b(it|test|describe)(\.\w+)*\.(only|skip|todo|fixme)\b/, "leaves a test out", isCode],
  [/\b(TODO|FIXME|XXX|HACK)\b/, "leaves something undone", isCode],
  [
    /\bregistry\.[a-z0-9-]+\.(org|com|net|io|dev)\b|\b(npm|yarn|pypi|crates)[a-z]*\.(org|com|io|dev)\b/i,
    "names a package registry",
    () => true,
  ],
  [/^\s*"resolved": /m, "binds a package to a registry", (file) => file.path.endsWith("package-lock.json")],
  [/\.\.\/shared\/|\/work\/(main|shared|seeds)\b|(?<!\.)\bprototypes?\b/, "speaks of where it was written", () => true],
];

/** Nothing silences a check, leaves a test out, or names a place that a reader cannot know. */
export const nothingForbiddenIsWritten: Rule = (files) =>
  files
    .filter((file) => !isTidy(file))
    .flatMap((file) =>
      FORBIDDEN.filter(([pattern, , where]) => where(file) && pattern.test(file.text)).map(([pattern, what]) => ({
        path: file.path,
        says: `${what}: ${pattern.exec(file.text)?.[0].trim()}`,
      })),
    );

/** Relative links of documents lead to a file of the project. */
export const linksLeadSomewhere: Rule = (files) => {
  const paths = new Set(
    files.flatMap(({ path }) => path.split("/").map((_, index, all) => all.slice(0, index + 1).join("/"))),
  );
  return files
    .filter(({ path }) => path.endsWith(".md"))
    .flatMap(({ path, text }) => {
      const targets = [...text.matchAll(/\]\(([^)\s]+)\)|<img[^>]+src="([^"]+)"|srcset="([^"]+)"/g)].map(
        (match) => match.slice(1).find(Boolean) ?? "",
      );
      return targets
        .filter((target) => !/^([a-z]+:|#)/.test(target))
        .filter((target) => !paths.has(resolveFrom(path, target)))
        .map((target) => ({ path, says: `links to ${target}, which does not exist` }));
    });
};

function resolveFrom(document: string, target: string): string {
  const here = new URL(document, "file:///");
  return decodeURIComponent(new URL(target, here).pathname).slice(1).replace(/\/$/, "");
}
