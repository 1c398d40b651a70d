/**
 * Writes the manual page `agentfs.1` from the definitions of the commands, the keys of the
 * configuration and docs/CLI.md. Part of the build, before the modules become a bundle.
 *
 * Usage: node scripts/man.mjs [directory of the compiled sources] [file to write]
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [compiled = `${root}/dist`, target = `${root}/dist/man/agentfs.1`] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(`${resolve(compiled)}/${path}`).href);

const { loadProgram } = await load('cli/program.js');
const { VERBS } = await load('cli/verb-table.js');
const { describeKeys } = await load('config/key-description.js');
const { OTHER_VARIABLES } = await load('config/environment.js');
const { version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));

// Help looks at nothing of a call but the width of its output.
const program = await loadProgram({ output: { width: 100, write: () => undefined } });

const page = [
  `.TH AGENTFS 1 "" "agentfs ${version}" "User Commands"`,
  ...section('NAME', [`agentfs \\- ${lowerFirst(roff(program.description()))}`]),
  ...section('SYNOPSIS', [
    '.B agentfs',
    `.RI [ options ] " command"`,
    '.br',
    '.B agentfs',
    '.I command',
    '.B \\-\\-help',
  ]),
  ...section('OPTIONS OF EVERY COMMAND', optionsOf(program)),
  ...section('COMMANDS', VERBS.flatMap(describe)),
  ...section('EXIT STATUS', exitStatuses()),
  ...section('ENVIRONMENT', variables()),
  ...section('FILES', [
    ...item('.agentfs/', 'the store of a project, beside what it is about; git ignores it'),
    ...item('.agentfs/config.toml', 'settings of the project'),
    ...item('~/.config/agentfs/config.toml', 'settings of the user'),
  ]),
].join('\n');

mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, `${page}\n`);

function section(title, lines) {
  return [`.SH ${title}`, ...lines];
}

function describe({ words, summary }) {
  const command = words
    .split(' ')
    .reduce((above, name) => above.commands.find((each) => each.name() === name), program);
  const help = command.createHelp();
  const args = help.visibleArguments(command);
  return [
    `.SS ${roff(help.commandUsage(command))}`,
    `${roff(summary)}.`,
    ...args.flatMap((each) => item(help.argumentTerm(each), help.argumentDescription(each), 'I')),
    ...optionsOf(command),
    ...examplesOf(command),
  ];
}

function optionsOf(command) {
  const help = command.createHelp();
  const options = help.visibleOptions(command).filter(({ long }) => long !== '--help');
  return options.flatMap((each) => item(help.optionTerm(each), help.optionDescription(each)));
}

/** The lines that the help of a command ends with. */
function examplesOf(command) {
  let text = '';
  command.configureOutput({ writeOut: (piece) => (text += piece) }).outputHelp();
  const [, examples] = text.split('\nExamples:\n');
  if (examples === undefined) return [];
  const lines = examples
    .trimEnd()
    .split('\n')
    .map((line) => roff(line.trim()));
  return ['.PP', 'Examples:', '.PP', '.RS 4', '.nf', ...lines, '.fi', '.RE'];
}

function exitStatuses() {
  const guide = readFileSync(`${root}/docs/CLI.md`, 'utf8');
  const [, table = ''] = /^## Exit statuses\n([\s\S]*?)^## /m.exec(guide) ?? [];
  const rows = [...table.matchAll(/^\| (\d[\d, ]*) \| (.*) \|$/gm)];
  if (rows.length === 0) throw new Error('docs/CLI.md has no table of exit statuses.');
  return rows.flatMap(([, status, meaning]) => item(status, meaning.replaceAll('`', '')));
}

function variables() {
  const keys = describeKeys().flatMap(({ name, environment }) =>
    environment.map((variable) => [variable, `sets ${name}`]),
  );
  const others = Object.entries(OTHER_VARIABLES);
  const all = [...others, ...keys, ['NO_COLOR', 'when it is not empty, no colours are used']];
  return all
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([name, meaning]) => item(name, meaning.replaceAll('`', '')));
}

/** A term and what it means. */
function item(term, meaning, font = 'B') {
  return ['.TP', `.${font} ${roff(term)}`, roff(meaning)];
}

/** Text that roff takes for nothing but text. */
function roff(text) {
  const escaped = text.replaceAll('\\', '\\e').replaceAll('-', '\\-');
  return escaped.replace(/^[.']/, '\\&$&');
}

function lowerFirst(text) {
  return text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, '');
}
