import type { AgentView, CreatedEnrolmentView } from "../../lib/client/agent-types.ts";
import type { ActionResult } from "../../lib/client/api-types.ts";

/** The server actions about agents, handed in by the page. */
export type AgentActions = {
  makeEnrolment: (input: {
    namespace: string;
    region?: string | undefined;
    replaces?: string | undefined;
  }) => Promise<ActionResult<CreatedEnrolmentView>>;
  endEnrolment: (input: { namespace: string; enrolmentId: string }) => Promise<ActionResult<null>>;
  retire: (input: { namespace: string; agentId: string }) => Promise<ActionResult<AgentView>>;
};
