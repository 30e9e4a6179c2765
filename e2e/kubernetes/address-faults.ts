import { found } from './found.ts'
import { containersOf, type Manifest, ofKind, variableOf } from './manifest.ts'

/**
 * Variables that lead to where nothing is served, and tokens for another origin than the API's: they are made for what
 * `API_URL` names, and the API takes them for those in `AUDIENCES` and no other.
 */
export function addressFaults(manifests: readonly Manifest[]): string[] {
  const containers = ofKind(manifests, 'Deployment').flatMap((deployment) =>
    containersOf(deployment).map((container) => ({ deployment, container })),
  )
  const api = containers.find(({ deployment }) => deployment.metadata?.name === 'api')
  const audiences = api && variableOf(api.container, 'AUDIENCES')?.split(',')
  return containers.flatMap(({ deployment, container }) => {
    const url = variableOf(container, 'API_URL')
    return [
      ...found(deployment, {
        [`its tokens are for ${url}, which is not the API's`]: url !== undefined && !audiences?.includes(url),
        'takes tokens that are for anybody':
          container === api?.container && variableOf(container, 'REQUIRE_AUDIENCE') !== 'true',
      }),
      ...(container.env ?? []).flatMap(({ name, value = '' }) =>
        found(deployment, {
          [`${name} leads to ${value}, where nothing is served`]:
            name.endsWith('_URL') && leadsNowhere(new URL(value), name, manifests),
        }),
      ),
    ]
  })
}

/** The database and Redis may stand elsewhere; the API is a service of the same namespace. */
function leadsNowhere({ hostname, port }: URL, name: string, manifests: readonly Manifest[]): boolean {
  const service = ofKind(manifests, 'Service').find(({ metadata }) => metadata?.name === hostname)
  if (!service) return name === 'API_URL'
  return !service.spec?.ports?.some((served) => `${served.port}` === port)
}
