/** The environment variable by which `understudy chaos` marks the processes it starts; no other command sets it. */
export const CHAOS_VARIABLE = 'UNDERSTUDY_CHAOS';
