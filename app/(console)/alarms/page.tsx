import type { Metadata } from "next";
import { AlarmsPage as Alarms } from "../../../components/alarms/alarms-page.tsx";
import { PageTop } from "../../../components/shell/page-top.tsx";
import { roleMay } from "../../../lib/domain/actions.ts";
import { listAlarms } from "../../../lib/services/alarms/list-alarms.ts";
import { getAlarmSettings } from "../../../lib/services/alarms/settings.ts";
import { signOut } from "../../(auth)/actions.ts";
import { acknowledgeAlarm, resolveAlarm, saveAlarmSettings, sendTestAlarm } from "../alarm-actions.ts";
import { currentViewer } from "../current-viewer.ts";

export const metadata: Metadata = { title: "Alarms" };

export default async function AlarmsPage() {
  const { ctx, viewer } = await currentViewer();
  const of = { namespace: viewer.namespace.slug };
  return (
    <>
      <PageTop crumbs={[{ text: "Alarms" }]} signOut={signOut} />
      <Alarms
        initial={await listAlarms(ctx, { ...of, state: "open", limit: 20 })}
        settings={roleMay(viewer.role, "alarm.settings") ? await getAlarmSettings(ctx, of) : null}
        actions={{
          acknowledge: acknowledgeAlarm,
          resolve: resolveAlarm,
          saveSettings: saveAlarmSettings,
          sendTest: sendTestAlarm,
        }}
      />
    </>
  );
}
