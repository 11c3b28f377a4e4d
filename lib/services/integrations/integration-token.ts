import { openSealedText, type SealFor, sealText } from "../seal-text.ts";

const boundTo = (integrationId: string): SealFor => ({ purpose: "integration tokens", owner: integrationId });

export function sealIntegrationToken(integrationId: string, token: string): string {
  return sealText(boundTo(integrationId), token);
}

/** Null where it was sealed under another installation's secret. */
export function openIntegrationToken(integrationId: string, sealed: string): string | null {
  return openSealedText(boundTo(integrationId), sealed);
}
