import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { KeyFileError } from './errors.ts'
import { loadPrivateKey, loadPublicKeys } from './key-file.ts'
import { keyPair } from './testing.ts'

const { privateKey, publicPem, privatePem, keyId } = keyPair()

describe('a key file on disk', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'signet-key-file-'))
    return () => rmSync(folder, { recursive: true })
  })

  function write(text: string): string {
    const file = join(folder, 'a.pem')
    writeFileSync(file, text)
    return file
  }

  it('is read', () => {
    expect(loadPublicKeys(write(publicPem))).toMatchObject([{ keyId }])
    expect(loadPrivateKey(write(privatePem)).equals(privateKey)).toBe(true)
  })

  it('may have 64 KiB', () => {
    expect(loadPublicKeys(write(publicPem.padEnd(64 * 1024)))).toHaveLength(1)
    expect(loadPrivateKey(write(privatePem.padEnd(64 * 1024))).type).toBe('private')
  })

  it('is refused when it has a byte more', () => {
    const refusal = expect.objectContaining({
      message: expect.stringMatching(/a\.pem: is larger than 65536 bytes$/),
    })

    expect(() => loadPublicKeys(write(publicPem.padEnd(64 * 1024 + 1)))).toThrow(refusal)
    expect(() => loadPrivateKey(write(privatePem.padEnd(64 * 1024 + 1)))).toThrow(refusal)
  })

  it('is a file: a pipe or a device could block the service for ever', () => {
    const device = join(folder, 'device.pem')
    symlinkSync('/dev/null', device)

    expect(() => loadPublicKeys(device)).toThrow(
      expect.objectContaining({ code: 'key_file_invalid', message: `${device}: is no regular file` }),
    )
  })

  it('is named by its faults', () => {
    const file = write('no key')

    expect(() => loadPublicKeys(file)).toThrow(KeyFileError)
    expect(() => loadPublicKeys(file)).toThrow(`${file}: `)
    expect(() => loadPrivateKey(file)).toThrow(`${file}: `)
  })

  it('throws the error of the file system when it cannot be read', () => {
    mkdirSync(join(folder, 'folder'))

    expect(() => loadPublicKeys(join(folder, 'gone'))).toThrow(expect.objectContaining({ code: 'ENOENT' }))
    expect(() => loadPrivateKey(join(folder, 'folder'))).toThrow(expect.objectContaining({ code: 'EISDIR' }))
  })
})
