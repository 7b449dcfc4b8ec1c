export function stateOf(checkout: string): string;
export function noteBuilt(built: string, state: string): void;
export function isFresh(checkout: string, built: string): boolean;
