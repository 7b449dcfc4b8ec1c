/** A plan's text may have so many bytes: a thousand faults and a thousand requests take less than half of it. */
export const PLAN_BYTES_AT_MOST = 1_000_000;
