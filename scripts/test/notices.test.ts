import { describe, expect, it } from 'vitest'
import { noticesOf, npmPackages } from '../lib/notices.mjs'

describe('the notices that are shipped', () => {
  const inputs = [
    'webviews/src/calls/main.ts',
    'node_modules/iced-x86/iced_x86.js',
    'node_modules/d3-array/src/max.js',
    'late:node:net',
  ]

  it('are of the packages in the bundles', () => {
    expect([...npmPackages(inputs).keys()].map(title => title.split(' ')[0]).sort()).toEqual(['d3-array', 'iced-x86'])
  })

  it('are the whole texts of their licences', () => {
    const text = noticesOf(npmPackages(inputs))
    expect(text).toMatch(/^d3-array .*\(ISC\)\n\nCopyright .*Bostock/)
    expect(text).toMatch(/\n-+\n\niced-x86 .*\(MIT\)\n\n.*Permission is hereby granted/s)
  })

  it('say so where a package brings none', () => {
    expect(noticesOf(new Map([['a 1', { licence: 'MIT', folder: undefined }]]))).toBe(
      'a 1 (MIT)\n\nNo text of the licence comes with it.\n',
    )
  })
})
