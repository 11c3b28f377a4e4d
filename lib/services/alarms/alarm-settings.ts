import type { MetadataReader } from "../../db/client.ts";
import { type AlarmSettingsDraft, DEFAULT_ALARM_SETTINGS } from "../../domain/alarm.ts";

/** Who of a namespace is told, and from when on; `version` is 0 where nobody has set anything. */
export async function readAlarmSettings(
  db: MetadataReader,
  namespaceId: string,
): Promise<AlarmSettingsDraft & { version: number }> {
  const row = await db.alarmSettings.findUnique({ where: { namespaceId } });
  if (!row) return { ...DEFAULT_ALARM_SETTINGS, version: 0 };
  const { toAdmins, massDeleteRows, version } = row;
  return { toAdmins, massDeleteRows, version, recipients: JSON.parse(row.recipients) as string[] };
}
