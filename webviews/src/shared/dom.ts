/** Making elements. */
type Attributes = Readonly<Record<string, string | number | boolean | undefined | ((event: never) => void)>>
type Child = Node | string | undefined | false

/** `h('button', { class: 'x', onclick: … }, 'Text')`: attributes that are undefined or false are left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value as unknown as EventListener)
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(...children.filter((child): child is Node | string => child !== undefined && child !== false))
  return element
}

/** A button that is pressed or not. */
export function toggle(text: string, title: string, onclick: () => void): HTMLButtonElement {
  return h('button', { type: 'button', class: 'toggle', title, 'aria-pressed': 'false', onclick }, text)
}

export function press(button: HTMLElement, pressed: boolean): void {
  button.setAttribute('aria-pressed', String(pressed))
}

export const isPressed = (button: HTMLElement): boolean => button.getAttribute('aria-pressed') === 'true'

/** `/` or Ctrl+F: somebody wants to find something. */
export const isFindKey = ({ key, ctrlKey, metaKey }: KeyboardEvent): boolean =>
  key === '/' || ((ctrlKey || metaKey) && key.toLowerCase() === 'f')

/** Whether a key belongs to a field that is being typed into. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement
  )
}
