import { randomBytes } from 'node:crypto';

const VALID = /^[\w.:-]{1,128}$/;

/** Makes request ids: the caller's own if it is valid, else one that is unique over processes and restarts. */
export function createRequestIds(): (given: string | string[] | undefined) => string {
  const process = randomBytes(6).toString('base64url');
  let requests = 0;
  return (given) =>
    typeof given === 'string' && VALID.test(given) ? given : `${process}-${(requests++).toString(36)}`;
}
