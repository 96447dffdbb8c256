/**
 * What happens to files, told to whoever asks: Linux's inotify is made of it. (NetBSD's inotify is made of vnode notes instead, which say less.)
 * Without observers nothing of this is made: callers test `vfs.observers.size` first.
 *
 * Events come in the order in which Linux's fsnotify would send them. For one operation:
 *   unlink: attrib (the link count), delete-self if that was the last name and nobody uses it, delete; delete-self with the last use otherwise;
 *   rmdir: delete-self, delete, in the same way; link: attrib, link; rename: move (with what it replaced: attrib or, at the end of its life, delete-self);
 *   open with O_CREAT: create, open; O_TRUNC: modify after open; truncate: modify; chmod, chown, utimes: attrib.
 */
import type { Vnode } from './vnode.ts'

/** A name in a directory: how a file was reached. A file that is renamed keeps its place, which changes. */
export interface FilePlace {
  readonly directory: Vnode
  readonly name: string
}

export type FileEvent =
  | {
      readonly op: 'open' | 'access' | 'modify' | 'attrib' | 'close-write' | 'close-nowrite'
      readonly vnode: Vnode
      readonly isDirectory: boolean
      /** By what name it was reached; undefined for the root of a file system and for a file without a name. */
      readonly place: FilePlace | undefined
      /** That name was removed since (IN_EXCL_UNLINK). */
      readonly removed: boolean
    }
  | { readonly op: 'delete-self'; readonly vnode: Vnode; readonly isDirectory: boolean }
  | {
      /** `link`: a further name for a file that existed. */
      readonly op: 'create' | 'link' | 'delete'
      readonly vnode: Vnode
      readonly isDirectory: boolean
      readonly place: FilePlace
    }
  | {
      readonly op: 'move'
      readonly vnode: Vnode
      readonly isDirectory: boolean
      readonly from: FilePlace
      readonly to: FilePlace
      readonly replaced: Vnode | undefined
    }

export interface FileObserver {
  fileEvent(event: FileEvent): void
}
