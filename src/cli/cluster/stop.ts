/** What a process that has started a node says to it over their channel, to end it at once: the whole cluster goes. */
export const STOP = 'stop';
