export { type BeegoLayoutOptions, beegoLayout } from './beego-layout.ts'
export { goTypeOf } from './go-type.ts'
export {
  GoValue,
  goFloat32,
  goFloat64,
  goInt,
  goInt8,
  goInt16,
  goInt32,
  goInt64,
  goUint,
  goUint8,
  goUint16,
  goUint32,
  goUint64,
  goValue,
} from './go-value.ts'
export { type GobOptions, gobCodec } from './gob-codec.ts'
export { type LeaveOptions, leaveBeego } from './leave-beego.ts'
