import type { AlarmSettingsView, AlarmView } from "../../lib/client/alarm-types.ts";
import type { ActionResult } from "../../lib/client/api-types.ts";
import type { AlarmSettingsDraft } from "../../lib/domain/alarm.ts";

type OfAlarm = { namespace: string; id: string };

/** What the page of alarms can have done. */
export type AlarmActions = {
  acknowledge(input: OfAlarm & { note?: string }): Promise<ActionResult<AlarmView>>;
  resolve(input: OfAlarm & { reason: string }): Promise<ActionResult<AlarmView>>;
  saveSettings(
    input: { namespace: string; version: number } & AlarmSettingsDraft,
  ): Promise<ActionResult<AlarmSettingsView>>;
  sendTest(input: { namespace: string }): Promise<ActionResult<AlarmSettingsView>>;
};
