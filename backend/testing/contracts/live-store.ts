import { describe, expect, test } from 'bun:test'
import { newExperiment } from '../../experiments/experiment.ts'
import type { LiveEditor, LiveStore } from '../../live/ports.ts'
import { theSystem } from '../../operators/audit.ts'

/** What every store of the live configuration promises, whichever engine keeps it. `make` gives an empty one. */
export function liveStoreContract(name: string, make: () => Promise<LiveStore & LiveEditor>) {
  const notice = (value: string) => ({ value, rolloutPercent: 100, killed: false })

  describe(`the live configuration in ${name}`, () => {
    test('nothing is changed at first, and the version is 0', async () => {
      expect(await (await make()).load()).toEqual({ version: 0, flags: {}, experiments: [] })
    })

    test('a flag is kept as it was set, whatever is in it, until it is reset', async () => {
      const store = await make()
      const settings = {
        notice: notice('سلام 👋 "quoted" \\ \n</script>'),
        film: { value: false, rolloutPercent: 12.5, killed: true },
        web_vitals_percent: { value: 10, rolloutPercent: 0, killed: false },
      }
      await store.setFlag('notice', theSystem, () => settings.notice)
      await store.setFlag('film', theSystem, () => settings.film)
      await store.setFlag('web_vitals_percent', theSystem, () => settings.web_vitals_percent)
      expect((await store.load()).flags).toEqual(settings)
      await store.resetFlag('film', theSystem)
      expect(Object.keys((await store.load()).flags).sort()).toEqual(['notice', 'web_vitals_percent'])
    })

    test('an experiment is kept with its variants in their order until it is removed', async () => {
      const store = await make()
      const experiment = {
        key: 'hero',
        variants: [
          { name: 'z', weight: 0.5 },
          { name: 'a', weight: 0 },
        ],
        salt: 'hero:2',
        running: false,
      }
      await store.setExperiment('hero', theSystem, () => newExperiment('hero', ['b']))
      await store.setExperiment('hero', theSystem, () => experiment)
      await store.setExperiment('price', theSystem, () => newExperiment('price', ['low', 'high']))
      const { experiments } = await store.load()
      expect(experiments.find(({ key }) => key === 'hero')).toEqual(experiment)
      await store.removeExperiment('hero', theSystem)
      expect((await store.load()).experiments.map(({ key }) => key)).toEqual(['price'])
    })

    test('an edit is given what is kept', async () => {
      const store = await make()
      const seen: unknown[] = []
      for (const value of ['one', 'two'])
        await store.setFlag('notice', theSystem, (kept) => {
          seen.push(kept)
          return notice(value)
        })
      expect(seen).toEqual([undefined, notice('one')])
    })

    test('an edit that throws changes nothing, not even the version', async () => {
      const store = await make()
      const version = await store.setFlag('notice', theSystem, () => notice('kept'))
      const refused = store.setFlag('notice', theSystem, () => {
        throw new Error('refused')
      })
      await expect(refused).rejects.toThrow('refused')
      expect(await store.load()).toMatchObject({ version, flags: { notice: notice('kept') } })
    })

    test('changes made at once each get a version of their own, and none is lost', async () => {
      const store = await make()
      const versions = await Promise.all(
        Array.from({ length: 10 }, () =>
          store.setFlag('notice', theSystem, (kept) => notice(`${kept?.value ?? ''}+`)),
        ),
      )
      expect(new Set(versions).size).toBe(10)
      const { version, flags } = await store.load()
      expect(version).toBe(Math.max(...versions))
      expect(flags.notice?.value).toBe('+'.repeat(10))
    })
  })
}
