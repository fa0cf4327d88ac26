import { describe, expect, it } from 'vitest'
import { judge, withoutPayload } from './redis-errors.ts'

const reply = (message: string): Error =>
  Object.assign(new Error(message), { name: 'ReplyError', command: { args: ['canary'] } })

describe('what an error means', () => {
  it.each([
    ["READONLY You can't write against a read only replica.", 'leave'],
    ["ERR Error running script (call to f_1): @user_script:1: -READONLY You can't write", 'leave'],
    ['MASTERDOWN Link with MASTER is down', 'leave'],
    ['UNBLOCKED force unblock from blocking operation, instance state changed', 'unknown'],
    ['LOADING Redis is loading the dataset in memory', 'resend'],
    ['NOREPLICAS Not enough good replicas to write.', 'resend'],
    ['TRYAGAIN Multiple keys request during rehashing of slot', 'resend'],
    ['CLUSTERDOWN The cluster is down', 'resend'],
    ['BUSY Redis is busy running a script', 'resend'],
    ['NOSCRIPT No matching script. Please use EVAL.', 'load-script'],
  ])('%s', (message, verdict) => {
    expect(judge(reply(message))).toBe(verdict)
  })

  it.each([
    ['WRONGTYPE Operation against a key holding the wrong kind of value', 'ERR_RECORD_MALFORMED', 500],
    ['MALFORMED not a session record', 'ERR_RECORD_MALFORMED', 500],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'ERR_BACKEND_UNAVAILABLE', 503],
    ['MISCONF Redis is configured to save RDB snapshots', 'ERR_BACKEND_UNAVAILABLE', 503],
    ['NOAUTH Authentication required.', 'ERR_BACKEND_AUTH', 503],
    ["NOPERM User app has no permissions to run the 'evalsha' command", 'ERR_BACKEND_PERMISSION', 503],
    ['ERR unknown command', 'ERR_BACKEND_UNAVAILABLE', 503],
  ])('%s', (message, code, status) => {
    expect(judge(reply(message))).toMatchObject({ code, status })
  })

  it('names the command that an ACL forbids', () => {
    expect(String(judge(reply("NOPERM User app has no permissions to run the 'evalsha' command")))).toContain(
      "the 'evalsha' command",
    )
  })

  it('of a connection is unknown: the command may have been executed', () => {
    expect(judge(new Error('Connection is closed.'))).toBe('unknown')
    expect(judge(new Error('READONLY is part of a text'))).toBe('unknown')
  })

  it('never carries arguments on', () => {
    const verdict = judge(reply("ERR unknown command 'FOO', with args beginning with: 'canary'")) as Error
    expect(`${verdict} ${verdict.stack} ${verdict.cause} ${JSON.stringify(verdict)}`).not.toContain('canary')
    expect(withoutPayload(reply('ERR canary'))).not.toHaveProperty('command')
  })
})
