import { dumpYaml, loadYaml } from '@kubernetes/client-node'
import { parse } from 'yaml'
import { type Manifest, nameOf } from './manifest.ts'

/** What the API's own types say against a manifest: wrong or missing values, and fields that they do not know. */
export async function typeFaults(manifest: Manifest): Promise<string[]> {
  const faults = [...(await valueFaults(manifest)), ...unknownFields(manifest, knownPart(manifest))]
  return faults.map((fault) => `${nameOf(manifest)}: ${fault}`)
}

async function valueFaults({ apiVersion, kind, ...fields }: Manifest): Promise<string[]> {
  try {
    const models = await import(/* @vite-ignore */ `kubernetes-models/${apiVersion}/${kind}`)
    new models[kind]({ apiVersion, kind, ...fields }).validate()
    return []
  } catch (error) {
    return [(error as Error).message]
  }
}

/** What is left of a manifest when the client of the API has read it and written it again. */
function knownPart(manifest: Manifest): unknown {
  return parse(dumpYaml(loadYaml(JSON.stringify(manifest))))
}

/** The paths of what stands in `given` and not in `known`. */
function unknownFields(given: unknown, known: unknown, path = ''): string[] {
  if (!(given instanceof Object)) return []
  return Object.entries(given).flatMap(([key, value]) => {
    const counterpart = Object(known)[key]
    return counterpart === undefined
      ? [`there is no field ${path}${key}`]
      : unknownFields(value, counterpart, `${path}${key}.`)
  })
}
