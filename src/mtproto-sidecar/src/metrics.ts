/** Counters, gauges and histograms in Prometheus' text format. Labels are routes, methods and codes: never accounts or chats. */

type Labels = Record<string, string>
const key = (labels: Labels) => Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, '_')}"`).join(',')
const line = (name: string, labels: string, value: number) => `${name}${labels === '' ? '' : `{${labels}}`} ${value}\n`
const all: { text(): string }[] = []

export class Counter {
  readonly #values = new Map<string, number>()
  constructor(readonly name: string, readonly help: string) {
    all.push(this)
  }

  add(labels: Labels = {}, by = 1): void {
    const k = key(labels)
    this.#values.set(k, (this.#values.get(k) ?? 0) + by)
  }

  text(): string {
    return `# HELP ${this.name} ${this.help}\n# TYPE ${this.name} counter\n` + [...this.#values].map(([k, v]) => line(this.name, k, v)).join('')
  }
}

export class Gauge {
  constructor(readonly name: string, readonly help: string, readonly read: () => [Labels, number][]) {
    all.push(this)
  }

  text(): string {
    return `# HELP ${this.name} ${this.help}\n# TYPE ${this.name} gauge\n` + this.read().map(([labels, v]) => line(this.name, key(labels), v)).join('')
  }
}

/** Seconds; a step takes from milliseconds to the call's time limit. */
const bounds = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export class Histogram {
  readonly #series = new Map<string, { counts: number[]; sum: number; count: number }>()
  constructor(readonly name: string, readonly help: string) {
    all.push(this)
  }

  observe(labels: Labels, seconds: number): void {
    const k = key(labels)
    let series = this.#series.get(k)
    if (series === undefined) this.#series.set(k, series = { counts: bounds.map(() => 0), sum: 0, count: 0 })
    bounds.forEach((bound, i) => {
      if (seconds <= bound) series.counts[i]!++
    })
    series.sum += seconds
    series.count++
  }

  text(): string {
    let out = `# HELP ${this.name} ${this.help}\n# TYPE ${this.name} histogram\n`
    for (const [k, { counts, sum, count }] of this.#series) {
      const and = k === '' ? '' : `${k},`
      bounds.forEach((bound, i) => (out += line(`${this.name}_bucket`, `${and}le="${bound}"`, counts[i]!)))
      out += line(`${this.name}_bucket`, `${and}le="+Inf"`, count) + line(`${this.name}_sum`, k, sum) + line(`${this.name}_count`, k, count)
    }
    return out
  }
}

export const Metrics = {
  requests: new Histogram('mtproto_request_seconds', 'HTTP requests by step and status'),
  calls: new Counter('mtproto_calls_total', 'Calls to Telegram by method and result'),
  floods: new Counter('mtproto_flood_waits_total', 'Flood waits by method'),
  connections: new Counter('mtproto_connections_total', 'Connections to data centres: opened, lost, failed'),
  bytes: new Counter('mtproto_file_bytes_total', 'Bytes of files by direction'),
  errors: new Counter('mtproto_errors_total', 'Errors nobody waited for, by kind'),
}

export function metricsText(): string {
  return all.map((one) => one.text()).join('')
}
