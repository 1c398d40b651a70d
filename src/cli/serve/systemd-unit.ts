/** A unit with which systemd runs the daemon for a user. */

import { fileURLToPath } from 'node:url';

/** The text of the unit, for these projects. */
export function systemdUnit(bases: readonly string[]): string {
  const program = process.argv[1] ?? fileURLToPath(import.meta.url);
  const command = [
    process.execPath,
    program,
    'serve',
    ...bases.flatMap((base) => ['--base', base]),
  ];
  return `[Unit]
Description=agentfs daemon for ${bases.join(', ').replaceAll('%', '%%')}
Documentation=man:agentfs(1)

[Service]
Type=exec
ExecStart=${command.map(quoted).join(' ')}
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
KillMode=mixed
TimeoutStopSec=30

[Install]
WantedBy=default.target
`;
}

/** A word of a command line, as systemd reads it. */
function quoted(word: string): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  if (/^[\w@%+=:,./$-]+$/.test(escaped)) return escaped;
  return `"${escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
