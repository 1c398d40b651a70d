/** What the command line says to type next. */

import { describe, expect, it } from 'vitest';
import { hintFor } from '../../src/cli/hints.ts';

describe('a hint on the command line', () => {
  it.each(['STORE_IO', 'BASE_NOT_FOUND', 'CLOSED', 'ENOENT', 'INVALID_ARGUMENT'])(
    'names nothing that only programs can use, with %s',
    (code) => {
      for (const own of ['Read it with readStream().', 'Open a new AgentFS.', 'Set databasePath.'])
        expect(hintFor(code, own)).not.toBe(own);
    },
  );

  it('is that of the library where this names what can be typed', () => {
    const own = 'Use https:; allowInsecure (--allow-insecure) overrides this.';
    expect(hintFor('INVALID_ARGUMENT', own)).toBe(own);
    expect(hintFor('EACCES', 'Check its permissions.')).toBe('Check its permissions.');
    for (const named of ["Remove it: rm '/tmp/aB c(1)'", 'Run: chmod 600 /home/myName/x']) {
      expect(hintFor('STORE_UNSAFE', named)).toBe(named);
    }
  });
});
