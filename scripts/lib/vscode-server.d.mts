export interface Server {
  /** Of the form http://127.0.0.1:PORT/ */
  readonly address: string
  /** The file that the server's output goes to. */
  readonly log: string
  readonly exited: Promise<number | null>
  /** The address that opens a folder. */
  folderAddress(folder: string): string
  /** Ends the server and everything it started. */
  stop(): Promise<void>
}

export declare function ensureServer(): Promise<void>
export declare function installExtension(profile: string, vsix: string): Promise<void>
export declare function writeSettings(profile: string, settings: Readonly<Record<string, unknown>>): void
export declare function freePort(wanted?: number): Promise<number>
export declare function startServer(
  profile: string,
  options?: { readonly port?: number; readonly args?: readonly string[] },
): Promise<Server>
