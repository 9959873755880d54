import { readFileSync } from 'node:fs';

/** Memory of a process in MiB that it shares with no other and that is in no file; 0 if it has ended. Linux only. */
export function ownMemory(pid: number): number {
  try {
    return mebibytesOf(readFileSync(`/proc/${pid}/status`, 'utf8'), 'RssAnon');
  } catch {
    return 0;
  }
}

/** Resident memory of a process in MiB: now, and the most it ever was. Linux only; throws if it has ended. */
export function residentMemory(pid: number): { readonly now: number; readonly most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return { now: mebibytesOf(status, 'VmRSS'), most: mebibytesOf(status, 'VmHWM') };
}

function mebibytesOf(status: string, field: string): number {
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
}
