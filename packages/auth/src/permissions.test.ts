import { describe, expect, it } from 'vitest'
import { narrow, PERMISSION, permits } from './permissions.ts'

describe('a permission', () => {
  it.each(['*', 'users:read', 'a:b', 'purchase-orders2:read-all3'])('may be %j', (text) => {
    expect(PERMISSION.test(text)).toBe(true)
  })

  it.each([
    '',
    '**',
    'users',
    'users:',
    ':read',
    'users:*',
    'Users:read',
    'users:Read',
    'us_ers:read',
    'users:re_ad',
    '1users:read',
    'users:1read',
    '-users:read',
    'users:-read',
    'users:read:all',
    ' users:read',
    'users:read ',
    'users:read\n',
  ])('is not %j', (text) => {
    expect(PERMISSION.test(text)).toBe(false)
  })
})

describe('permits', () => {
  it('permits what was granted', () => {
    expect(permits(['orders:read', 'users:read'], 'users:read')).toBe(true)
  })

  it('does not permit what was not granted', () => {
    expect(permits(['orders:read', 'users:write'], 'users:read')).toBe(false)
  })

  it('permits nothing when nothing was granted', () => {
    expect(permits([], 'users:read')).toBe(false)
  })

  it('permits everything when `*` was granted', () => {
    expect(permits(['*'], 'users:read')).toBe(true)
  })
})

describe('narrow', () => {
  const granted = ['users:read', 'orders:read']

  it('leaves all permissions without a scope', () => {
    expect(narrow(granted, undefined)).toEqual(granted)
  })

  it('leaves none for an empty scope', () => {
    expect(narrow(granted, '')).toEqual([])
    expect(narrow(['*'], '')).toEqual([])
  })

  it('leaves those that the scope names', () => {
    expect(narrow(granted, 'orders:read')).toEqual(['orders:read'])
    expect(narrow(granted, 'orders:read users:read')).toEqual(['orders:read', 'users:read'])
  })

  it('never adds one', () => {
    expect(narrow(granted, 'users:read orders:write')).toEqual(['users:read'])
    expect(narrow([], 'users:read *')).toEqual([])
  })

  it('leaves what was granted for a scope of `*`', () => {
    expect(narrow(granted, 'users:read *')).toEqual(granted)
  })

  it('narrows `*` to what the scope names', () => {
    expect(narrow(['*'], 'orders:write')).toEqual(['orders:write'])
  })

  it('ignores what is not a permission', () => {
    expect(narrow(['*'], 'users:read  openid \t')).toEqual(['users:read'])
  })
})
