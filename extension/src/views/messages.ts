/** What the pages and the extension say to each other. */
export type FromView =
  | { readonly type: 'ready' }
  | { readonly type: 'query'; readonly id: number; readonly query: unknown }
  | { readonly type: 'shared'; readonly state: unknown }
  | { readonly type: 'copy'; readonly text: string }
  | { readonly type: 'command'; readonly command: string }

export type ToView =
  | { readonly type: 'run'; readonly status: unknown }
  | { readonly type: 'progress'; readonly status: unknown }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failure'; readonly id: number; readonly message: string }
  | { readonly type: 'shared'; readonly state: unknown }
  | { readonly type: 'do'; readonly action: string }
