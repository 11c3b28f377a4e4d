import type { MetadataReader } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { isUuid } from "../../domain/names.ts";
import { visibleTo } from "../databases/find-database.ts";
import type { Principal } from "../find-principal.ts";
import type { AlarmRow } from "./decide-alarms.ts";

/** Which alarms exist for the caller: a token that is limited to certain databases sees theirs alone. */
export function alarmsOf(principal: Principal) {
  const { namespace, databases } = principal;
  const { namespaceId, ...limits } = visibleTo(principal);
  return databases === "all" ? { namespaceId: namespace.id } : { namespaceId, database: limits };
}

/** Finds an alarm of the caller's namespace. Anything else is `not_found`. */
export async function findAlarm(db: MetadataReader, principal: Principal, id: string): Promise<AlarmRow> {
  const row = isUuid(id) ? await db.alarm.findFirst({ where: { id: id.toLowerCase(), ...alarmsOf(principal) } }) : null;
  if (!row) throw new LastgoodError("not_found", "There is no such alarm in this namespace.");
  return row;
}
