export function buildAnew(checkout: string, compile: (folder: string) => boolean): boolean;
