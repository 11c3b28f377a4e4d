import { useDisk } from "../../../lib/storage/disk.ts";

// Preloaded into the reader: nothing that it writes is synced. The control: then power cuts must cost commits.
useDisk({
  fdatasync: async () => undefined,
  fsync: async () => undefined,
  fdatasyncSync: () => undefined,
  fsyncSync: () => undefined,
});
