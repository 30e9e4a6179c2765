import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { command, docker } from './docker.ts'

/** What each image adds to `base`: the folders that its layers are unpacked into. Whoever calls it removes `folder`. */
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

/** The paths of all files in unpacked layers, hidden by later ones or not. */
export function filesIn(layers: readonly string[]): string[] {
  return layers.flatMap((layer) =>
    readdirSync(layer, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map(({ parentPath, name }) => join(parentPath, name).slice(layer.length + 1)),
  )
}
