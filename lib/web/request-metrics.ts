import type { HistogramSample, MetricFamily, MetricSample } from "../domain/metrics.ts";

const BOUNDS_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 30] as const;
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** A request that has ended; `route` is the pattern of the page or route that answered, never the address. */
export type EndedRequest = { method: string; route: string; status: number; seconds: number };

type Counted = { method: string; route: string; status: number; count: number };
type Timed = { route: string; counts: number[]; sum: number };

/** Counts the requests of this process since its start. How many figures there are is bounded by routes × methods × statuses. */
export class RequestMetrics {
  readonly #counted = new Map<string, Counted>();
  readonly #timed = new Map<string, Timed>();
  #underWay = 0;

  begin(): void {
    this.#underWay++;
  }

  end({ method: given, route, status, seconds }: EndedRequest): void {
    this.#underWay--;
    const method = METHODS.includes(given) ? given : "other";
    const key = `${method} ${status} ${route}`;
    const counted = this.#counted.get(key) ?? { method, route, status, count: 0 };
    this.#counted.set(key, { ...counted, count: counted.count + 1 });
    const timed = this.#timed.get(route) ?? { route, counts: Array(BOUNDS_SECONDS.length + 1).fill(0), sum: 0 };
    const above = BOUNDS_SECONDS.findIndex((bound) => seconds <= bound);
    const at = above === -1 ? BOUNDS_SECONDS.length : above;
    timed.counts[at] = (timed.counts[at] ?? 0) + 1;
    timed.sum += seconds;
    this.#timed.set(route, timed);
  }

  families(): MetricFamily[] {
    const counted = [...this.#counted.values()].map(
      ({ method, route, status, count }): MetricSample => ({
        labels: { method, route, status: String(status) },
        value: count,
      }),
    );
    const timed = [...this.#timed.values()].map(
      ({ route, counts, sum }): HistogramSample => ({ labels: { route }, counts: [...counts], sum }),
    );
    return [
      {
        name: "lastgood_http_requests",
        type: "counter",
        help: "Requests that this console answered since its start, by route.",
        samples: counted,
      },
      {
        name: "lastgood_http_request_duration_seconds",
        type: "histogram",
        help: "From the first byte of a request to the end of its answer, downloads included.",
        bounds: BOUNDS_SECONDS,
        samples: timed,
      },
      {
        name: "lastgood_http_requests_under_way",
        type: "gauge",
        help: "Requests that are being answered right now, this one included.",
        samples: [{ labels: {}, value: this.#underWay }],
      },
    ];
  }
}

/** Kept on globalThis, since the console's server counts and a bundled route tells. */
const shared: { lastgoodRequestMetrics?: RequestMetrics } & typeof globalThis = globalThis;
shared.lastgoodRequestMetrics ??= new RequestMetrics();
export const requestMetrics: RequestMetrics = shared.lastgoodRequestMetrics;
