import type { ActionResult, DatabaseView, NamespaceView } from "../../lib/client/api-types.ts";

/** What pages can have done about deletions. */
export type DeletionActions = {
  bringDatabaseBack(input: {
    namespace: string;
    databaseId: string;
    name?: string;
  }): Promise<ActionResult<DatabaseView>>;
  removeNamespace(input: { namespace: string; confirmSlug: string }): Promise<ActionResult<{ purgeAfterMs: number }>>;
  bringNamespaceBack(input: { namespace: string }): Promise<ActionResult<NamespaceView>>;
};
