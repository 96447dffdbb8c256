/** Makes the VSIX if anything in it has changed, and returns its path. */
export declare function ensureVsix(): Promise<string>
