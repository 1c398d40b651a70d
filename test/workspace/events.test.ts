import { expect, expectTypeOf, it } from 'vitest';
import type { Logger } from '../../src/primitives/logger.ts';
import type { CommitResult } from '../../src/workspace/commits/commit-result.ts';
import { Events } from '../../src/workspace/events.ts';
import type { Workspace } from '../../src/workspace/workspace.ts';

const workspace = { name: 'w' } as Workspace;

/** A logger that keeps what it is told as errors. */
function recordingLogger(): Logger & { readonly errors: unknown[] } {
  const errors: unknown[] = [];
  const ignore = (): void => {};
  return {
    errors,
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (_message, details) => errors.push(details?.['error']),
  };
}

it('calls the listeners of an event in the order in which they were added', () => {
  const events = new Events(recordingLogger());
  const heard: string[] = [];
  events.on('workspaceCreate', ({ name }) => heard.push(`first ${name}`));
  events.on('workspaceDelete', (name) => heard.push(`deleted ${name}`));
  events.on('workspaceCreate', ({ name }) => heard.push(`second ${name}`));
  events.emit('workspaceCreate', workspace);
  expect(heard).toEqual(['first w', 'second w']);
});

it('gives listeners the arguments of their event', () => {
  const events = new Events(recordingLogger());
  events.on('commit', (...args) => {
    expectTypeOf(args).toEqualTypeOf<
      [workspace: Workspace, message: string, result: CommitResult]
    >();
  });
  expect(events.listenerCount('commit')).toBe(1);
});

it('calls a once listener once, even when it makes the same event happen', () => {
  const events = new Events(recordingLogger());
  let calls = 0;
  events.once('workspaceDelete', () => {
    calls++;
    events.emit('workspaceDelete', 'again');
  });
  events.emit('workspaceDelete', 'a');
  events.emit('workspaceDelete', 'b');
  expect(calls).toBe(1);
});

it('removes one registration at a time', () => {
  const events = new Events(recordingLogger());
  let calls = 0;
  const listener = (): number => calls++;
  events.on('workspaceDelete', listener);
  const unsubscribe = events.subscribe('workspaceDelete', listener);
  unsubscribe();
  unsubscribe();
  events.emit('workspaceDelete', 'a');
  expect(calls).toBe(1);
  events.off('workspaceDelete', listener);
  events.off('workspaceDelete', listener);
  events.emit('workspaceDelete', 'a');
  expect(calls).toBe(1);
});

it('lets listeners join and leave while an event is under way', () => {
  const events = new Events(recordingLogger());
  const heard: string[] = [];
  const second = (): number => heard.push('second');
  events.once('workspaceDelete', () => {
    events.off('workspaceDelete', second);
    events.on('workspaceDelete', () => heard.push('third'));
  });
  events.on('workspaceDelete', second);
  events.emit('workspaceDelete', 'a');
  expect(heard).toEqual(['second']);
  events.emit('workspaceDelete', 'b');
  expect(heard).toEqual(['second', 'third']);
});

it('reports a listener that throws to the listeners of error, and goes on', () => {
  const logger = recordingLogger();
  const events = new Events(logger);
  const heard: unknown[] = [];
  events.on('error', (error) => heard.push(error));
  events.on('workspaceDelete', () => {
    throw new Error('listener');
  });
  events.on('workspaceDelete', (name) => heard.push(name));
  events.emit('workspaceDelete', 'a');
  expect(heard).toEqual([new Error('listener'), 'a']);
  expect(logger.errors).toEqual([]);
});

it('reports a listener whose promise rejects', async () => {
  const events = new Events(recordingLogger());
  const reported = new Promise((resolve) => events.on('error', resolve));
  events.on('workspaceDelete', () => Promise.reject(new Error('later')));
  events.emit('workspaceDelete', 'a');
  expect(await reported).toEqual(new Error('later'));
});

it('tells the logger of failures when nobody listens to error', () => {
  const logger = recordingLogger();
  const events = new Events(logger);
  events.on('workspaceDelete', () => {
    throw new Error('listener');
  });
  events.emit('workspaceDelete', 'a');
  events.emit('error', 'plain');
  expect(logger.errors).toEqual([new Error('listener'), 'plain']);
});

it('survives listeners of error that fail, and a logger that fails', () => {
  const logger = recordingLogger();
  const events = new Events(logger);
  events.on('error', () => {
    throw new Error('in error');
  });
  events.emit('error', new Error('first'));
  expect(logger.errors).toEqual([new Error('in error')]);

  const broken = new Events({
    ...logger,
    error: () => {
      throw new Error('logger');
    },
  });
  expect(() => broken.emit('error', new Error('first'))).not.toThrow();
});

it('refuses an unknown event and a listener that is no function', () => {
  const events = new Events(recordingLogger());
  for (const name of ['workspaceCreated', 'toString', '__proto__']) {
    expect(() => Reflect.apply(events.on, events, [name, () => {}])).toThrow(RangeError);
  }
  expect(() => Reflect.apply(events.once, events, ['commit', 'x'])).toThrow(TypeError);
});
