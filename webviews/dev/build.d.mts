export function buildDevPage(): Promise<string>
