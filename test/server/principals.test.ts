import { describe, expect, it } from 'vitest';
import { OWNER, requireScope, requireWorkspace } from '../../src/server/core/access.ts';
import { ServerCore } from '../../src/server/core/server-core.ts';
import { withTokens } from '../../src/server/core/tokens.ts';
import { inHome, newHome } from '../support/other-home.ts';
import { testCore } from '../support/server-core.ts';
import { TestProject } from '../support/test-project.ts';

const address = '127.0.0.1';

describe('a token', () => {
  it('lets its holder in, until it expires or is revoked', async () => {
    const { core, clock } = await testCore();
    const expiresAt = clock.now() + 1000;
    const { token, principal } = core.tokens.create({ name: 't', role: 'api', expiresAt });
    expect(core.principals.authenticate({ token, address })).toMatchObject({ id: principal.id });
    expect(() => core.tokens.create({ name: 't', role: 'app' })).toThrow(/already/);
    clock.move(1000);
    const refused = expect.objectContaining({ code: 'UNAUTHENTICATED' });
    expect(() => core.principals.authenticate({ token, address })).toThrow(refused);
    const other = core.tokens.create({ name: 'u', role: 'app' });
    expect(other.token).toMatch(/^cf_/);
    core.tokens.revoke('u');
    for (const wrong of [other.token, token.slice(0, -1), '', undefined]) {
      expect(() => core.principals.authenticate({ token: wrong, address })).toThrow(refused);
    }
    expect(() => core.tokens.revoke('u')).toThrow(
      expect.objectContaining({ code: 'TOKEN_NOT_FOUND' }),
    );
    expect(core.tokens.create({ name: 'u', role: 'app' }).principal.id).toBeGreaterThan(
      other.principal.id,
    );
    expect(core.tokens.list().map(({ enabled }) => enabled)).toEqual([true, false, true]);
  });

  it('is good from its own addresses alone, loopback too', async () => {
    const { core } = await testCore({}, { allowedCidrs: ['10.0.0.0/8'] });
    const ipCidrs = ['10.1.0.0/16', 'fd00::/8'];
    const { token } = core.tokens.create({ name: 't', role: 'api', ipCidrs });
    const from = (each: string): (() => unknown) => {
      return () => core.principals.authenticate({ token, address: each });
    };
    expect(from('10.1.2.3')()).toBeDefined();
    expect(from('::ffff:10.1.2.3')()).toBeDefined();
    for (const each of ['127.0.0.1', '10.2.0.1', 'fd00::1', 'nonsense', '']) {
      expect(from(each), each).toThrow(expect.objectContaining({ code: 'PERMISSION_DENIED' }));
    }
    for (const cidr of ['10.0.0.0/33', 'a/8', '10.0.0.0/8/8', '::/129', '1.2.3.4/x']) {
      const create = (): unknown => core.tokens.create({ name: 'x', role: 'api', ipCidrs: [cidr] });
      expect(create, cidr).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    }
  });

  it('allows what its scopes and workspaces say', async () => {
    const { core } = await testCore({}, { adminTokens: ['let me in'] });
    const { principal } = core.tokens.create({
      ...{ name: 't', role: 'api', scopes: ['read'] },
      workspaces: ['agent-*'],
    });
    expect(() => requireScope(principal, 'read')).not.toThrow();
    expect(() => requireScope(principal, 'write')).toThrow(/scope write|may not change/);
    expect(() => requireWorkspace(principal, 'agent-1')).not.toThrow();
    expect(() => requireWorkspace(principal, 'other')).toThrow(/does not reach/);
    const admin = core.principals.authenticate({ token: 'let me in', address });
    expect(() => requireScope(admin, 'admin')).not.toThrow();
  });
});

describe('connections without a token', () => {
  it('have numbers that no job and no other connection has', async () => {
    const { core } = await testCore();
    const one = core.principals.connect({ workspace: 'w', name: 'a' });
    const { id } = core.jobs.start({
      principal: one,
      workspace: 'w',
      kind: 'test',
      command: 'true',
    });
    const two = core.principals.connect({ workspace: 'w' });
    expect(new Set([one.id, id, two.id]).size).toBe(3);
    expect(() => core.principals.update(two.id, { name: 'a' })).toThrow(/already/);
    core.principals.disconnect(one.id);
    expect(core.principals.update(two.id, { name: 'a' })).toMatchObject({ name: 'a' });
    expect(core.principals.agent('a')).toMatchObject({ id: two.id });
    expect(core.principals.connect({ workspace: 'w' }).id).toBeGreaterThan(two.id);
  });
});

describe('a store of somebody else', () => {
  it('is not served, and adopting it revokes the tokens that it came with', async () => {
    const project = new TestProject();
    const token = await inHome(newHome(), async () => {
      await using theirs = project.open();
      await theirs.workspace.create('w');
      return withTokens(theirs.storage.path, (tokens) => {
        return tokens.create({ name: 'back-door', role: 'admin' }).token;
      });
    });
    const afs = project.open();
    const refused = { code: 'NOT_TRUSTED', path: project.dir };
    await expect(ServerCore.open({ projects: [afs], version: '0' })).rejects.toMatchObject(refused);
    await afs.adopt();
    await using core = await ServerCore.open({ projects: [afs], version: '0' });
    expect(() => core.principals.authenticate({ token, address })).toThrow(
      expect.objectContaining({ code: 'UNAUTHENTICATED' }),
    );
  });
});

describe('a project', () => {
  it('is served by one daemon at a time', async () => {
    const { core, afs, project } = await testCore();
    core.noteAddresses(() => ({ api: ['http://127.0.0.1:1'] }));
    const again = project.open();
    await expect(ServerCore.open({ projects: [again], version: '0' })).rejects.toMatchObject({
      code: 'ALREADY_SERVED',
      details: { pid: process.pid, addresses: ['http://127.0.0.1:1'] },
    });
    await core.close();
    expect(project.has('.agentfs/serve.json')).toBe(false);
    await using next = await ServerCore.open({ projects: [afs], version: '0' });
    expect(next.projects.get(undefined, OWNER).afs).toBe(afs);
  });
});
