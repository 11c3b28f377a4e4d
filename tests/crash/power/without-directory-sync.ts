import { realDisk, useDisk } from "../../../lib/storage/disk.ts";

// Preloaded into the reader: files are synced, the directories that name them are not. The other control.
useDisk({
  fsyncSync: (fd) => {
    if (!realDisk.fstatSync(fd).isDirectory()) realDisk.fsyncSync(fd);
  },
});
