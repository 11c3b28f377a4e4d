import { randomBytes, randomUUID } from "node:crypto";
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { readEnv } from "../env.ts";
import { REQUEST_ID_HEADER, safeRequestId } from "../request-scope.ts";

const PEER_HEADER = "x-lastgood-peer";
const MARK_HEADER = "x-lastgood-mark";
const installed: { lastgoodPeerHeader?: boolean } & typeof globalThis = globalThis;

/*
 * Next.js does not hand out the address a request came from, and a forwarded-for header is whatever the caller wrote. Node
 * tells of each request before anybody handles it: there the real address replaces what a caller may have put.
 * A server action that a page does not know Next.js sends on to itself, with the headers it got: without the mark, which
 * nobody else can know, such a call would seem to come from this machine and pass the limits of its address.
 * Every request gets its id here, too: that of a trusted proxy where it is safe to repeat, else a new one.
 */
if (!installed.lastgoodPeerHeader) {
  installed.lastgoodPeerHeader = true;
  const mark = randomBytes(24).toString("hex");
  const { trustedProxies } = readEnv();
  subscribe("http.server.request.start", (message) => {
    const { headers, socket } = (message as { request: IncomingMessage }).request;
    const isOurs = headers[MARK_HEADER] === mark;
    if (!isOurs) headers[PEER_HEADER] = socket.remoteAddress ?? "";
    const isBelieved = isOurs || trustedProxies.includes(normalise(socket.remoteAddress ?? ""));
    headers[REQUEST_ID_HEADER] = (isBelieved ? safeRequestId(headers[REQUEST_ID_HEADER]) : null) ?? randomUUID();
    headers[MARK_HEADER] = mark;
  });
}

/**
 * The address a request came from: the nearest one in X-Forwarded-For that is no trusted proxy when the peer itself is
 * one, else the peer. Null when it is unknown.
 */
export function peerAddress(headers: Pick<Headers, "get">): string | null {
  const peer = normalise(headers.get(PEER_HEADER) ?? "");
  const { trustedProxies } = readEnv();
  if (!trustedProxies.includes(peer)) return peer || null;
  const hops = (headers.get("x-forwarded-for") ?? "").split(",").map((hop) => normalise(hop.trim()));
  return hops.reverse().find((hop) => hop !== "" && !trustedProxies.includes(hop)) ?? peer;
}

/** IPv4 addresses that arrive over an IPv6 socket are the same addresses. */
function normalise(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, "").slice(0, 64);
}
