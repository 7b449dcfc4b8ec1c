// The last step of a build: notes from what it was made, so that the command knows whether it is still good.
import { fileURLToPath } from 'node:url';
import { noteBuilt } from '../bin/build-state.mjs';

const folder = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

noteBuilt(folder('src'), folder('dist'));
