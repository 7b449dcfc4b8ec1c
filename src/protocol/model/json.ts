/** JSON: the type of everything sent and stored. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
