// How modules of a service are resolved (src/cli/shared/service-module.ts registers this). What they import of Understudy is the
// very copy that runs them: there must not be two. It need not be installed where they are, and neither need zod.
let own = {};
let ours = '';

/** `own`: a URL for each entry of the package. `ours`: a file of this package. */
export async function initialize(data) {
  ({ own, ours } = data);
}

export async function resolve(specifier, context, next) {
  if (Object.hasOwn(own, specifier)) return next(own[specifier], context);
  try {
    const found = await next(specifier, context);
    // Without a package.json that says otherwise Node.js takes it for CommonJS, which cannot import what this package is.
    return /^file:.*\.ts(\?|$)/.test(found.url) ? { ...found, format: 'module' } : found;
  } catch (error) {
    if (specifier !== 'zod') throw error;
    return next(specifier, { ...context, parentURL: ours });
  }
}
