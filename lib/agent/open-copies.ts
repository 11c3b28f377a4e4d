import type { CopySettings } from "../domain/copy-settings.ts";
import type { CopyStores } from "../storage/copy/copy-stores.ts";
import { openCopyStore } from "../storage/copy/open-copy-store.ts";
import { StorageKeys } from "./storage-keys.ts";

/** The store of second copies, opened anew when the operator's keys change: they rotate while everything runs. */
export class OpenCopies {
  readonly settings: CopySettings | null;
  readonly #keys: StorageKeys;
  #store: (CopyStores & { close(): void; keys: unknown }) | null = null;

  constructor(settings: CopySettings | null) {
    this.settings = settings;
    this.#keys = new StorageKeys(settings?.keysFile ?? null, "LASTGOOD_COPY_KEYS");
  }

  /** Throws `storage_key_missing` where the keys cannot be read: nothing is shipped unsealed instead. */
  stores(): CopyStores {
    const keys = this.#keys.read();
    const { settings } = this;
    if (!settings) throw new Error("assumption violated: second copies have a store");
    if (this.#store?.keys === keys) return this.#store;
    const former = this.#store;
    this.#store = { ...openCopyStore(settings, keys), keys };
    // Whatever is under way ends with the former one; its sockets close when they are idle.
    setTimeout(() => former?.close(), 60_000).unref();
    return this.#store;
  }

  /** Ends open connections. */
  close(): void {
    this.#store?.close();
  }
}
