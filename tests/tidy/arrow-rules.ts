import { type Complaint, isCode, type ProjectFile, type Rule } from "./project-files.ts";
import { importsOf, resolveImport, type SourceImport } from "./source-imports.ts";

/** Where a file belongs; `root` is lib's own few files, `outside` what runs the project instead of being it. */
function roomOf(path: string): string {
  const [top = "", second = "", third] = path.split("/");
  if (top !== "lib") return ["app", "components", "prisma"].includes(top) ? top : "outside";
  return third === undefined ? "root" : second;
}

/** What each room may import besides itself. A service asks engines for types alone, and of the agent its client. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  app: ["components", "web", "services", "domain", "client", "root"],
  components: ["domain", "client"],
  web: ["services", "domain", "client", "root"],
  agent: ["services", "engines", "storage", "domain", "root"],
  supervisor: ["services", "engines", "domain", "root"],
  services: ["db", "domain", "root", "client"],
  engines: ["storage", "domain", "root"],
  storage: ["domain"],
  db: ["domain", "root"],
  cli: ["client", "domain"],
  client: ["domain"],
  domain: [],
  root: ["domain"],
  prisma: ["db"],
};
const AGENT_FOR_SERVICES = /^lib\/agent\/(client|protocol)\.ts$/;
const OFFLINE_COMMANDS = ["restore-offline", "restore-backup-offline", "restore-from-bucket", "bring-back-all"].map(
  (name) => `lib/cli/commands/${name}.ts`,
);
/** What works on the installation's own files: proving the audit log, letting somebody in again, becoming an agent. */
const METADATA_COMMANDS = ["account", "audit", "enrol", "tier"].map((name) => `lib/cli/commands/${name}.ts`);

/** Looks at everything, whatever of it is down, and changes nothing. */
const DOCTOR = /^lib\/cli\/doctor\//;
const DOCTOR_ROOMS = ["services", "db", "root", "engines", "storage", "agent", "supervisor"];

function mayImport(from: ProjectFile, target: string, { typeOnly }: SourceImport): boolean {
  const [here, there] = [roomOf(from.path), roomOf(target)];
  if (here === "outside") return true;
  if (there === "outside") return target === "package.json";
  if (here === "services" && there === "engines") return typeOnly;
  if (here === "services" && there === "agent") return AGENT_FOR_SERVICES.test(target);
  if (here === "client" && there === "agent") return false;
  if (METADATA_COMMANDS.includes(from.path) && (there === "services" || there === "db" || there === "root"))
    return true;
  if (DOCTOR.test(from.path) && DOCTOR_ROOMS.includes(there)) return true;
  if (OFFLINE_COMMANDS.includes(from.path) && (there === "engines" || there === "storage")) return true;
  if (from.path === "lib/cli/commands/bring-back-all.ts" && target === "lib/db/place-metadata.ts") return true;
  if (here === "engines" && there === "engines") return sameEngine(from.path, target);
  if (here === "engines" && target === "lib/env.ts") return false;
  return here === there || (ARROWS[here]?.includes(there) ?? false);
}

/** Engines share the interface beside them, how their processes talk and the form of portable documents, and nothing of one another. */
function sameEngine(from: string, target: string): boolean {
  const engineOf = (path: string) => path.split("/").slice(2, -1)[0];
  const other = engineOf(target);
  return other === undefined || other === "json" || other === "processes" || other === engineOf(from);
}

/** Imports follow the arrows of docs/architecture.md. */
export const importsFollowTheArrows: Rule = (files) =>
  files.filter(isCode).flatMap((file) =>
    importsOf(file).flatMap((one): Complaint[] => {
      const target = resolveImport(file.path, one.specifier);
      if (target === null || mayImport(file, target, one)) return [];
      return [{ path: file.path, says: `line ${one.line} imports ${target}` }];
    }),
  );

/** Packages and built-in modules that only some rooms may use. Tests and scripts may use them all. */
const RESERVED: readonly [packages: RegExp, rooms: readonly string[]][] = [
  [/^(@prisma\/|prisma($|\/))/, ["db", "services", "prisma"]],
  [/^better-sqlite3$/, ["db"]],
  [/^node:sqlite$/, ["engines", "agent", "supervisor", "db"]],
  [/^server-only$/, ["app", "web"]],
  [/^(react|react-dom|@tanstack\/react-query)($|\/)/, ["app", "components", "client"]],
  [/^next($|\/)/, ["app", "components", "web"]],
];

/** Prisma, the SQLite builds, React and Next stay in their rooms; the domain uses zod alone. */
export const packagesStayInTheirRooms: Rule = (files) =>
  files.filter(isCode).flatMap((file) => {
    const room = roomOf(file.path);
    if (room === "outside") return [];
    return importsOf(file).flatMap(({ specifier, line }): Complaint[] => {
      if (specifier.startsWith(".")) return [];
      const reserved = RESERVED.find(([packages]) => packages.test(specifier));
      const refused = room === "domain" ? specifier !== "zod" : reserved !== undefined && !reserved[1].includes(room);
      return refused ? [{ path: file.path, says: `line ${line} imports ${specifier}` }] : [];
    });
  });

/** What must not be loaded into a process, however many imports away: two SQLite builds, or SQLite beside raw reads. */
const PROCESSES: readonly [entry: RegExp, never: RegExp][] = [
  [/^lib\/engines\/sqlite\/reader\/main\.ts$/, /^(node:sqlite|better-sqlite3|@prisma\/.*)$/],
  [/^lib\/engines\/sqlite\/keeper\/main\.ts$/, /^(better-sqlite3|@prisma\/.*)$/],
  [/^lib\/agent\/main\.ts$/, /^node:sqlite$/],
  [/^app\/.*(page|route|layout|actions)\.tsx?$/, /^node:sqlite$/],
];

/** Each process loads only what it may: see the table of processes in docs/architecture.md. */
export const processesLoadWhatTheyMay: Rule = (files) => {
  const code = new Map(files.filter(isCode).map((file) => [file.path, file]));
  return PROCESSES.flatMap(([entry, never]) =>
    [...code.values()].filter(({ path }) => entry.test(path)).flatMap((file) => findLoaded(file, never, code)),
  );
};

function findLoaded(entry: ProjectFile, never: RegExp, code: ReadonlyMap<string, ProjectFile>): Complaint[] {
  const seen = new Set<string>();
  const waiting: { file: ProjectFile; way: string[] }[] = [{ file: entry, way: [entry.path] }];
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    for (const { specifier, typeOnly } of importsOf(next.file)) {
      if (typeOnly) continue;
      if (never.test(specifier))
        return [{ path: entry.path, says: `loads ${specifier} through ${next.way.join(" → ")}` }];
      const target = resolveImport(next.file.path, specifier);
      const file = target === null ? undefined : code.get(target);
      if (!file || seen.has(file.path)) continue;
      seen.add(file.path);
      waiting.push({ file, way: [...next.way, file.path] });
    }
  }
  return [];
}

/** Engines learn their settings from whoever starts them; only a process's entry may look at the environment. */
export const enginesReadNoEnvironment: Rule = (files) =>
  files
    .filter(
      ({ path }) => path.startsWith("lib/engines/") && !/(^|\/)(main|[a-z-]+-child|[a-z-]+-worker)\.ts$/.test(path),
    )
    .filter((file) => isCode(file) && /\bprocess\.env\b/.test(file.text))
    .map(({ path }) => ({ path, says: "reads the environment" }));
