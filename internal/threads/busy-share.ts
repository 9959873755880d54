/** Returns what tells the share of the time since it was last asked in which this thread's loop had work. */
export function busyShareOfThread(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const before = last;
    last = performance.eventLoopUtilization();
    return performance.eventLoopUtilization(last, before).utilization;
  };
}
