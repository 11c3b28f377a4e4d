import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import path from "node:path";
import pg from "pg";
import type { KeptBase } from "../../lib/engines/postgres/bases/base-record.ts";
import { makeClusterFolder, makeSocketFolder } from "../../lib/engines/postgres/recovery/cluster-folder.ts";
import { extractBase } from "../../lib/engines/postgres/recovery/extract-base.ts";
import { RecoveredProcess } from "../../lib/engines/postgres/recovery/recovered-process.ts";
import type { WalSource } from "../../lib/engines/postgres/recovery/recovery-plan.ts";
import {
  copySettings,
  RESTORE_COMMAND,
  type ServerSettings,
} from "../../lib/engines/postgres/recovery/recovery-settings.ts";
import { serveLog } from "../../lib/engines/postgres/recovery/serve-log.ts";
import { cleanSettings, writeSettings } from "../../lib/engines/postgres/recovery/write-settings.ts";
import { type RawCluster, SEGMENT_BYTES, walOf } from "./raw-cluster.ts";

export type Blindly = {
  settings: ServerSettings;
  wal?: WalSource;
  /** Left out: the settings that a copy has; otherwise exactly these, with its socket's folder. */
  instead?: (socketDirectory: string) => ServerSettings;
  /** What decides that it can be asked: its promotion, where left out. */
  until?: (connect: () => Promise<pg.Client>) => Promise<void>;
};

/**
 * A recovery as somebody would do it who knows none of the traps: the settings as given, nothing checked before and nothing proven
 * after. Answers what `question` says there, or the server's last words.
 */
export async function recoverBlindly<Answer>(
  cluster: RawCluster,
  base: KeptBase,
  { settings, wal = walOf(cluster.wal), instead, until }: Blindly,
  question: (client: pg.Client) => Promise<Answer>,
): Promise<{ answer: Answer } | { failure: string }> {
  const folder = path.join(cluster.folder, "blind", randomBytes(4).toString("hex"));
  const directory = path.join(folder, "data");
  const socket = makeSocketFolder();
  for (const one of [path.join(folder, "log"), directory]) makeClusterFolder(path.join(cluster.folder, "blind"), one);
  await extractBase(base, directory, { signal: AbortSignal.timeout(60_000), progress: () => undefined });
  if (!instead) cleanSettings(directory, "throwaway");
  writeSettings(folder, directory);
  const common = instead?.(socket) ?? copySettings({ settings: folder, socket }, "throwaway");
  const server = new RecoveredProcess(cluster.programs, directory, [
    ...common,
    ["restore_command", RESTORE_COMMAND],
    ["recovery_target_action", "promote"],
    ...settings,
  ]);
  const connect = async () => {
    const client = new pg.Client({ host: socket, port: 5432, user: cluster.access.user, database: "postgres" });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  };
  const log = { wal, folder: path.join(folder, "log"), segmentBytes: SEGMENT_BYTES };
  const serving = serveLog({ ...log, untilLsn: 2n ** 63n, asks: server.asks, answers: server.answers });
  try {
    await (until ? Promise.race([until(connect), server.ready]) : server.ready);
    const client = await connect();
    try {
      return { answer: await question(client) };
    } finally {
      await client.end();
    }
  } catch (error) {
    const words = server.log.split("\n").filter((line) => /(FATAL|PANIC):/.test(line));
    return { failure: [...words, String(error)].join("\n") };
  } finally {
    await server.end("QUIT");
    await serving;
    for (const one of [folder, socket]) rmSync(one, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Tries until it succeeds; each try fails by itself while the server is not that far. */
export async function untilTrue(connect: () => Promise<pg.Client>, statement: string): Promise<void> {
  for (;;) {
    const client = await connect().catch(() => null);
    if (!client) continue;
    try {
      const { rows } = await client.query<{ yes: boolean }>(statement);
      if (rows[0]?.yes) return;
    } finally {
      await client.end();
    }
  }
}
