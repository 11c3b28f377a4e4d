import type { Copied } from "../../../domain/restore.ts";
import type { Run } from "../../engine.ts";
import type { EngineStored, StoredCopyOrder, StoredHistory, StoredMoment } from "../../engine-stored.ts";
import type { History } from "../history/open-history.ts";
import { openStoredHistory } from "../offline/open-stored-history.ts";
import { resolveStoredMoment } from "../offline/resolve-stored-moment.ts";
import { asMoment, findBookmark } from "../restore/find-moment.ts";
import type { DatabaseCopies } from "./database-copies.ts";

/** Histories of files that lie in folders of their own. */
export class StoredHistories implements EngineStored {
  readonly #copies: DatabaseCopies;

  constructor(copies: DatabaseCopies) {
    this.#copies = copies;
  }

  /** A file runs nothing. */
  async requireCopyable(): Promise<void> {}

  async resolve(stored: StoredHistory, at: StoredMoment) {
    return opened(stored, (history) => asMoment(history, resolveStoredMoment(history, { ...at, justBefore: false })));
  }

  copyStored({ history: stored, to, target, restoreId }: StoredCopyOrder, run: Run): Promise<Copied> {
    const found = opened(stored, (history) => {
      const commit = findBookmark(history, to, null);
      const from = { historyDirectory: stored.directory, txid: commit.txid };
      return { from, sizeBytes: commit.sizeAfter * history.pageSize, reached: asMoment(history, commit) };
    });
    return this.#copies.publish({ ...found, target, restoreId }, run);
  }
}

function opened<T>({ directory }: StoredHistory, read: (history: History) => T): T {
  const history = openStoredHistory(directory);
  try {
    return read(history);
  } finally {
    history.close();
  }
}
