import { rmSync } from 'node:fs'
import { run } from '@signet/testing/run'
import { afterAll, describe, expect, test } from 'vitest'
import { docker, PROJECT } from './docker.ts'
import { filesIn, unpackLayers } from './layers.ts'

const BASE = 'node:26-slim'
const FOR_ALL = ['package-lock.json', 'package.json', 'packages/auth']
const FOR_SERVICES = [...FOR_ALL, 'deploy/healthcheck.ts', 'packages/service']
const ROOMS = {
  api: [...FOR_SERVICES, 'apps/api'],
  'app-one': [...FOR_SERVICES, 'apps/app-one', 'packages/web'],
  'app-two': [...FOR_SERVICES, 'apps/app-two', 'packages/web'],
  keys: [...FOR_ALL, 'applications.json', 'scripts', 'secrets/api'],
}

const images = Object.keys(ROOMS).map((service) => `${PROJECT}-${service}`)
const { folder, layersOf } = await unpackLayers(images, BASE)
afterAll(() => rmSync(folder, { recursive: true }))

describe.each(Object.entries(ROOMS))('the image of %s', (service, rooms) => {
  const image = `${PROJECT}-${service}`
  const layers = layersOf.get(`${image}:latest`) ?? []
  const files = filesIn(layers)
  const own = files.filter((file) => file.startsWith('app/') && !file.startsWith('app/node_modules/'))

  test('holds its own source and no other', () => {
    const elsewhere = own.filter((file) => !rooms.some((room) => `${file}/`.startsWith(`app/${room}/`)))

    expect(elsewhere).toEqual([])
    for (const room of rooms) expect(own.join('\n')).toContain(`app/${room}`)
  })

  test('holds no key, certificate, database, setting or test in any layer', () => {
    const odd = /(^|\/)\.|\.(pem|key|p12|sqlite)$|\.test\.ts$|^app\/secrets\/(?!api\/applications\.json$)/

    expect(own.filter((file) => odd.test(file))).toEqual([])
  })

  test('holds no text that is a private key', async () => {
    const key = 'PRIVATE KEY-----\\s+[A-Za-z0-9+/]{30}'
    const { status, output } = await run('grep', ['-rlzaP', key, ...layers])

    expect({ status, output }).toEqual({ status: 1, output: '' })
  })

  test('holds what it needs to run, and none of the tools', () => {
    const packages = new Set(files.map((file) => /^app\/node_modules\/([^/]+)/.exec(file)?.[1]))

    expect(packages).toContain('jsonwebtoken')
    for (const tool of ['node', 'typescript', 'vitest', 'turbo', '@biomejs', '@types', 'concurrently'])
      expect(packages).not.toContain(tool)
  })

  test('runs as node, and adds less than 40 MB', async () => {
    const [{ Config, Size }, base] = JSON.parse(await docker('image', 'inspect', image, BASE))

    expect(Config.User).toBe('node')
    expect(Size - base.Size).toBeLessThan(40_000_000)
  })
})
