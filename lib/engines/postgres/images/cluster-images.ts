import type { Bookmark } from "../../../domain/bookmark.ts";
import type { Copied, Restored, RestorePlan } from "../../../domain/restore.ts";
import type {
  EngineImages,
  ImageCopyOrder,
  ImageFacts,
  ImageSource,
  ImageStream,
  ImageTarget,
  ProtectedDatabase,
  RestoreAround,
  Run,
} from "../../engine.ts";
import { notYet } from "../not-yet.ts";

/** Physical backups of a cluster: a base with the log that makes it whole. */
export class ClusterImages implements EngineImages {
  async read(_db: ProtectedDatabase, _at: Bookmark, _run: Run): Promise<ImageStream> {
    return notYet("A physical backup");
  }

  describe(_format: string, _head: Uint8Array, _sizeBytes: number): { pageSizeBytes: number; pageCount: number } {
    return notYet("Reading a physical backup");
  }

  async check(_format: string, _file: string): Promise<{ pageSizeBytes: number; pageCount: number }> {
    return notYet("Checking a physical backup");
  }

  async planImage(_db: ProtectedDatabase, _image: ImageFacts, _target: ImageTarget): Promise<RestorePlan> {
    return notYet("Planning a restore from a backup");
  }

  async copyImage(_order: ImageCopyOrder, _run: Run): Promise<Copied> {
    return notYet("A restore from a backup");
  }

  async takeOverImage(
    _db: ProtectedDatabase,
    _restoreId: string,
    _image: ImageSource,
    _run: Run,
    _around?: RestoreAround,
  ): Promise<Restored> {
    return notYet("A restore from a backup");
  }
}
