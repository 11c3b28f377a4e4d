/**
 * Figures for monitoring, and the two text forms of them: OpenMetrics 1.0
 * (https://prometheus.io/docs/specs/om/open_metrics_spec/) and the older text of Prometheus, version 0.0.4.
 */
export type MetricLabels = Readonly<Record<string, string>>;

export type MetricSample = { labels: MetricLabels; value: number };

/** What was counted up to each bound, and the sum of all that was counted; `counts` has one more than `bounds`: what is above. */
export type HistogramSample = { labels: MetricLabels; counts: readonly number[]; sum: number };

type Named = {
  /** Without the ending of its type; a unit comes last (`lastgood_job_oldest_age_seconds`). */
  name: string;
  help: string;
};

/** All figures of one name. A family without samples is not written. */
export type MetricFamily =
  | (Named & { type: "gauge" | "counter" | "info"; samples: readonly MetricSample[] })
  | (Named & { type: "histogram"; bounds: readonly number[]; samples: readonly HistogramSample[] });

export const OPENMETRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";
export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Whether a scraper that sends this Accept header wants the older text; OpenMetrics is for everybody else. */
export function wantsPrometheusText(accept: string | null): boolean {
  return accept !== null && !/application\/openmetrics-text|\*\/\*/i.test(accept) && /text\/plain/i.test(accept);
}

const UNITS = ["seconds", "bytes"];
const ENDINGS = { gauge: "", counter: "_total", info: "_info" } as const;

/** @throws RangeError for a family whose name, or the name of whose labels, no scraper would take */
export function writeOpenMetrics(families: readonly MetricFamily[]): string {
  return `${families.map((family) => writeFamily(family, true)).join("")}# EOF\n`;
}

/** The same for scrapers that do not know OpenMetrics. */
export function writePrometheusText(families: readonly MetricFamily[]): string {
  return families.map((family) => writeFamily(family, false)).join("");
}

function writeFamily(family: MetricFamily, isOpen: boolean): string {
  requireName(family.name);
  if (family.samples.length === 0) return "";
  // The older text names what its lines are called, and knows no info.
  const ending = family.type === "histogram" || isOpen ? "" : ENDINGS[family.type];
  const type = family.type === "info" && !isOpen ? "gauge" : family.type;
  const name = `${family.name}${ending}`;
  const unit = UNITS.find((one) => family.name.endsWith(`_${one}`));
  const head = [
    `# HELP ${name} ${escapeText(family.help, isOpen)}`,
    `# TYPE ${name} ${type}`,
    ...(isOpen && unit ? [`# UNIT ${name} ${unit}`] : []),
  ];
  const lines =
    family.type === "histogram"
      ? family.samples.flatMap((sample) => histogramLines(family.name, family.bounds, sample))
      : family.samples.map((sample) => line(`${family.name}${ENDINGS[family.type]}`, sample.labels, sample.value));
  return `${[...head, ...lines].join("\n")}\n`;
}

function histogramLines(name: string, bounds: readonly number[], { labels, counts, sum }: HistogramSample): string[] {
  let below = 0;
  const buckets = [...bounds, Number.POSITIVE_INFINITY].map((bound, index) => {
    below += counts[index] ?? 0;
    return line(`${name}_bucket`, { ...labels, le: boundText(bound) }, below);
  });
  return [...buckets, line(`${name}_count`, labels, below), line(`${name}_sum`, labels, sum)];
}

/** OpenMetrics wants bounds as floats, the same ones in each scrape. */
const boundText = (bound: number) =>
  bound === Number.POSITIVE_INFINITY ? "+Inf" : Number.isInteger(bound) ? `${bound}.0` : String(bound);

function line(name: string, labels: MetricLabels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => {
    requireName(key);
    return `${key}="${escapeText(text, true)}"`;
  });
  return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${valueText(value)}`;
}

function valueText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

/** Backslash and line feed are written as two characters, and so are quotes where the text stands in some. */
function escapeText(text: string, withQuotes: boolean): string {
  const escaped = text.toWellFormed().replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return withQuotes ? escaped.replaceAll('"', '\\"') : escaped;
}

function requireName(name: string): void {
  if (!/^[a-z_][a-z0-9_]*$/.test(name)) throw new RangeError(`${name} is no name of a metric or a label`);
}
