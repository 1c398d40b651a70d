/** The questions of `agentfs init --setup`; the answers go to the project's configuration file. */

import { existsSync } from 'node:fs';
import { intro, outro, select, text } from '@clack/prompts';
import { Config } from '../../index.ts';
import type { Call } from '../call.ts';
import { Interrupted } from '../interrupts.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/**
 * Asks, and writes what differs from the defaults.
 *
 * @returns the name of the workspace to begin with, if there is to be one.
 * @throws {Interrupted} at Ctrl-C; nothing is written then.
 */
export async function setUp(call: Call, base: string): Promise<string | undefined> {
  const streams = { output: process.stderr, signal: call.signal };
  intro(`agentfs in ${base}`, streams);
  const ignored = await answered(
    text({
      ...streams,
      message: 'Which paths should be ignored, besides those in .gitignore?',
      placeholder: 'patterns separated by commas, such as *.log,tmp/',
      defaultValue: '',
    }),
  );
  const profile = await answered(
    select({
      ...streams,
      message: 'How should commands be isolated?',
      options: [
        { value: '', label: 'as well as this host can', hint: 'default' },
        {
          value: 'standard',
          label: 'standard',
          hint: 'commands cannot write outside the workspace',
        },
        { value: 'restricted', label: 'restricted', hint: 'and have no network' },
      ],
    }),
  );
  const workspace = await answered(
    text({
      ...streams,
      message: 'What should the first workspace be called?',
      placeholder: 'agent-1; leave empty for none',
      defaultValue: '',
      validate: (name) =>
        !name || NAME.test(name) ? undefined : 'Use letters, digits, ".", "_" and "-".',
    }),
  );
  save(base, ignored, profile);
  outro('See all settings with agentfs config list.', streams);
  return workspace === '' ? undefined : workspace;
}

async function answered(question: Promise<string | undefined | symbol>): Promise<string> {
  const answer = await question;
  // The library reads the keys itself, so that Ctrl-C comes as an answer.
  if (typeof answer === 'symbol') throw new Interrupted('SIGINT');
  return answer ?? '';
}

function save(base: string, ignored: string, profile: string): void {
  const path = Config.paths({ base }).project;
  if (path === undefined) return;
  const patterns = ignored.split(',').flatMap((pattern) => pattern.trim() || []);
  if (patterns.length === 0 && profile === '') return;
  const config = existsSync(path) ? Config.load(path) : new Config();
  if (patterns.length > 0) config.set('ignore.patterns', patterns);
  if (profile !== '') config.set('sandbox.profile', profile);
  config.save(path);
}
