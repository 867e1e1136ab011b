using EdgeProxy.Primitives;
using EdgeProxy.Redis;

namespace EdgeProxy.Lanes;

/// <summary>
/// The budget of one bot as all processes share it, in two scripts. Times are microseconds of the server's clock, so nobody else's matters.
/// <para>
/// A bucket is one moment: s, when it would be full again (GCRA). A grant moves it by the weight at once; the return of the call moves it to no
/// earlier than now + all in flight, as if Telegram had counted them only now. So, for Telegram's own moment T and U in flight and not yet counted,
/// T + U ≤ max(s, now + in flight) holds through every order of events, and a grant that keeps s within the capacity is legal whenever Telegram
/// counts it. In flight is kept by the second of the grant (a newest, c oldest): what is lost is taken as returned after 2 to 3 s (LaneFlightMs).
/// </para>
/// <code>
/// bot   {NAME:bID}:rate     one for each bot, never expires: what is missing counts as used up
///                           f, d   free and paid tier: p pace (moves at the grant alone), s, e newest second, a b c
///                           day, stars (tenths), closed, h (last 429s), w (who was passed over, by priority)
///                           last question, gap (first one after a pause), quiet (all by themselves until then, and empty at that moment)
/// chat  {NAME:bID}:cCHAT    expires when it would be full
///                           s, e, a b c, closed, half (halvings of its rate), turn (when one ends)
/// ARGV  1 weight · 2 to 4 free tier: µs a message, burst, ceiling · 5 to 7 paid tier · 8 chat: µs a message · 9 burst · …
/// </code>
/// </summary>
internal static class BudgetScripts
{
    private static readonly string Head =
        $$"""
        local clock = redis.call('TIME')
        local now = clock[1] * 1000000 + clock[2]
        local second = tonumber(clock[1])
        local weight = tonumber(ARGV[1])
        local free = { per = tonumber(ARGV[2]), burst = tonumber(ARGV[3]), cap = tonumber(ARGV[4]) }
        local paid = { per = tonumber(ARGV[5]), burst = tonumber(ARGV[6]), cap = tonumber(ARGV[7]) }
        local perChat, capChat = tonumber(ARGV[8]), tonumber(ARGV[9])
        local max, min = math.max, math.min

        local function flying(x) return x.a + x.b + x.c end
        local function raise(x, per) x.s = max(x.s, now + flying(x) * per) end
        local function age(x, per, cap)
          -- A clock that was set back must not stop anybody.
          x.s = min(x.s, now + (cap + {{Limits.BudgetDebtMax}}) * per)
          local gap = second - x.e
          if gap < 0 or gap > 2 then
            raise(x, per)
            x.a, x.b, x.c = 0, 0, 0
          else
            for _ = 1, gap do
              if x.c > 0 then raise(x, per) end
              x.a, x.b, x.c = 0, x.a, x.b
            end
          end
          x.e = second
        end
        local function empty(tier) return { p = now + tier.burst * tier.per, s = now + tier.cap * tier.per, e = second, a = 0, b = 0, c = 0 } end

        -- A bot that nobody knows may have sent all it could: the server may have lost its memory.
        local raw = redis.call('GET', KEYS[1])
        local bot = raw and cmsgpack.unpack(raw) or { f = empty(free), d = empty(paid), day = 0, stars = 0, closed = 0, h = {}, w = { 0, 0, 0 },
          last = now, gap = now, quiet = now }
        age(bot.f, free.per, free.cap)
        age(bot.d, paid.per, paid.cap)
        bot.f.p = min(bot.f.p, now + (free.burst + {{Limits.BudgetDebtMax}}) * free.per)
        bot.d.p = min(bot.d.p, now + (paid.burst + {{Limits.BudgetDebtMax}}) * paid.per)
        bot.quiet = min(bot.quiet, now + {{Limits.BudgetReturnMs}}000)
        bot.closed = min(bot.closed, now + {{Limits.LaneRetryAfterSMax}}000000)
        local day = math.floor(now / 86400000000)
        -- A clock that is set back over midnight must not give out yesterday's Stars again.
        if day ~= bot.day and day + 1 ~= bot.day then bot.day, bot.stars = day, 0 end
        local function saveBot() redis.call('SET', KEYS[1], cmsgpack.pack(bot)) end

        local chat
        if KEYS[2] then
          raw = redis.call('GET', KEYS[2])
          chat = raw and cmsgpack.unpack(raw) or { s = 0, e = second, a = 0, b = 0, c = 0, closed = 0, half = 0, turn = 0 }
          while chat.half > 0 and now >= chat.turn do
            chat.half, chat.turn = chat.half - 1, chat.turn + {{Limits.LaneRecoverStepS}}000000
            if chat.s > now then chat.s = now + (chat.s - now) / 2 end
          end
          perChat = perChat * 2 ^ chat.half
          chat.closed = min(chat.closed, now + {{Limits.LaneRetryAfterSMax}}000000)
          chat.s = max(chat.s, bot.quiet + capChat * perChat)
          age(chat, perChat, capChat)
        end
        local function saveChat()
          local live = max(chat.s, chat.closed, chat.half > 0 and chat.turn + chat.half * {{Limits.LaneRecoverStepS}}000000 or 0) - now
          redis.call('SET', KEYS[2], cmsgpack.pack(chat), 'PX', string.format('%.0f', max(live / 1000, 0) + 4000))
        end

        """;

    private static readonly string ReserveBody =
        $$"""
        local priority, reserve = tonumber(ARGV[10]) + 1, tonumber(ARGV[11])
        local isPaid, starsMax, isBack = ARGV[12] == '1', tonumber(ARGV[13]), ARGV[14] == '1'
        local ahead = {{Limits.BudgetAheadMs}}000

        local function answer(kind, wait, stars)
          saveBot()
          if kind == 1 or kind == 3 or kind == 5 then wait = max(wait - ahead / 2, 1000) end
          local level = free.burst - max(bot.f.p - now, 0) / free.per
          return { kind, math.ceil(wait), math.floor(level * 1000), second, stars and 1 or 0 }
        end

        -- Whoever comes back from its own share finds others that still use theirs, unless it was away alone: then somebody always asked.
        if now - bot.last > {{Limits.BudgetGapMs}}000 or now < bot.last then bot.gap = now end
        bot.last = now
        if isBack and (now < bot.quiet or now - bot.gap < {{Limits.BudgetReturnMs}}000) then
          bot.quiet = now + {{Limits.BudgetReturnMs}}000
          bot.f.p, bot.f.s = bot.quiet + free.burst * free.per, bot.quiet + free.cap * free.per
          bot.d.p, bot.d.s = bot.quiet + paid.burst * paid.per, bot.quiet + paid.cap * paid.per
        end
        if now < bot.quiet then return answer(6, bot.quiet - now) end
        if weight == 0 then return answer(0, 0) end
        if bot.closed > now then return answer(4, bot.closed - now) end
        if chat and chat.closed > now then return answer(2, chat.closed - now) end

        local function wait(x, cap, per)
          local need = min(weight, cap)
          -- Only the return of a call can help.
          if flying(x) + need > cap then return ahead + (flying(x) + need - cap) * per end
          return x.s + (need - cap) * per - now
        end
        local forChat = chat and wait(chat, capChat, perChat) or 0
        if forChat > ahead then
          -- After everything began empty all private chats wait alike for their first message: one question tells it for all.
          local first = chat.s + (min(1, capChat) - capChat) * perChat - now
          local isNew = chat.half == 0 and chat.s == bot.quiet + capChat * perChat and not string.find(KEYS[2], ':c-', 1, true)
          if isNew and first > ahead then return answer(5, first) end
          return answer(1, forChat)
        end

        local aheadOfPace = ahead
        if bot.w[priority] > {{Limits.LaneShare}} then reserve, aheadOfPace = 0, {{Limits.BudgetLateAheadMs}}000 end
        local forPace = bot.f.p + (min(weight + reserve, free.burst) - free.burst) * free.per - now
        local forCeiling = wait(bot.f, free.cap, free.per)
        local forPaid, stars = 0, false
        if isPaid then
          forPaid = max(bot.d.p + (min(weight, paid.burst) - paid.burst) * paid.per - now, wait(bot.d, paid.cap, paid.per))
          stars = max(forPace, forCeiling) > 0 and bot.stars + weight <= starsMax
        end
        if stars then forPace, forCeiling = 0, 0 end
        if forPace > aheadOfPace then
          bot.w[priority] = max(bot.w[priority], 1)
          return answer(3, forPace)
        end
        local rest = max(forCeiling, forPaid)
        if rest > ahead then return answer(5, rest) end

        local function take(x, per)
          x.p, x.s, x.a = max(x.p, now) + weight * per, max(x.s, now) + weight * per, x.a + weight
        end
        if isPaid then take(bot.d, paid.per) end
        if stars then
          bot.stars = bot.stars + weight
        else
          take(bot.f, free.per)
          bot.w[priority] = 0
          for lower = priority + 1, 3 do
            if bot.w[lower] > 0 then bot.w[lower] = bot.w[lower] + 1 end
          end
        end
        if chat then
          chat.s, chat.a = max(chat.s, now) + weight * perChat, chat.a + weight
          saveChat()
        end
        return answer(0, max(forChat, forPace, rest, 0), stars)
        """;

    private static readonly string SettleBody =
        $$"""
        local granted, isCounted, isPaid, stars = tonumber(ARGV[10]), ARGV[11] == '1', ARGV[12] == '1', ARGV[13] == '1'
        local floodS = tonumber(ARGV[14])

        local function land(x, per)
          local late = x.e - granted
          local place = late == 0 and 'a' or late == 1 and 'b' or late == 2 and 'c' or nil
          if not isCounted then
            x.s = x.s - weight * per
            if x.p then x.p = x.p - weight * per end
          elseif place then
            raise(x, per)
          else
            -- Taken as returned long ago; it may have been counted only now.
            x.s = max(x.s, now) + weight * per
          end
          if place then x[place] = max(x[place] - weight, 0) end
        end
        if isPaid then land(bot.d, paid.per) end
        if not stars then land(bot.f, free.per) elseif not isCounted then bot.stars = max(bot.stars - weight, 0) end
        if chat then land(chat, perChat) end

        if floodS > 0 then
          local opens = now + floodS * 1000000
          if chat then
            if chat.closed <= now and chat.half < {{Limits.LaneHalvingsMax}} then chat.half, perChat = chat.half + 1, perChat * 2 end
            chat.closed = max(chat.closed, opens)
            chat.turn = chat.closed + {{Limits.LaneRecoverStepS}}000000
            chat.s = max(chat.s, now + capChat * perChat)
          end

          -- Different chats within a moment: the bot as a whole is too fast. One without a chat is its own.
          local id, hits = KEYS[2] or tostring(clock[1] .. clock[2]), {}
          for _, hit in ipairs(bot.h) do
            if hit[1] ~= id and now - hit[2] <= {{Limits.BotFloodMs}}000 and hit[2] <= now then hits[#hits + 1] = hit end
          end
          hits[#hits + 1] = { id, now, opens }
          while #hits > {{Limits.BotFloodChats}} do table.remove(hits, 1) end
          bot.h = hits
          if #hits == {{Limits.BotFloodChats}} then
            local first = opens
            for _, hit in ipairs(hits) do first = min(first, hit[3]) end
            bot.closed = max(bot.closed, first)
            bot.f.p, bot.f.s = max(bot.f.p, now + free.burst * free.per), max(bot.f.s, now + free.cap * free.per)
          end
        end
        if chat then saveChat() end
        saveBot()
        return 1
        """;

    /// <summary>
    /// Takes a turn, or says when one may be there and takes nothing. ARGV 10 priority · 11 what to leave for others · 12 paid · 13 Stars of a day,
    /// tenths · 14 the first question after a time by itself. Weight 0 only asks whether turns are given. Answers as <see cref="BudgetReply"/>.
    /// </summary>
    public static readonly RedisScript Reserve = new(Head + ReserveBody);

    /// <summary>A call is back. ARGV 10 second of its grant · 11 counted by Telegram · 12 paid · 13 by Stars · 14 seconds of its 429, or 0.</summary>
    public static readonly RedisScript Settle = new(Head + SettleBody);
}
