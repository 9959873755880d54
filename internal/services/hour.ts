/** Observations are kept by the hour: `floor(unix seconds / SECONDS_PER_HOUR)`. */
export const SECONDS_PER_HOUR = 3600;
