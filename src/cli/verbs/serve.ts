/** `agentfs serve`: the daemon for programs that connect over sockets and HTTP. */

import { homedir, userInfo } from 'node:os';
import { resolve } from 'node:path';
import type { AgentFS } from '../../index.ts';
import type { Call } from '../call.ts';
import { UsageError } from '../exit-status.ts';
import { loadConfig } from '../load-config.ts';
import { LIST, REPEATED } from '../options/parameters.ts';
import { COUNT } from '../options/quantities.ts';
import { packageVersion } from '../package-version.ts';
import { daemonLog } from '../serve/daemon-log.ts';
import { coreSettings, type ServeFlags, surfaceOptions } from '../serve/settings.ts';
import { systemdUnit } from '../serve/systemd-unit.ts';
import { waysIn } from '../serve/ways-in.ts';
import { defineVerb, type Verb } from './define-verb.ts';

export const verb: Verb = defineVerb<ServeFlags & { readonly printUnit?: true }>({
  options: [
    ['--base <path>', 'a project to serve; may be repeated', REPEATED],
    ['--api <port>', 'port of the API and of MCP, 0 for any free one; default 7433', COUNT],
    ['--forge <port>', 'serve clients of clawdforge on this port', COUNT],
    ['--ambient <port>', 'serve clients of Ambient on this port', COUNT],
    ['--clove [socket]', 'serve Clove clients on this Unix socket, or on one of your own'],
    ['--clove-workspace <name>', 'workspace that Clove agents work in; default clove'],
    ['--clove-isolate', 'keep what each started Clove agent changes in a workspace of its own'],
    ['--clove-map <directory>', 'let Clove agents use this directory of the host', REPEATED],
    ['--clove-allow-elevation', 'let Clove agents raise their own permissions'],
    ['--relay <ports>', 'serve fleets on these two ports, for calls and for WebSockets', LIST],
    ['--listen <address>', 'address to listen on; all but loopback need --token-file'],
    ['--token-file <file>', 'file, readable by you alone, with a token of the administrator'],
    ['--allow-cidr <network>', 'let only these networks and this machine in', REPEATED],
    ['--print-unit', 'print a unit for systemd instead'],
  ],
  notes:
    'Most options are settings, too: serve.* in docs/CONFIGURATION.md.\n' +
    'SIGHUP reads them again. Over HTTP clients need a token: agentfs token.\n' +
    'docs/SERVE.md describes what is served.',
  examples: [
    ['agentfs serve', 'the API, MCP and JSON-RPC, for this machine'],
    ['agentfs serve --api 7433 --forge 8800 --clove /tmp/clove.sock', 'for other agents, too'],
    ['agentfs serve --base ~/one --base ~/two', 'several projects'],
    ['agentfs serve --print-unit > ~/.config/systemd/user/agentfs.service', 'as a service'],
    ['agentfs serve --listen 0.0.0.0 --token-file ~/admin.token', 'for other machines'],
  ],
  async run({ call, flags }) {
    const [first, ...others] = await basesOf(call, flags);
    if (flags.printUnit === true) {
      await call.output.printText(systemdUnit([first, ...others]));
      return;
    }
    const config = await call.config();
    const place = { cwd: call.cwd, runtimeDirectory: runtimeDirectory(call) };
    const surfaces = surfaceOptions(config, flags, place);
    const settings = (): ReturnType<typeof coreSettings> => {
      const { globals, env } = call;
      return coreSettings(loadConfig({ globals, env, base: first }), flags, {
        env,
        cwd: call.cwd,
        base: first,
      });
    };
    // What is wrong with them is said before anything is opened.
    const begun = settings();
    const projects: [AgentFS, ...AgentFS[]] = [await call.open({ create: true })];
    for (const base of others) projects.push(await call.openAnother(base));
    const logger = daemonLog(call, config, begun);
    const { startDaemon } = await import('../../server/daemon.ts');
    const version = packageVersion();
    const daemon = await startDaemon({ ...begun, projects, version, logger }, surfaces);
    try {
      const told = waysIn(daemon);
      if (call.globals.json) await call.output.json(told.json);
      for (const line of told.lines) call.output.say(line);
      logger.info('started', { pid: process.pid, addresses: told.addresses });
      await call.interrupts.asService(() => {
        try {
          daemon.change(settings());
          logger.info('The settings were read again.');
        } catch (error) {
          logger.error('The settings could not be read again; the old ones stay.', { error });
        }
      });
      logger.info('stopping');
    } finally {
      await daemon.close();
    }
    logger.info('stopped');
  },
});

async function basesOf(call: Call, { base = [] }: ServeFlags): Promise<[string, ...string[]]> {
  const [, ...others] = [...new Set(base.map((each) => resolve(call.cwd, each)))];
  return [await call.base(), ...others];
}

/** Where the system keeps sockets of this user; the home directory where it does not say. */
function runtimeDirectory({ env }: Call): string {
  const named = env['XDG_RUNTIME_DIR'];
  if (named !== undefined && named !== '') return named;
  const home = env['HOME'] || homedir() || userInfo().homedir;
  if (home === '')
    throw new UsageError('There is no directory for sockets.', 'Set XDG_RUNTIME_DIR.');
  return resolve(home, '.cache');
}
