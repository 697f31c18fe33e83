"""What a Redis store does in one step, as scripts that run inside it.

Times are milliseconds. Where ARGV begins with a time it may be empty: then it is Redis's own, one
clock for all who share it, so that a replica whose clock is wrong neither lets a window go early
nor holds it for too long. Every key that a script writes expires.

When Redis is full, what begins something is refused as a whole (`#!lua`); what ends something, and
the pacing, which both let go of more than they keep, are not (`allow-oom`).
"""

TIME = """
local time = redis.call('TIME')
local now = tonumber(ARGV[1]) or time[1] * 1000 + math.floor(time[2] / 1000)
"""

SWAP = """#!lua flags=allow-oom
local held = redis.call('GET', KEYS[1])
if held == ARGV[2] then return 1 end
if held ~= ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('DEL', KEYS[1])
else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1
"""
"""KEYS: one. ARGV: old, new (empty: nothing), time to live → whether it was swapped.

Sealed values differ each time, so that finding the new one means that an earlier try got through.
"""

RESERVE = f"""#!lua
{TIME}
local worst, count, wait = 0, 0, 0
for i, key in ipairs(KEYS) do
  local span, most = tonumber(ARGV[1 + 2 * i]), tonumber(ARGV[2 + 2 * i])
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - span)
  local held = redis.call('ZCARD', key)
  if held >= most then
    local first = redis.call('ZRANGE', key, held - most, held - most, 'WITHSCORES')
    local left = first[2] + span - now
    if left > wait then worst, count, wait = i, held, left end
  end
end
if worst > 0 then return {{worst, count, wait}} end
for i, key in ipairs(KEYS) do
  redis.call('ZADD', key, now, ARGV[2])
  redis.call('PEXPIRE', key, ARGV[1 + 2 * i])
end
return {{}}
"""
"""KEYS: windows. ARGV: time, member, span and most of each → {} or {index, held, wait}."""

REMOVE = """#!lua flags=allow-oom
for _, key in ipairs(KEYS) do redis.call('ZREM', key, ARGV[1]) end
"""
"""KEYS: windows or lines. ARGV: member."""

HOLD = f"""#!lua flags=allow-oom
{TIME}
local ends = now + tonumber(ARGV[2])
if ends > tonumber(redis.call('GET', KEYS[1]) or 0) then
  redis.call('SET', KEYS[1], string.format('%.0f', ends), 'PX', ARGV[2])
end
"""
"""KEYS: where it is noted. ARGV: time, for how long. Of two, what ends later holds."""

STAND = f"""#!lua flags=allow-oom
{TIME}
local member, patience, stale = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local scopes, k, a = {{}}, 1, 5
while k <= #KEYS do
  local scope = {{line = KEYS[k], seen = KEYS[k + 1], held = KEYS[k + 2], windows = {{}}}}
  k = k + 3
  for w = 1, tonumber(ARGV[a]) do
    local span, most = tonumber(ARGV[a + 2 * w - 1]), tonumber(ARGV[a + 2 * w])
    scope.windows[w] = {{key = KEYS[k], span = span, most = most}}
    k = k + 1
  end
  a = a + 1 + 2 * #scope.windows
  scopes[#scopes + 1] = scope
end

local function leave(scope)
  redis.call('ZREM', scope.line, member)
  redis.call('ZREM', scope.seen, member)
end

local function stand(scope)
  for _, gone in ipairs(redis.call('ZRANGEBYSCORE', scope.seen, '-inf', now - stale)) do
    redis.call('ZREM', scope.line, gone)
    redis.call('ZREM', scope.seen, gone)
  end
  redis.call('ZADD', scope.line, 'NX', now + patience, member)
  redis.call('ZADD', scope.seen, now, member)
  redis.call('PEXPIRE', scope.line, 10 * stale)
  redis.call('PEXPIRE', scope.seen, 10 * stale)
  return redis.call('ZRANK', scope.line, member)
end

-- How long until the window has room for one with so many before it. Those repeat its rhythm.
local function room(window, ahead)
  redis.call('ZREMRANGEBYSCORE', window.key, '-inf', now - window.span)
  local sent = redis.call('ZCARD', window.key)
  local place, rounds = sent + ahead - window.most, 0
  if place < 0 then return 0 end
  while place >= sent do place, rounds = place - window.most, rounds + 1 end
  if place < 0 then return rounds * window.span end
  local first = redis.call('ZRANGE', window.key, place, place, 'WITHSCORES')
  return first[2] + window.span - now + rounds * window.span
end

local wait = 0
for _, scope in ipairs(scopes) do
  if wait > 0 then
    leave(scope)
  else
    local ahead = stand(scope)
    wait = math.max(0, tonumber(redis.call('GET', scope.held) or 0) - now)
    for _, window in ipairs(scope.windows) do wait = math.max(wait, room(window, ahead)) end
  end
end
if wait > 0 and wait <= patience then return wait end
for _, scope in ipairs(scopes) do
  leave(scope)
  if wait == 0 then
    for _, window in ipairs(scope.windows) do
      redis.call('ZADD', window.key, now, member)
      redis.call('PEXPIRE', window.key, window.span)
    end
  end
end
return wait
"""
"""Let a member go now, or say how long it has to wait at the least.

KEYS, of each scope: its line, when its members were last seen, its hold, its windows. ARGV: time,
member, patience, after how long one who is not seen is gone; of each scope: how many windows, then
span and most of each. → 0: it is counted and may go; else it keeps its place, unless the wait is
longer than its patience.

Whoever runs out of patience first is first in a line. One may go when each window has room for it
and for all before it in the line, awake or not. Who waits in the line of a narrow scope does not
stand in those of the scopes after it, and so holds nobody up there.
"""
