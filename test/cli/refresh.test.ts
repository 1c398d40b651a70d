/** Ignored content from the project anew, and the caches of package managers, as they are typed. */

import { expect, it } from 'vitest';
import { CliProject } from '../support/cli.ts';
import { describeOverlay } from '../support/overlay-host.ts';

const FILES = {
  '.gitignore': 'build/\n.env\n',
  'a.txt': 'a\n',
  'build/out': 'out\n',
  'sub/b.txt': 'b\n',
  'sub/.env': 'KEY=1\n',
};

async function projectWith(files: Record<string, string>): Promise<CliProject> {
  const project = new CliProject(files);
  await project.ok(['init']);
  await project.ok(['workspace', 'create', 'w']);
  return project;
}

await describeOverlay('standard', 'agentfs', () => {
  it('refreshes what is named, from where one stands, and undo takes it back', async () => {
    const project = await projectWith(FILES);
    project.write('sub/.env', 'KEY=23\n');
    project.write('build/out', 'built again\n');
    const refresh = ['workspace', 'refresh', '-w', 'w'];
    const named = await project.run([...refresh, '--', '.env'], { cwd: project.path('sub') });
    expect(named).toMatchObject({
      ...{ status: 0, stdout: '' },
      stderr: 'Refreshed w: 1 file in sub/.env.\nUndo with: agentfs undo -w w\n',
    });
    expect(await project.ok(['run', '-w', 'w', 'cat', 'sub/.env', 'build/out'])).toBe(
      'KEY=23\nout\n',
    );
    expect((await project.run(['undo', 'w'])).stderr).toContain('Ignored content too: sub/.env.');
    expect(await project.ok(['run', '-w', 'w', 'cat', 'sub/.env'])).toBe('KEY=1\n');
    expect(await project.json(refresh)).toMatchObject({
      ignored: { paths: ['build', 'sub/.env'], files: 2 },
      overruled: [],
    });
    expect((await project.run(refresh)).stderr).toBe(
      'Nothing to take: w has what the project has.\n',
    );
  });

  it('keeps what the workspace has changed, names it, and takes it when forced', async () => {
    const project = await projectWith(FILES);
    await project.ok(['run', '-w', 'w', '--shell', 'echo own > build/own']);
    const refused = await project.run(['workspace', 'refresh', 'w', '--', 'build']);
    expect(refused).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /^error: .*build\/own itself\.\nhint: .* \(--force\); undo brings them back/,
      ),
    });
    const forced = await project.run(['workspace', 'refresh', 'w', '--force']);
    expect(forced.stderr).toContain('Replaced what w had changed itself: build/own.');
    expect(await project.ok(['run', '-w', 'w', 'ls', 'build'])).toBe('out\n');
    await project.ok(['run', '-w', 'w', '--shell', 'echo own > build/own']);
    expect(await project.run(['workspace', 'delete', 'w'])).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('Ignored content of its own went with it: build.'),
    });
  });

  it('counts and drops the caches of package managers', async () => {
    const project = await projectWith(FILES);
    const fetch = 'mkdir -p "$PIP_CACHE_DIR" && head -c 5000 /dev/zero > "$PIP_CACHE_DIR/x"';
    await project.ok(['run', '-w', 'w', '--shell', fetch]);
    expect(await project.ok(['storage', 'usage'])).toMatch(/^Caches: .*pip 4\.9 KB/m);
    const dry = await project.run(['gc', '--caches', '--dry-run']);
    expect(dry.stderr).toContain('Would free the caches of package managers, 4.9 KB.');
    expect((await project.run(['gc', '--yes'])).stderr).not.toContain('caches');
    expect((await project.run(['gc', '--caches', '--yes'])).stderr).toContain('Freed the caches');
    expect(await project.ok(['storage', 'usage'])).toMatch(/^Caches: +none$/m);
    await project.ok(['workspace', 'config', 'w', '--caches', 'npm,uv']);
    expect(await project.json(['workspace', 'config', 'w'])).toMatchObject({
      caches: ['npm', 'uv'],
    });
    await project.ok(['workspace', 'config', 'w', '--caches', 'none']);
    expect(await project.json(['workspace', 'config', 'w'])).toMatchObject({ caches: [] });
    await project.ok(['workspace', 'config', 'w', '--caches', 'default']);
    expect(await project.json(['workspace', 'config', 'w'])).toMatchObject({ caches: null });
    expect(await project.run(['workspace', 'config', 'w', '--caches', 'pipp'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('not "pipp"'),
    });
  });
});
