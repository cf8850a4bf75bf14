#!/usr/bin/env node
// The command line: prepares the checkout where needed, then hands over to the compiled program.
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { prepare, root } from './prepare.mjs';

prepare();
const { main } = createRequire(import.meta.url)(join(root, 'dist/cli/main.js'));
process.exitCode = await main(process.argv.slice(2));
