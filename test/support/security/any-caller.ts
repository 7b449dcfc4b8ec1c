import type { Authorise } from '../../../src/security/authorise.ts';

/** Takes each signed call as an operator's, without a proof: for tests of what a port does besides. */
export const anyCaller: Authorise = () => ({ type: 'granted', by: 'operator', sign: () => ({}) });
