import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { giveToClusterUser } from "./cluster-folder.ts";

/** Only through the socket, whose folder nobody else can enter. */
const ACCESS = "local all all trust\n";

/** Puts a restored copy's own configuration beside its data directory, and the sign that it is to recover into it. */
export function writeSettings(folder: string, directory: string): void {
  const files = {
    [path.join(folder, "postgresql.conf")]: "",
    [path.join(folder, "pg_hba.conf")]: ACCESS,
    [path.join(folder, "pg_ident.conf")]: "",
    [path.join(directory, "recovery.signal")]: "",
  };
  for (const [file, text] of Object.entries(files)) {
    writeFileSync(file, text, { mode: 0o600 });
    giveToClusterUser(file);
  }
}

/** Settings of an original that say whom it follows, who waits for whom, and how it recovers. */
const ITS_OWN = /^\s*(recovery_\w+|restore_command|archive_cleanup_command|primary_\w+|synchronous_standby_names)\b/i;

/** Takes what ALTER SYSTEM has set out of the copy: all of it, or where the copy is to serve what belongs to the original alone. */
export function cleanSettings(directory: string, purpose: "throwaway" | "lasting"): void {
  const file = path.join(directory, "postgresql.auto.conf");
  if (!existsSync(file)) return;
  const lines = readFileSync(file, "utf8").split("\n");
  if (purpose === "throwaway") rmSync(file);
  else writeFileSync(file, lines.filter((line) => !ITS_OWN.test(line)).join("\n"));
}
