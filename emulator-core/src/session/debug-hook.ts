/** The contract lives in native/, which may not import from here; this is where a session's own files take it from. */
export type { DebugHook, SliceResult, Verdict } from '../native/debug-hook.ts'
