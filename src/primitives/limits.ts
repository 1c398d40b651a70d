/** The fixed limits of agentfs, in one place; sizes in bytes unless the name says otherwise. */

/** Content above this is stored as a manifest of chunks. */
export const CHUNK_THRESHOLD: number = 1024 * 1024;

/** How much of a large file is read or passed on at once. */
export const PIECE_BYTES: number = 256 * 1024;

/** Longest name of one path component, in UTF-8. */
export const MAX_NAME_BYTES = 255;

/** Longest path, in UTF-8. */
export const MAX_PATH_BYTES = 4096;

/** Largest file that `readFile` returns in one buffer. */
export const MAX_BUFFER_BYTES: number = 2 * 1024 * 1024 * 1024;

/** Largest file that a gap may make: two million chunks. */
export const MAX_GROWN_BYTES: number = 256 * 1024 * 1024 * 1024;

/** Symbolic links followed for one path before `ELOOP`. */
export const MAX_SYMLINK_HOPS = 40;

/** Longest symbolic link target, in UTF-8. */
export const MAX_LINK_BYTES = 4095;
