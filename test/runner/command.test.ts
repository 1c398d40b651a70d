import { describe, expect, it } from 'vitest';
import { type Command, resolveCommand, wrapInvocation } from '../../src/runner/process/command.ts';

describe('resolveCommand', () => {
  it('gives a string to a shell', () => {
    const args = ['-c', 'ls | wc'];
    expect(resolveCommand('ls | wc')).toEqual({ file: '/bin/sh', args });
    expect(resolveCommand('ls | wc', true)).toEqual({ file: '/bin/sh', args });
    expect(resolveCommand('ls | wc', '/bin/bash')).toEqual({ file: '/bin/bash', args });
  });

  it('takes a string for the name of a program without a shell', () => {
    expect(resolveCommand('my program', false)).toEqual({ file: 'my program', args: [] });
  });

  it('takes an array as it stands', () => {
    const expected = { file: 'git', args: ['log', '', '*'] };
    expect(resolveCommand(['git', 'log', '', '*'])).toEqual(expected);
    expect(resolveCommand(['git', 'log', '', '*'], false)).toEqual(expected);
  });

  it.each<[unknown, unknown, string]>([
    ['', undefined, 'RangeError'],
    [' \n', undefined, 'RangeError'],
    ['a\0b', undefined, 'RangeError'],
    [[], undefined, 'RangeError'],
    [['', 'x'], undefined, 'RangeError'],
    [['a', 'b\0'], undefined, 'RangeError'],
    [['a', 'b'], true, 'RangeError'],
    [['a', 'b'], '/bin/sh', 'RangeError'],
    ['a', '', 'RangeError'],
    ['a', '/bin/\0', 'RangeError'],
    [['a', 1], undefined, 'TypeError'],
    [5, undefined, 'TypeError'],
    [null, undefined, 'TypeError'],
    ['a', 1, 'TypeError'],
  ])('refuses %j with the shell %j', (command, shell, name) => {
    const given: [Command, boolean | string | undefined] = ['', undefined];
    Object.assign(given, [command, shell]);
    expect(() => resolveCommand(...given)).toThrow(
      expect.objectContaining({ name, code: 'INVALID_ARGUMENT' }),
    );
  });
});

describe('wrapInvocation', () => {
  it('puts the launcher before the command', () => {
    const launcher = { file: 'unshare', args: ['-r', '--'] };
    expect(wrapInvocation(launcher, { file: 'ls', args: ['-l'] })).toEqual({
      file: 'unshare',
      args: ['-r', '--', 'ls', '-l'],
    });
  });
});
