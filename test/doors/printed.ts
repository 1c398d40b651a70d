/** What each example prints. */
export const PRINTED: Readonly<Record<string, string>> = {
  'ai-sdk': 'HELLO\nDone. hello.txt\n',
  'bash-tool': '3\n3\ncount.txt, input.txt\n',
  'copilot-sdk': '{"n":1}\n{"n":2}\nENOENT\n',
  deepagents: '1\n/plan.md:2\n',
  'isomorphic-git': 'First\nunmodified\n',
  'just-bash': 'two\none\nnotes/a.txt, notes/b.txt\n',
  mastra: 'from Mastra\nsrc/a.txt\n',
  'tanstack-ai': 'one two\none true\n',
};
