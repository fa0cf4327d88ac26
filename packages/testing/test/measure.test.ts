import { it } from 'vitest'
import { startSentinel } from '@sentinel-session/testing/sentinel'
const t = () => performance.now()
it('m', async () => {
  const starts: number[] = [], settle: number[]=[], fo: number[] = [], kp: number[] = [], stops: number[]=[], fz: number[] = [], back: number[] = []
  for (let i = 0; i < 6; i++) {
    let a = t(); const trio = await startSentinel(); starts.push(t() - a)
    a = t(); await trio.failover(); fo.push(t() - a)
    a = t(); await trio.settled(); settle.push(t() - a)
    const p = await trio.currentPrimary(); await trio.pause(p)
    a = t(); await trio.waitForPrimaryChange(p); fz.push(t() - a)
    a = t(); await trio.stop(); stops.push(t()-a)
    a = t(); const trio2 = await startSentinel(); starts.push(t() - a)
    const dead = await trio2.killPrimary()
    a = t(); await trio2.waitForPrimaryChange(dead); kp.push(t() - a)
    a = t(); await trio2.restart(dead); await trio2.settled(); back.push(t() - a)
    await trio2.stop()
  }
  const r = (x: number[]) => x.map(Math.round).join(' ')
  console.log('start', r(starts), '| failover', r(fo), '| settle', r(settle), '| freeze->new', r(fz), '| kill->new', r(kp), '| restart+settle', r(back), '| stop', r(stops))
}, 300000)
