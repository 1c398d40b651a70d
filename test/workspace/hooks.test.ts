import { expect, it } from 'vitest';
import { HookError } from '../../src/primitives/errors.ts';
import { silentLogger } from '../../src/primitives/logger.ts';
import type { RunResult } from '../../src/workspace/commands/run-result.ts';
import type { CommitResult } from '../../src/workspace/commits/commit-result.ts';
import { Events } from '../../src/workspace/events.ts';
import { Hooks } from '../../src/workspace/hooks.ts';
import type { Workspace } from '../../src/workspace/workspace.ts';

const workspace = { name: 'w' } as Workspace;
const committed = { id: 'c' } as unknown as CommitResult;
const ran = { exitCode: 0 } as RunResult;

function create(): { events: Events; hooks: Hooks } {
  const events = new Events(silentLogger);
  return { events, hooks: new Hooks(events) };
}

it('calls the function that a property was set to last, until it is unset', () => {
  const { events, hooks } = create();
  const heard: string[] = [];
  hooks.onCommit = (_workspace, message) => heard.push(`first ${message}`);
  hooks.onCommit = (_workspace, message) => heard.push(`second ${message}`);
  hooks.onWorkspaceCreate = (created) => heard.push(String(created === workspace));
  events.emit('commit', workspace, 'm', committed);
  events.emit('workspaceCreate', workspace);
  hooks.onCommit = undefined;
  hooks.onWorkspaceCreate = undefined;
  events.emit('commit', workspace, 'm', committed);
  events.emit('workspaceCreate', workspace);
  expect(heard).toEqual(['second m', 'true']);
  expect(hooks.onCommit).toBeUndefined();
});

it('keeps the function that is set when the next one is refused', () => {
  const { events, hooks } = create();
  let calls = 0;
  const count = (): number => calls++;
  hooks.onCommit = count;
  expect(() => Reflect.set(hooks, 'onCommit', 'x')).toThrow(TypeError);
  events.emit('commit', workspace, 'm', committed);
  expect(calls).toBe(1);
  expect(hooks.onCommit).toBe(count);
});

it('returns a function that ends the subscription', () => {
  const { events, hooks } = create();
  const heard: string[] = [];
  const ends = [
    hooks.workspaceCreate(() => heard.push('workspaceCreate')),
    hooks.commit(() => heard.push('commit')),
    hooks.run(() => heard.push('run')),
  ];
  const emitAll = (): void => {
    events.emit('workspaceCreate', workspace);
    events.emit('commit', workspace, 'm', committed);
    events.emit('run', workspace, ran);
  };
  emitAll();
  for (const end of ends) end();
  emitAll();
  expect(heard).toEqual(['workspaceCreate', 'commit', 'run']);
});

it('awaits the hooks before an operation, one after the other', async () => {
  const { hooks } = create();
  const order: string[] = [];
  hooks.before('commit', async ({ message }) => {
    await Promise.resolve();
    order.push(`first ${message}`);
  });
  hooks.before('commit', () => order.push('second'));
  hooks.before('run', () => order.push('run'));
  await hooks.runBefore('commit', { workspace, message: 'm' });
  expect(order).toEqual(['first m', 'second']);
});

it.each([
  [
    'throws',
    () => {
      throw new TypeError('not today');
    },
  ],
  ['rejects', () => Promise.reject(new TypeError('not today'))],
])('vetoes the operation when a hook %s, and asks no further', async (_how, hook) => {
  const { hooks } = create();
  let asked = false;
  hooks.before('run', hook);
  hooks.before('run', () => {
    asked = true;
  });
  const veto = hooks.runBefore('run', { workspace, command: 'x' });
  await expect(veto).rejects.toBeInstanceOf(HookError);
  await expect(veto).rejects.toMatchObject({
    code: 'HOOK_FAILED',
    message: 'A hook stopped run: not today',
    cause: new TypeError('not today'),
    details: { hook: 'run' },
  });
  expect(asked).toBe(false);
});

it('removes the hook of one registration only', async () => {
  const { hooks } = create();
  let calls = 0;
  const hook = (): number => calls++;
  const remove = hooks.before('workspaceCreate', hook);
  hooks.before('workspaceCreate', hook);
  remove();
  remove();
  await hooks.runBefore('workspaceCreate', { name: 'w' });
  expect(calls).toBe(1);
});

it('refuses an operation that has no hooks and a hook that is no function', () => {
  const { hooks } = create();
  expect(() => Reflect.apply(hooks.before, hooks, ['toString', () => {}])).toThrow(RangeError);
  expect(() => Reflect.apply(hooks.before, hooks, ['commit', 5])).toThrow(TypeError);
});
