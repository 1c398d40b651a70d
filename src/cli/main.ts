#!/usr/bin/env node
/** The program `agentfs`. What it consists of is loaded once it is known where compiled code is kept. */

import { keepCompiled } from './keep-compiled.ts';

keepCompiled();
const { start } = await import('./start.ts');
await start();
