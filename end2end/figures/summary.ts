import { loadavg } from "node:os";

/** `p50 12 ms, p99 40 ms, max 51 ms of 100`. */
export function summary(times: number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.ceil(sorted.length * share) - 1] ?? 0).toFixed(0);
  const load = loadavg()[0]?.toFixed(1);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms of ${sorted.length}; load ${load}`;
}
