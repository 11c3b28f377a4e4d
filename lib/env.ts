import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { homedir } from "node:os";
import path from "node:path";
import ipaddr from "ipaddr.js";
import { z } from "zod";
import { type BackupBlock, parseBackupBlock } from "./domain/backup-block.ts";
import { COPY_VARIABLES, type CopySettings, copySettingsOf } from "./domain/copy-settings.ts";
import { LastgoodError } from "./domain/errors.ts";
import { type MailPlace, parseMailPlace } from "./domain/mail-place.ts";
import { emailSchema, slugSchema } from "./domain/names.ts";
import { listedRanges } from "./egress-rules.ts";
import { type MetadataPlace, metadataPlace } from "./metadata-place.ts";
import { type RuntimePaths, runtimePaths } from "./runtime-paths.ts";

const optionalText = z
  .string()
  .optional()
  .transform((text) => (text === undefined || text === "" ? null : text));

/** Where something is in the network, as `10.0.0.5:7443`, `[fd00::5]:7443` or `db1.example.com:7443`. */
export type HostPort = { host: string; port: number };

const HOST_PORT = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+)):(\d{1,5})$/i;

/** Takes it apart; null for what is none. */
export function parseHostPort(text: string): HostPort | null {
  const [, bracketed, plain, digits] = HOST_PORT.exec(text) ?? [];
  const port = Number(digits);
  return port >= 1 && port <= 65_535 ? { host: bracketed ?? plain ?? "", port } : null;
}

const hostPort = (name: string) =>
  optionalText.transform((text, context): HostPort | null => {
    const place = text === null ? null : parseHostPort(text);
    if (text === null || place !== null) return place;
    context.addIssue({ code: "custom", message: `${name} is host:port, as 10.0.0.5:7443 or [fd00::5]:7443.` });
    return z.NEVER;
  });

/** The other way round. */
export function writeHostPort({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

const EVERYWHERE: readonly string[] = ["0.0.0.0", "::"];

const isAddressRange = (range: string) => ipaddr.isValidCIDR(range) || isIP(range) !== 0;

/** Bytes, from a number of 10^9 bytes. */
const gigabytes = (name: string) =>
  optionalText.pipe(
    z
      .string()
      .transform(Number)
      .pipe(
        z
          .number(`${name} is a number of gigabytes, as 200 or 0.5.`)
          .positive(`${name} is more than 0.`)
          .max(1_000_000, `${name} is at most 1000000.`)
          .transform((gb) => Math.round(gb * 1e9)),
      )
      .nullable(),
  );

const variables = z.object({
  HOST: z.string().default("127.0.0.1"),
  PORT: z.coerce.number().int().min(1).max(65535).default(3000),
  LASTGOOD_URL: optionalText.pipe(z.url({ protocol: /^https?$/ }).nullable()),
  LASTGOOD_TRUSTED_PROXIES: z.string().default(""),
  LASTGOOD_DATA: z.string().default(".lastgood"),
  LASTGOOD_ATTACH_ROOTS: optionalText,
  LASTGOOD_HOOKS: optionalText,
  LASTGOOD_POSTGRES: optionalText,
  LASTGOOD_CLUSTERS: optionalText,
  LASTGOOD_EGRESS_ALLOW: z
    .string()
    .default("")
    .transform(listedRanges)
    .refine((ranges) => ranges.every(isAddressRange), "holds networks and addresses, as 10.0.0.0/8, 192.168.1.20."),
  LASTGOOD_ATTACH_SERVERS: z.enum(["on", "off"], "LASTGOOD_ATTACH_SERVERS is on or off.").default("on"),
  LASTGOOD_ATTACHED_COPIES: z
    .enum(["listed", "on", "off"], "LASTGOOD_ATTACHED_COPIES is listed, on or off.")
    .default("listed"),
  LASTGOOD_STORAGE_KEYS: optionalText,
  ...COPY_VARIABLES,
  LASTGOOD_BACKUP_CONFIG: optionalText,
  LASTGOOD_SECRET: optionalText.pipe(z.string().min(32, "LASTGOOD_SECRET needs at least 32 characters.").nullable()),
  LASTGOOD_METRICS_TOKEN: optionalText.pipe(
    z
      .string()
      .min(32, "LASTGOOD_METRICS_TOKEN needs at least 32 characters.")
      .max(300, "LASTGOOD_METRICS_TOKEN has at most 300 characters.")
      .regex(/^[\x21-\x7e]*$/, "LASTGOOD_METRICS_TOKEN has printable characters alone, and no spaces.")
      .nullable(),
  ),
  LASTGOOD_SMTP_URL: optionalText,
  LASTGOOD_ALARM_FROM: optionalText,
  LASTGOOD_HEARTBEAT_URL: optionalText.pipe(z.url({ protocol: /^https?$/ }).nullable()),
  LASTGOOD_TIERS: z.enum(["on", "off"], "LASTGOOD_TIERS is on or off.").default("off"),
  LASTGOOD_REGION: z.string().default("local"),
  LASTGOOD_PROCESSES: z
    .enum(["all", "console", "agent"], "LASTGOOD_PROCESSES is all, console or agent.")
    .default("all"),
  LASTGOOD_AGENT_LISTEN: hostPort("LASTGOOD_AGENT_LISTEN"),
  LASTGOOD_AGENT_ADDRESS: hostPort("LASTGOOD_AGENT_ADDRESS"),
  LASTGOOD_GRACE_DAYS: z.coerce
    .number("LASTGOOD_GRACE_DAYS is a whole number of days.")
    .int("LASTGOOD_GRACE_DAYS is a whole number of days.")
    .min(1, "What was deleted is kept for at least one day.")
    .max(90, "What was deleted is kept for at most 90 days.")
    .default(7),
  LASTGOOD_DISK_BUDGET_GB: gigabytes("LASTGOOD_DISK_BUDGET_GB"),
  LASTGOOD_DISK_FLOOR_GB: gigabytes("LASTGOOD_DISK_FLOOR_GB"),
});

/** The names of the variables that are read here. */
export const VARIABLE_NAMES: readonly string[] = Object.keys(variables.shape);

/** What the environment says, checked; relative paths are taken from the working directory. */
export type Env = {
  host: string;
  port: number;
  /** The address people use, without a slash at its end. */
  publicUrl: string;
  /** Addresses whose X-Forwarded-For is believed. */
  trustedProxies: string[];
  paths: RuntimePaths;
  metadata: MetadataPlace;
  attachRoots: string[];
  /** Absolute path of the folder with programs that run around restores; null: none. */
  hooks: string | null;
  /** Absolute path of the folder with PostgreSQL's programs; null: where the distribution puts them. */
  postgresPrograms: string | null;
  /** Networks and addresses beyond public ones that webhooks, integrations and stores may be at. */
  egressAllow: string[];
  /** Whether people may attach PostgreSQL servers. */
  attachServers: boolean;
  /** Whether states of attached servers may run on this machine: of those at listed addresses, of all, of none. */
  attachedCopies: "listed" | "on" | "off";
  /** Absolute path of the file with the keys that backups are sealed with; null: they are not. */
  storageKeys: string | null;
  /** Where histories are kept a second time; null: nowhere. Its file of keys is an absolute path. */
  copy: CopySettings | null;
  /** What the file that LASTGOOD_BACKUP_CONFIG names says; null: there is none, or its block is not enabled. */
  backupBlock: BackupBlock | null;
  secret: string | null;
  /** What opens /metrics; null: nothing does. */
  metricsToken: string | null;
  /** Where alarms go by e-mail; null: nowhere. */
  mail: MailPlace | null;
  /** What is called each minute while all is well, so that its silence is an alarm; null: nothing. */
  heartbeatUrl: string | null;
  /** Whether namespaces are offered PostgreSQL by tier; without tiers every window is there. */
  tiers: boolean;
  region: string;
  /** `console`: no agent and no capture here; agents of the same store do the work. `agent`: all but the console. */
  processes: "all" | "console" | "agent";
  /** Where the agent listens for consoles of other machines, and how they reach it; null: over its socket alone. */
  agentLink: { listen: HostPort; address: HostPort } | null;
  /** How long what was deleted can be brought back, 1 to 90 days. */
  graceDays: number;
  /** Bytes that Lastgood may take on the agent's disk, and that it leaves free there; null: not set. */
  diskBudgetBytes: number | null;
  diskFloorBytes: number | null;
};

function refuse(error: z.ZodError): LastgoodError {
  const issue = error.issues[0];
  const name = issue?.path.join(".") ?? "";
  return new LastgoodError("invalid_input", `${name}: ${issue?.message ?? "is not usable."}`, {
    field: name,
    hint: `Correct ${name} in the environment and start again.`,
  });
}

/** Reads the environment. Throws `invalid_input` naming the variable. */
export function readEnv(source: NodeJS.ProcessEnv = process.env): Env {
  const parsed = variables.safeParse(source);
  if (!parsed.success) throw refuse(parsed.error);
  const values = parsed.data;
  const metadata = metadataPlace(source);
  if (values.LASTGOOD_PROCESSES !== "all" && metadata.provider === "sqlite") {
    const needed = values.LASTGOOD_PROCESSES === "console" ? "agents share" : "it shares with a console";
    throw new LastgoodError(
      "invalid_input",
      `LASTGOOD_PROCESSES=${values.LASTGOOD_PROCESSES} needs a store that ${needed}.`,
      {
        field: "LASTGOOD_PROCESSES",
        hint: "Let DATABASE_URL name the PostgreSQL of the other Lastgoods, or unset LASTGOOD_PROCESSES.",
      },
    );
  }
  const data = path.resolve(values.LASTGOOD_DATA);
  const paths = runtimePaths(data, values.LASTGOOD_CLUSTERS === null ? null : path.resolve(values.LASTGOOD_CLUSTERS));
  const backupBlock = readBackupBlock(values.LASTGOOD_BACKUP_CONFIG);
  const host = values.HOST.includes(":") ? `[${values.HOST}]` : values.HOST;
  const roots = values.LASTGOOD_ATTACH_ROOTS?.split(path.delimiter).filter((root) => root !== "");
  return {
    host: values.HOST,
    port: values.PORT,
    publicUrl: (values.LASTGOOD_URL ?? `http://${host}:${values.PORT}`).replace(/\/+$/, ""),
    trustedProxies: values.LASTGOOD_TRUSTED_PROXIES.split(",").flatMap((part) => part.trim() || []),
    paths: backupBlock ? withBackups(paths, backupBlock.storagePath) : paths,
    metadata,
    attachRoots: (roots ?? [...ownHome(), path.dirname(data)]).map((root) => path.resolve(root)),
    hooks: values.LASTGOOD_HOOKS === null ? null : path.resolve(values.LASTGOOD_HOOKS),
    postgresPrograms: values.LASTGOOD_POSTGRES === null ? null : path.resolve(values.LASTGOOD_POSTGRES),
    egressAllow: values.LASTGOOD_EGRESS_ALLOW,
    attachServers: values.LASTGOOD_ATTACH_SERVERS === "on",
    attachedCopies: values.LASTGOOD_ATTACHED_COPIES,
    storageKeys: values.LASTGOOD_STORAGE_KEYS === null ? null : path.resolve(values.LASTGOOD_STORAGE_KEYS),
    copy: withWholePath(copySettingsOf(values, values.LASTGOOD_STORAGE_KEYS)),
    backupBlock,
    secret: values.LASTGOOD_SECRET,
    metricsToken: values.LASTGOOD_METRICS_TOKEN,
    mail: parseMailPlace(values.LASTGOOD_SMTP_URL, values.LASTGOOD_ALARM_FROM),
    heartbeatUrl: values.LASTGOOD_HEARTBEAT_URL,
    tiers: values.LASTGOOD_TIERS === "on",
    region: values.LASTGOOD_REGION,
    processes: values.LASTGOOD_PROCESSES,
    agentLink: agentLink(values.LASTGOOD_AGENT_LISTEN, values.LASTGOOD_AGENT_ADDRESS),
    graceDays: values.LASTGOOD_GRACE_DAYS,
    diskBudgetBytes: values.LASTGOOD_DISK_BUDGET_GB,
    diskFloorBytes: values.LASTGOOD_DISK_FLOOR_GB,
  };
}

function withWholePath(copy: CopySettings | null): CopySettings | null {
  if (copy && copy.asOfMs !== null) {
    throw new LastgoodError("invalid_input", "LASTGOOD_COPY_AS_OF is for bringing back alone.", {
      field: "LASTGOOD_COPY_AS_OF",
      hint: "Unset it and start again; it is for lastgood restore-offline --bucket.",
    });
  }
  if (copy?.keysFile == null) return copy;
  return { ...copy, keysFile: path.resolve(/* turbopackIgnore: true */ copy.keysFile) };
}

function agentLink(listen: HostPort | null, address: HostPort | null): Env["agentLink"] {
  const field = listen === null ? "LASTGOOD_AGENT_LISTEN" : "LASTGOOD_AGENT_ADDRESS";
  if (listen === null && address === null) return null;
  if (listen === null) {
    throw new LastgoodError(
      "invalid_input",
      "LASTGOOD_AGENT_ADDRESS says how to reach an agent that listens nowhere.",
      {
        field,
        hint: "Set LASTGOOD_AGENT_LISTEN as well, as 0.0.0.0:7443.",
      },
    );
  }
  if (address === null && EVERYWHERE.includes(listen.host)) {
    throw new LastgoodError(
      "invalid_input",
      `LASTGOOD_AGENT_LISTEN=${writeHostPort(listen)} says nobody how to reach it.`,
      {
        field,
        hint: `Set LASTGOOD_AGENT_ADDRESS to what consoles connect to, as db1.example.com:${listen.port}.`,
      },
    );
  }
  return { listen, address: address ?? listen };
}

/** None for a user that the system does not know by name, as containers may have it. */
function ownHome(): string[] {
  try {
    return [homedir()];
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_SYSTEM_ERROR") return [];
    throw error;
  }
}

function readBackupBlock(file: string | null): BackupBlock | null {
  if (file === null) return null;
  try {
    const block = parseBackupBlock(readFileSync(path.resolve(/* turbopackIgnore: true */ file), "utf8"), file);
    return block.enabled ? block : null;
  } catch (error) {
    if (error instanceof LastgoodError) throw error;
    throw new LastgoodError("invalid_input", `LASTGOOD_BACKUP_CONFIG: ${file} cannot be read.`, {
      field: "LASTGOOD_BACKUP_CONFIG",
      hint: "Let it name a file that Lastgood may read, and start again.",
    });
  }
}

/** Backups lie in a folder of their own: what removes them must never meet anything else. */
function withBackups(paths: RuntimePaths, storagePath: string): RuntimePaths {
  const backups = path.resolve(/* turbopackIgnore: true */ paths.data, storagePath);
  const isWithin = (inner: string, outer: string) => !/^\.\.(\/|$)/.test(path.relative(outer, inner));
  const { data, metadataCopies, hosted, history, uploads, temporary, run } = paths;
  const others = [metadataCopies, hosted, history, uploads, temporary, run];
  const isTaken = isWithin(data, backups) || others.some((one) => isWithin(one, backups) || isWithin(backups, one));
  if (!isTaken) return { ...paths, backups };
  throw new LastgoodError("invalid_input", "storagePath of the backup block is no folder of its own.", {
    field: "LASTGOOD_BACKUP_CONFIG",
    hint: `Let it name a folder that holds nothing else, as ./backups below ${data}.`,
  });
}

const initVariables = z.object({
  LASTGOOD_INIT_OWNER_EMAIL: emailSchema,
  LASTGOOD_INIT_OWNER_PASSWORD: z.string().min(8, "A password has at least 8 characters.").max(200),
  LASTGOOD_INIT_NAMESPACE: slugSchema.default("main"),
  LASTGOOD_INIT_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{8,200}$/, "An API token has 8 to 200 printable characters and no spaces.")
    .optional(),
});

export type InitialOwner = { email: string; password: string; namespace: string; token: string | null };

/** The owner that the environment names for the first start; null when it names none. Throws `invalid_input`. */
export function readInitialOwner(source: NodeJS.ProcessEnv = process.env): InitialOwner | null {
  if (!source.LASTGOOD_INIT_OWNER_EMAIL && !source.LASTGOOD_INIT_OWNER_PASSWORD) return null;
  const parsed = initVariables.safeParse(source);
  if (!parsed.success) throw refuse(parsed.error);
  return {
    email: parsed.data.LASTGOOD_INIT_OWNER_EMAIL,
    password: parsed.data.LASTGOOD_INIT_OWNER_PASSWORD,
    namespace: parsed.data.LASTGOOD_INIT_NAMESPACE,
    token: parsed.data.LASTGOOD_INIT_TOKEN ?? null,
  };
}
