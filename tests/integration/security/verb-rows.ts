/** Every verb of the command line with arguments that need what only the installation's own user may read; `data` is its folder. */
export const VERB_ROWS: Readonly<Record<string, (data: string) => string[]>> = {
  account: (data) => ["reset", "--email", "owner@example.com", "--data", data],
  audit: (data) => ["verify", "--data", data],
  "restore-offline": (data) => [`${data}/history/7adb0af3-4451-43df-b05e-bd0b949cf95d`, "--verify"],
};
