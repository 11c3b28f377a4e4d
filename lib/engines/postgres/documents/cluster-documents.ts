import type { Bookmark } from "../../../domain/bookmark.ts";
import type { RestorePlan } from "../../../domain/restore.ts";
import type { ImageTarget, ProtectedDatabase, Run } from "../../engine.ts";
import type {
  DocumentFacts,
  DocumentOptions,
  DocumentRestored,
  EngineDocuments,
  WrittenDocument,
} from "../../engine-documents.ts";
import { notYet } from "../not-yet.ts";

/** Portable documents of a cluster. */
export class ClusterDocuments implements EngineDocuments {
  async write(_db: ProtectedDatabase, _at: Bookmark, _options: DocumentOptions, _run: Run): Promise<WrittenDocument> {
    return notYet("A portable backup");
  }

  async plan(_db: ProtectedDatabase, _document: DocumentFacts, _target: ImageTarget): Promise<RestorePlan> {
    return notYet("Planning the restore of a document");
  }

  async restore(
    _db: ProtectedDatabase,
    _restoreId: string,
    _fetch: () => Promise<string>,
    _run: Run,
  ): Promise<DocumentRestored> {
    return notYet("The restore of a document");
  }
}
