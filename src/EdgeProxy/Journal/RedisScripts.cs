using EdgeProxy.Primitives;
using EdgeProxy.Redis;

namespace EdgeProxy.Journal;

/// <summary>What the journal lets Redis do in one step.</summary>
internal static class RedisScripts
{
    private const int Hour = 3_600;

    /// <summary>
    /// Remembers an id and appends its record, or neither. Keys: stream, bitmap. Arguments: bit, record. Answers an AppendOutcome as a number.
    /// 1. A full stream takes nothing, but still knows its duplicates.
    /// 2. The bit is the first write, and memory is checked only before a script's first write: out of memory refuses both. Any other refusal of XADD
    ///    takes the bit back.
    /// 3. Ids follow the server's clock. When that was set back, the sequence alone counts up; before it leaves its 20 bits (StreamId; 7 digits make a
    ///    text longer than 20) the id goes on with the next millisecond.
    /// 4. Reading the time to live costs less than prolonging it each time, and writes nothing to the log.
    /// </summary>
    public static RedisScript Append(int recordsMax) => new($$"""
        if redis.call('XLEN', KEYS[1]) >= {{recordsMax}} then
          return {{(int)AppendOutcome.Full}} - redis.call('GETBIT', KEYS[2], ARGV[1])
        end
        if redis.call('SETBIT', KEYS[2], ARGV[1], 1) == 1 then return {{(int)AppendOutcome.Duplicate}} end
        local id = redis.pcall('XADD', KEYS[1], '*', 'u', ARGV[2])
        if type(id) == 'table' then
          redis.call('SETBIT', KEYS[2], ARGV[1], 0)
          return id
        end
        if #id > 20 then
          redis.call('XSETID', KEYS[1], string.format('%.0f-0', tonumber(string.match(id, '^%d+')) + 1))
        end
        if redis.call('TTL', KEYS[2]) < {{Limits.RedisDedupeTtlHours * Hour}} then
          redis.call('EXPIRE', KEYS[2], {{2 * Limits.RedisDedupeTtlHours * Hour}})
        end
        return {{(int)AppendOutcome.Appended}}
        """);

    /// <summary>Key: stream. Answers its length, its bytes, its first id ('' when empty) and the last id it ever gave ('' before the first).</summary>
    public static readonly RedisScript Look = new("""
        if redis.call('EXISTS', KEYS[1]) == 0 then return {0, 0, '', ''} end
        local length, first, last = 0, '', ''
        local info = redis.call('XINFO', 'STREAM', KEYS[1])
        for i = 1, #info, 2 do
          if info[i] == 'length' then length = info[i + 1]
          elseif info[i] == 'last-generated-id' then last = info[i + 1]
          elseif info[i] == 'first-entry' and info[i + 1] then first = info[i + 1][1]
          end
        end
        local bytes = redis.pcall('MEMORY', 'USAGE', KEYS[1])
        if type(bytes) ~= 'number' then bytes = 0 end
        return {length, bytes, first, last}
        """);

    /// <summary>
    /// Makes the next id greater than one that was given before. A server that lost records (a fail-over, a restart without its log) and whose clock is
    /// behind would otherwise give positions that readers have passed. Key: stream. Argument: the id. Answers 1 when it was necessary.
    /// </summary>
    public static readonly RedisScript Lift = new("""
        local function parts(id)
          local ms, sequence = string.match(id, '(%d+)-(%d+)')
          return tonumber(ms), tonumber(sequence)
        end
        local last = nil
        if redis.call('EXISTS', KEYS[1]) == 1 then
          local info = redis.call('XINFO', 'STREAM', KEYS[1])
          for i = 1, #info, 2 do
            if info[i] == 'last-generated-id' then last = info[i + 1] end
          end
        end
        local ms, sequence = parts(last or '0-0')
        local wantedMs, wanted = parts(ARGV[1])
        if ms > wantedMs or (ms == wantedMs and sequence >= wanted) then return 0 end
        if last then redis.call('XSETID', KEYS[1], ARGV[1])
        else redis.call('XADD', KEYS[1], 'MAXLEN', 0, ARGV[1], 'u', '') end
        return 1
        """);
}
