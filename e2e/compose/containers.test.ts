import { beforeAll, describe, expect, test } from 'vitest'
import { compose, PROJECT } from './docker.ts'
import { type Container, inspect, mainProcessOf } from './inspect.ts'

/** Linux capability 10, as a bit: the program of the edge carries it and does not start without. */
const NET_BIND_SERVICE = 1 << 10

describe.each(['api', 'app-one', 'app-two', 'edge', 'postgres', 'redis'])(
  'the container of %s',
  (service) => {
    let container: Container
    beforeAll(async () => {
      container = await inspect(service)
    })

    test('runs as no root, with no capability and no way to gain one', async () => {
      const { Uid, CapBnd, CapPrm, CapEff, NoNewPrivs } = await mainProcessOf(service)

      expect(Uid).toMatch(/^(1000|999)\t/)
      for (const set of [CapBnd, CapPrm, CapEff])
        expect(Number(`0x${set}`)).toBe(service === 'edge' ? NET_BIND_SERVICE : 0)
      expect(NoNewPrivs).toBe('1')
    })

    test('cannot write to its own files', async () => {
      const written = compose('exec', '-T', '--user', '0', service, 'touch', '/etc/written')

      await expect(written).rejects.toThrow('Read-only file system')
    })

    test('mounts everything read-only, but for the data of the database', () => {
      const written = container.Mounts.filter(({ RW }) => RW).map(({ Name }) => Name)

      expect(written).toEqual(service === 'postgres' ? [`${PROJECT}_postgres`] : [])
    })

    test('has a limit to its memory and its processes', () => {
      expect(container.HostConfig.Memory).toBeGreaterThan(0)
      expect(container.HostConfig.PidsLimit).toBeGreaterThan(0)
    })

    test('is reached from this machine only, and through the edge only', () => {
      const addresses = Object.values(container.HostConfig.PortBindings).flat()

      expect(addresses.map(({ HostIp }) => HostIp)).toEqual(
        service === 'edge' ? Array(3).fill('127.0.0.1') : [],
      )
    })
  },
)
