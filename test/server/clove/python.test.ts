/** The wire as Python sees it: every call by struct and json alone, as the public SDK makes them. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { testKernel } from '../../support/clove-kernel.ts';
import { hasPython } from '../../support/python.ts';

const SUPPORT = fileURLToPath(new URL('./support', import.meta.url));

const SCRIPT = `
import json, sys
from raw_clove import Clove

one, two = Clove(sys.argv[1]), Clove(sys.argv[1])
out = {}
out["noop"] = one.raw(0x00, b"Hello Clove!").decode()
out["exit"] = one.raw(0xFF).decode()
out["bad"] = one.call(0x03)
out["json"] = json.loads(one.raw(0x03, b"{"))
out["write"] = one.call(0x04, path="/tmp/a.txt", content="h\\u00e9llo", mode="write")
out["read"] = one.call(0x03, path="/tmp/a.txt")
out["exec"] = one.call(0x02, command="cat tmp/a.txt; echo err >&2", timeout=30)
out["list"] = json.loads(one.raw(0x12))
out["register"] = two.call(0x23, name="two")
out["send"] = one.call(0x20, to_name="two", message={"task": "go"})
out["recv"] = two.call(0x21, max=10, wait=True)
out["broadcast"] = one.call(0x22, message=1, include_self=False)
out["store"] = one.call(0x30, key="k", value=[1], scope="nonsense", ttl=60)
out["fetch"] = two.call(0x31, key="k")
out["miss"] = two.call(0x31, key="none")
out["keys"] = two.call(0x33, prefix="k")
out["delete"] = two.call(0x32, key="k")
out["perms"] = one.call(0x40)
out["subscribe"] = two.call(0x60, events=["CUSTOM", "STATE_CHANGED"])
out["emit_upstream"] = one.call(0x63, event="CUSTOM", data={"n": 1})
out["emit_reference"] = one.call(0x63, event_type="CUSTOM", data={"n": 2})
out["poll"] = two.call(0x62, max=10)
out["metrics"] = one.call(0xC0)
out["kill"] = one.call(0x11, name="nobody")
out["hello"] = json.loads(one.raw(0xFE))
out["unknown"] = json.loads(one.raw(0x51, b"{}"))
out["ids"] = [one.agent_id, two.agent_id]
print(json.dumps(out))
`;

// Without a Python of 3.8 or newer there is nothing to speak with.
describe.skipIf(!hasPython)('a client in Python', () => {
  it('finds every field of both versions of the public kernel', async () => {
    const { path, core } = await testKernel();
    const env = { ...process.env, PYTHONPATH: SUPPORT };
    const run = promisify(execFile)('python3', ['-c', SCRIPT, path], { env });
    const said = JSON.parse((await run).stdout);
    const [one, two] = said.ids;
    expect(said.noop).toBe('Hello Clove!');
    expect(said.exit).toBe('goodbye');
    expect(said.bad).toEqual({ success: false, content: '', size: 0, error: 'path required' });
    expect(said.json).toMatchObject({
      success: false,
      error: expect.stringMatching(/^invalid request: /),
    });
    expect(said.write).toEqual({ success: true, bytes_written: 6 });
    expect(said.read).toEqual({ success: true, content: 'héllo', size: 6 });
    expect(said.exec).toEqual({ success: true, stdout: 'héllo', stderr: 'err\n', exit_code: 0 });
    expect(said.list).toEqual([]);
    expect(said.register).toEqual({ success: true, agent_id: two, name: 'two' });
    expect(said.send).toEqual({ success: true, delivered_to: two });
    expect(said.recv).toEqual({
      ...{ success: true, count: 1 },
      messages: [
        {
          ...{ from: one, from_id: one, from_name: '', message: { task: 'go' } },
          ...{ age_ms: 0, timestamp: core.clock.now() },
        },
      ],
    });
    expect(said.broadcast).toEqual({ success: true, delivered_count: 1 });
    expect(said.store).toEqual({ success: true, key: 'k' });
    expect(said.fetch).toEqual({ success: true, exists: true, value: [1], scope: 'global' });
    expect(said.miss).toEqual({ success: true, exists: false, value: null });
    expect(said.keys).toEqual({ success: true, keys: ['k'], count: 1 });
    expect(said.delete).toEqual({ success: true, deleted: true });
    expect(said.perms.permissions).toMatchObject({ can_exec: true, max_exec_time_ms: 30_000 });
    expect(said.subscribe).toEqual({ success: true, subscribed: ['CUSTOM', 'STATE_CHANGED'] });
    expect(said.emit_upstream).toEqual({ success: true, delivered_to: 1, event: 'CUSTOM' });
    expect(said.emit_reference).toEqual(said.emit_upstream);
    expect(said.poll.events).toEqual(
      [1, 2].map((n) => ({
        ...{ type: 'CUSTOM', event: 'CUSTOM', event_type: 'CUSTOM', data: { n } },
        ...{ source_agent_id: one, age_ms: 0, timestamp: core.clock.now() },
      })),
    );
    expect(Object.keys(said.metrics.metrics)).toEqual(
      expect.arrayContaining(['cpu', 'memory', 'disk', 'network', 'timestamp']),
    );
    expect(said.kill).toMatchObject({ killed: false, agent_id: 0 });
    expect(said.hello).toMatchObject({ success: true, protocol_version: 1 });
    expect(said.unknown).toEqual({ success: false, error: 'not supported: DOWNLOAD' });
  });
});
