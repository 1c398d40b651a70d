/**
 * The commands of `agentfs`, put together for the parser. Of a call, only the verb that it names is
 * loaded; help of the whole needs none.
 */

import { Command, type CommanderError } from 'commander';
import { addAliases } from './aliases.ts';
import type { Call } from './call.ts';
import { exitStatusOf, runStatusOf } from './exit-status.ts';
import { addGlobals, readGlobals } from './globals.ts';
import { GROUPS, VERBS, type VerbEntry } from './verb-table.ts';

/** Does what the arguments say. */
export async function runProgram(args: readonly string[], call: Call): Promise<void> {
  // Shells ask while somebody types, so this comes before all that takes longer.
  if (args[0] === '__complete') {
    const { answerShell } = await import('./complete/complete.ts');
    return call.output.print(
      ...(await answerShell(args.slice(1), { env: call.env, cwd: call.cwd })),
    );
  }
  const list = args.indexOf('--list-commands');
  if (list >= 0 && isLeading(args, list))
    return call.output.print(...VERBS.map(({ words }) => words));
  const program = buildProgram(call);
  try {
    await program.parseAsync(spellOut(args), { from: 'user' });
  } catch (error) {
    if (isHelp(error)) return;
    // What is wrong was found before the command ran, and so before it was asked for `--json`.
    if (!call.isFollowing) call.follow(readGlobals(program), '', args);
    throw error;
  }
}

/** The whole program with every verb defined, for what is made from it: completions, the manual. */
export async function loadProgram(call: Call): Promise<Command> {
  const program = buildProgram(call);
  for (const entry of VERBS) {
    await declare(entry.words.split(' ').reduce(child, program), entry);
  }
  return program;
}

function buildProgram(call: Call): Command {
  const program = configured(new Command('agentfs'), call)
    .description('Private, instantly forked copies of a project for agents to work in.')
    .usage('[options] <command>')
    .option('--version', 'print the version')
    .option('--list-commands', 'print the names of all commands')
    .addHelpText('after', '\nFor options and examples of a command: agentfs <command> --help');
  addGlobals(program, { hidden: false });
  for (const { name, summary, heading } of GROUPS) {
    const group = configured(program.command(name), call).description(summary).helpGroup(heading);
    group.usage('<command>');
    addGlobals(group, { hidden: true });
  }
  for (const entry of VERBS) addEntry(program, entry, call);
  return program;
}

function configured(command: Command, call: Call): Command {
  return command
    .enablePositionalOptions()
    .helpCommand(false)
    .helpOption('-h, --help', 'show help')
    .exitOverride((error) => pointToHelp(command, error))
    .showSuggestionAfterError()
    .configureHelp({ helpWidth: Math.min(call.output.width ?? 80, 100) })
    .configureOutput({
      writeOut: (text) => void call.output.write(text),
      // Only help comes here: what is wrong is told in one place, as any other error.
      writeErr: (text) => void call.output.write(text),
      outputError: () => undefined,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .hook('preSubcommand', async (_, called) => {
      const entry = VERBS.find((each) => commandPath(called) === each.words);
      if (entry === undefined) return;
      if (entry.words === 'run' || entry.words === 'exec')
        call.statusOf = (error) => statusOfRun(called, error);
      await declare(called, entry);
    });
}

function addEntry(program: Command, entry: VerbEntry, call: Call): void {
  const names = entry.words.split(' ');
  const parent = names.length === 1 ? program : child(program, names[0] ?? '');
  const name = names.at(-1) ?? '';
  const isDefault = GROUPS.some(({ usual }) => usual === entry.words);
  const command = configured(parent.command(name, { isDefault }), call);
  command.description(entry.summary);
  if (entry.heading !== undefined) command.helpGroup(entry.heading);
  command.action(async () => {
    call.follow(readGlobals(command), entry.words);
    const { verb } = await entry.load();
    await verb.run(call, command);
  });
}

/** The statuses of `run` are those of the command that it runs, unless its caller wants others. */
function statusOfRun(command: Command, error: unknown): number {
  const isAsOthers = command.getOptionValue('agentfsExit') === true;
  return isAsOthers ? exitStatusOf(error) : runStatusOf(error);
}

/** Adds what a command takes. */
async function declare(command: Command, { words, load }: VerbEntry): Promise<void> {
  const { verb } = await load();
  command.addHelpText('after', '\nFor the options of every command: agentfs --help');
  verb.define(command);
  addAliases(command, words);
  addGlobals(command, { hidden: true });
}

function child(command: Command, name: string): Command {
  const found = command.commands.find((each) => each.name() === name);
  if (found === undefined) throw new Error(`There is no command ${name} in the table of groups.`);
  return found;
}

function commandPath(command: Command): string {
  const { parent } = command;
  const above = parent === null || parent.parent === null ? '' : `${commandPath(parent)} `;
  return above + command.name();
}

/** Words that people know from elsewhere. */
const KNOWN_AS: ReadonlyMap<string, string> = new Map([
  ['ls', 'workspace list'],
  ['ws', 'workspace'],
  ['fork', 'workspace create'],
  ['new', 'workspace create'],
  ['rm', 'workspace delete'],
  ['sh', 'run bash'],
  ['shell', 'run bash'],
  ['reset', 'snapshot restore'],
  ['checkout', 'workspace use'],
  ['switch', 'workspace use'],
]);

/** A mistake for which the parser has no suggestion gets one, or the help of its command. */
function pointToHelp(command: Command, error: CommanderError): never {
  if (error.exitCode === 0) throw error;
  const [first = '', suggestion] = error.message.split('\n');
  const [, unknown = ''] = /^error: unknown command '(.*)'$/.exec(first) ?? [];
  const named = VERBS.find(({ words }) => words.endsWith(` ${unknown}`))?.words;
  // A word that is a command elsewhere is no slip of the hand.
  const meant = KNOWN_AS.get(unknown) ?? named;
  if (meant !== undefined) error.message = `${first}\nDid you mean agentfs ${meant}?`;
  else if (suggestion !== undefined) throw error;
  else if (command.parent !== null) {
    error.message += `\nSee agentfs ${commandPath(command)} --help.`;
  } else if (error.code === 'commander.unknownOption') {
    error.message += '\nOptions of a command come after it. See agentfs --help.';
  }
  throw error;
}

/** `agentfs help run` is `agentfs run --help`, and `agentfs --version` a verb like any other. */
function spellOut(args: readonly string[]): string[] {
  const [first, ...rest] = args;
  if (first === 'help') return [...rest.filter((arg) => !arg.startsWith('-')), '--help'];
  return args.map((arg, i) => (arg === '--version' && isLeading(args, i) ? 'version' : arg));
}

/** Whether no command is named before this argument. */
function isLeading(args: readonly string[], index: number): boolean {
  return args.slice(0, index).every((arg) => arg.startsWith('-'));
}

/** Help was printed, which the parser reports as an exception. */
function isHelp(error: unknown): boolean {
  const code: unknown = Reflect.get(Object(error), 'code');
  return code === 'commander.helpDisplayed' || code === 'commander.help';
}
