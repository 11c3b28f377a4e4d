/** What is the same for everybody: it reads nothing and asks nobody. */
export const OPEN_VERBS: readonly string[] = ["completion"];

/**
 * Every verb of the command line with arguments that need what only the installation's own user may read; `data` is its folder.
 * Whatever asks the console does so with a token of a file there.
 */
export const VERB_ROWS: Readonly<Record<string, (data: string) => string[]>> = {
  status: () => [],
  databases: () => ["list"],
  exposure: () => [],
  window: () => [],
  bookmark: () => [],
  view: () => ["SELECT 1"],
  diff: () => ["--from", "now"],
  "give-back": () => ["plan", "--from", "now", "--table", "orders"],
  "restore-points": () => ["list"],
  backups: () => ["list"],
  restore: () => ["--backup-key", "k"],
  restores: () => ["list"],
  previews: () => ["list"],
  cutover: () => ["--preview-id", "p"],
  schedules: () => ["list"],
  approvals: () => ["list"],
  tokens: () => ["list"],
  members: () => ["list"],
  webhooks: () => ["list"],
  regions: () => ["list"],
  alarms: () => ["list"],
  copies: () => ["list"],
  erase: () => ["shop", "--before", "now"],
  agents: () => ["list"],
  enrol: (data) => [
    "--console",
    "http://127.0.0.1:1",
    "--token",
    `lge_${"0".repeat(32)}_${"a".repeat(43)}`,
    "--data",
    data,
  ],
  profiles: () => ["list"],
  account: (data) => ["reset", "--email", "owner@example.com", "--data", data],
  audit: (data) => ["verify", "--data", data],
  doctor: (data) => ["--data", data],
  "restore-offline": (data) => [`${data}/history/7adb0af3-4451-43df-b05e-bd0b949cf95d`, "--verify"],
  tier: (data) => ["--data", data],
};
