import { LogUnavailable } from "./capture-problem.ts";
import type { Hold, KeeperLink } from "./keeper-link.ts";
import type { LiveFiles } from "./live-files.ts";
import { LiveImage } from "./live-image.ts";
import type { LogScanner } from "./log-scanner.ts";

/** Runs something on a database's image while the keepers stand still; they go on when it ends, however it ends. */
export async function withStillImage<T>(
  link: KeeperLink,
  database: string,
  files: LiveFiles,
  scanner: LogScanner,
  run: (hold: Hold, image: LiveImage) => Promise<T>,
): Promise<T> {
  const hold = await link.hold(database);
  try {
    if (!files.look()) throw new LogUnavailable("nobody has the database open");
    const image = await LiveImage.open(files, scanner);
    try {
      return await run(hold, image);
    } finally {
      image.close();
    }
  } finally {
    hold.release();
  }
}
