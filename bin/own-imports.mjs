// Resolves the imports of a service's modules (src/cli/shared/service-module.ts registers this). Imports of Understudy
// lead to the copy that runs them: there must not be two. Neither Understudy nor zod need be installed beside the
// module.
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
    // Without a package.json, Node.js takes the file for CommonJS, which cannot import this package; and the loader of
    // TypeScript adds a query to the name of one that another file imports.
    const url = found.url.replace(/(\.ts)%3Ftsx-commonjs-.*$/, '$1');
    return /^file:.*\.ts(\?|$)/.test(url) ? { ...found, url, format: 'module' } : found;
  } catch (error) {
    if (specifier !== 'zod') throw error;
    return next(specifier, { ...context, parentURL: ours });
  }
}
