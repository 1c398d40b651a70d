/** An agent for tests: a program that does what its prompt says. */

/** Files of a project with the agent in it, and the command that starts it. */
export const AGENT: {
  readonly files: Readonly<Record<string, string>>;
  readonly command: readonly string[];
} = {
  files: {
    'agent.sh': `
prompt=$1 model=$2 system=$3
shift 3
case $prompt in
  'say '*) printf '%s\\n' "\${prompt#say }" ;;
  fenced) printf '\`\`\`json\\n{"hello":"world"}\\n\`\`\`\\n' ;;
  model) printf '%s|%s' "$model" "$system" ;;
  events) cat events.jsonl ;;
  'write '*) printf '%s' "$model" > "\${prompt#write }" && printf 'written' ;;
  files) for file; do printf '%s=' "$file"; cat "$file"; done ;;
  turn) printf '%s' "$AGENTFS_TURN" ;;
  session) printf '%s' "$AGENTFS_SESSION_ID" ;;
  length) wc -c | tr -d ' \\n' ;;
  fail) echo 'no such model' >&2; exit 3 ;;
  wait) echo 'begun' > begun; while :; do sleep 0.1; done ;;
  'run '*) sh -c "\${prompt#run }" ;;
  '') wc -c | tr -d ' \\n' ;;
  *) printf 'You said: %s' "$prompt" ;;
esac
`,
    'events.jsonl': [
      '{"type":"thinking","content":"hm"}',
      '{"type":"text","content":"Hello, "}',
      '{"type":"tool_call","name":"Read","args":{"file_path":"a"},"result":"x"}',
      '{"type":"text","content":"wor"}',
      '{"type":"text","content":"ld."}',
      '',
    ].join('\n'),
    'README.md': '# project\n',
  },
  command: ['sh', 'agent.sh', '{prompt}', '{model}', '{system}', '{files}'],
};
