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
Description=agentfs daemon for ${bases.map(printable).join(', ')}
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
  const inQuotes = escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  return `"${inQuotes.replaceAll('\n', '\\n').replaceAll('\t', '\\t')}"`;
}

/** For people; a line end would begin another setting. */
function printable(base: string): string {
  return base.replace(/\p{Cc}/gu, '?').replaceAll('%', '%%');
}
