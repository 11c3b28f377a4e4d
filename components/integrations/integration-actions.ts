import type { ActionResult } from "../../lib/client/api-types.ts";
import type { IntegrationView, PushView } from "../../lib/client/integration-types.ts";
import type { Variable, VercelTarget } from "../../lib/domain/integration.ts";

type Fields = { name: string; token: string; databases: "all" | string[]; variables: Variable[] };
type OfIntegration = { namespace: string; integrationId: string };

export type NewIntegration = Fields &
  (
    | { kind: "http"; baseUrl: string }
    | { kind: "vercel"; baseUrl: string; project: string; teamId: string | null; targets: VercelTarget[] }
  );

/** What the page of integrations can have done. */
export type IntegrationActions = {
  makeIntegration(input: NewIntegration & { namespace: string }): Promise<ActionResult<IntegrationView>>;
  changeIntegration(
    input: OfIntegration & Partial<Fields> & { active?: boolean },
  ): Promise<ActionResult<IntegrationView>>;
  removeIntegration(input: OfIntegration): Promise<ActionResult<null>>;
  pushVariables(input: OfIntegration): Promise<ActionResult<PushView[]>>;
};
