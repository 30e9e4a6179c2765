import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '@signet/testing/process'
import { afterAll, describe, expect, test } from 'vitest'
import { command, docker, PROJECT } from './docker.ts'

const BASE = 'node:26-slim'
const FOR_ALL = ['package-lock.json', 'package.json', 'packages/auth']
const FOR_SERVICES = [...FOR_ALL, 'deploy/healthcheck.ts', 'packages/service']
const CONTENTS = {
  api: [...FOR_SERVICES, 'apps/api'],
  'app-one': [...FOR_SERVICES, 'apps/app-one', 'packages/web'],
  'app-two': [...FOR_SERVICES, 'apps/app-two', 'packages/web'],
  keys: [...FOR_ALL, 'applications.json', 'scripts', 'secrets/api'],
}

const images = Object.keys(CONTENTS).map((service) => `${PROJECT}-${service}`)
const { folder, layersOf } = await unpackLayers(images, BASE)
afterAll(() => rmSync(folder, { recursive: true }))

describe.each(Object.entries(CONTENTS))('the image of %s', (service, contents) => {
  const image = `${PROJECT}-${service}`
  const layers = layersOf.get(`${image}:latest`) ?? []
  const files = filesIn(layers)
  const own = files.filter((file) => file.startsWith('app/') && !file.startsWith('app/node_modules/'))

  test('has its own source and no other', () => {
    const elsewhere = own.filter((file) => !contents.some((part) => `${file}/`.startsWith(`app/${part}/`)))

    expect(elsewhere).toEqual([])
    for (const part of contents) expect(own.join('\n')).toContain(`app/${part}`)
  })

  test('has of each package its manifest, sources and assets only', () => {
    const inPackages = own.filter((file) => /^app\/(apps|packages)\/[^/]+\/./.test(file))
    const ships = /^app\/(apps|packages)\/[^/]+\/(package\.json$|src(\/|$)|assets(\/|$))/

    expect(inPackages.length).toBeGreaterThan(service === 'keys' ? 15 : 30)
    expect(inPackages.filter((file) => !ships.test(file))).toEqual([])
  })

  test('has no key, certificate, database, setting or test in any layer', () => {
    const odd =
      /(^|\/)\.|\.(pem|key|p12|sqlite)$|\.test\.ts$|\/(test|testing)(-|\.|\/)|^app\/secrets\/(?!api\/applications\.json$)/

    expect(own.filter((file) => odd.test(file))).toEqual([])
  })

  test('has no text that is a private key', async () => {
    const key = 'PRIVATE KEY-----\\s+[A-Za-z0-9+/]{30}'
    const { status, output } = await run('grep', ['-rlzaP', key, ...layers])

    expect({ status, output }).toEqual({ status: 1, output: '' })
  })

  test('has the packages that it needs, and none of the tools', () => {
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

/** Unpacks the layers that each image adds to `base`. The caller removes `folder`. */
export async function unpackLayers(images: readonly string[], base: string) {
  const folder = mkdtempSync(join(tmpdir(), 'signet-images-'))
  await command('sh', ['-c', `docker save ${images.join(' ')} | tar -C ${folder} -x`])
  const inherited = Number(await docker('image', 'inspect', '--format', '{{len .RootFS.Layers}}', base))
  const manifest: Saved[] = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))
  const added = manifest.map(({ RepoTags: [tag = ''], Layers }) => ({ tag, layers: Layers.slice(inherited) }))
  for (const layer of new Set(added.flatMap(({ layers }) => layers))) {
    mkdirSync(unpacked(layer))
    await command('tar', ['-C', unpacked(layer), '-xf', join(folder, layer)])
  }
  return { folder, layersOf: new Map(added.map(({ tag, layers }) => [tag, layers.map(unpacked)])) }

  function unpacked(layer: string): string {
    return join(folder, layer.replaceAll('/', '-'))
  }
}

type Saved = { RepoTags: string[]; Layers: string[] }

/** The paths of all files in unpacked layers, also of those that a later layer hides. */
export function filesIn(layers: readonly string[]): string[] {
  return layers.flatMap((layer) =>
    readdirSync(layer, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map(({ parentPath, name }) => join(parentPath, name).slice(layer.length + 1)),
  )
}
