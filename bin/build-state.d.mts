export function noteBuilt(sources: string, built: string): void;
export function isFresh(sources: string, built: string): boolean;
