/** JSON: the type of everything sent and stored. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The deepest nesting of JSON, far beyond any command. A deeper value is refused before it overflows a stack. */
export const NESTING_AT_MOST = 100;
