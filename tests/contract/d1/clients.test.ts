import { afterAll, beforeAll } from "vitest";
import { type StartedLastgood, startLastgood } from "../../world/start-lastgood.ts";
import { envelopeScenarios } from "./envelope-scenarios.ts";
import { queryBuilderScenarios } from "./query-builder-scenarios.ts";
import { sdkScenarios } from "./sdk-scenarios.ts";
import { wranglerScenarios } from "./wrangler-scenarios.ts";

/*
 * The D1 API by the clients that there are for it, all against one whole Lastgood: the real wrangler, the real SDK, query
 * builders, and what is said between them to the letter.
 */
let lastgood: StartedLastgood;

beforeAll(async () => {
  lastgood = await startLastgood();
}, 90_000);
afterAll(() => lastgood.remove());

wranglerScenarios(() => lastgood);
sdkScenarios(() => lastgood);
queryBuilderScenarios(() => lastgood);
envelopeScenarios(() => lastgood);
