/** The lease on running commands in a workspace. */

/** The name under which only one run at a time can use the directory of a workspace. */
export function runLease(workspaceUuid: string): string {
  return `run:${workspaceUuid}`;
}
