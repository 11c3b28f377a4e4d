import { isTransactionConflict, type MetadataTransaction, metadata, toUnavailable } from "../db/client.ts";
import { metadataUnavailable } from "../db/metadata-unavailable.ts";

const MAX_TRIES = 8;

/**
 * Runs `fn` in a serialisable transaction and again, at most eight times, when it lost against another one: so `fn` must
 * do nothing but read and write the metadata. Asking an agent in here would hold everybody up: transactions run one after
 * the other, those of all consoles and agents. Throws `metadata_unavailable` when the store does not answer, or when its
 * turn does not come.
 */
export async function transact<T>(fn: (tx: MetadataTransaction) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await metadata().$transaction(fn, { isolationLevel: "Serializable", maxWait: 15_000, timeout: 15_000 });
    } catch (error) {
      if (!isTransactionConflict(error)) throw toUnavailable(error);
      if (tries === MAX_TRIES) throw metadataUnavailable(error);
    }
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * tries));
  }
}
