import { tryMailServer } from "../../services/alarms/send-mail.ts";
import { type Finding, problem, warning, well } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** Whether alarms reach anybody: the e-mail server takes user and password, no message waits for long, and none stands unseen. */
export async function checkAlarms(patient: Patient): Promise<Finding[]> {
  const metadata = await patient.metadata();
  if (metadata === null)
    return [warning("Alarms were not looked at: the metadata cannot be read.", "Mend that first.")];
  const place = patient.env?.mail ?? null;
  const found: Finding[] = [];
  if (place === null) found.push(well("No e-mail server is set: alarms go to webhooks alone."));
  else {
    const error = await tryMailServer(place);
    const name = `${place.host}:${place.port}`;
    found.push(
      error === null
        ? well(`The e-mail server ${name} lets Lastgood in.`)
        : problem(`The e-mail server ${name}: ${error}`, "Correct LASTGOOD_SMTP_URL, or see why it does not answer."),
    );
  }
  const raised = await metadata.rows(
    `SELECT n."slug", COUNT(*) AS "n" FROM "Alarm" a JOIN "Namespace" n ON n."id" = a."namespaceId"
     WHERE a."state" = 'raised' AND n."deletedAtMs" IS NULL GROUP BY n."slug" ORDER BY n."slug"`,
  );
  for (const { slug, n } of raised) {
    found.push(
      warning(
        `${n} ${Number(n) === 1 ? "alarm" : "alarms"} of ${slug} ${Number(n) === 1 ? "is" : "are"} raised, and nobody has acknowledged ${Number(n) === 1 ? "it" : "them"}.`,
        "Look at the page Alarms, or run lastgood alarms list.",
      ),
    );
  }
  return found;
}
