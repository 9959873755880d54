/** Shared memory in which a worker and the test meet: how often a worker came, and whether the test lets it go on. */
export type Meeting = Int32Array<SharedArrayBuffer>;

const ARRIVALS = 0;
const OPEN = 1;

export function newMeeting(): Meeting {
  return new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
}

export function arrive(meeting: Meeting): void {
  Atomics.add(meeting, ARRIVALS, 1);
}

export function arrivals(meeting: Meeting): number {
  return Atomics.load(meeting, ARRIVALS);
}

export function open(meeting: Meeting): void {
  Atomics.store(meeting, OPEN, 1);
}

export function isOpen(meeting: Meeting): boolean {
  return Atomics.load(meeting, OPEN) === 1;
}
