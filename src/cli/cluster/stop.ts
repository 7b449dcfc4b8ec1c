/** The message by which a parent process ends its nodes at once: the whole cluster stops. */
export const STOP = 'stop';
