using System.Buffers;
using System.Diagnostics.Metrics;
using System.Text;
using EdgeProxy.Observability;

namespace EdgeProxy.Tests.Observability;

public sealed class MetricsExpositionTests : IDisposable
{
    private readonly Meter _meter = new($"test-{Guid.NewGuid()}");
    private readonly MetricsExposition _metrics;

    public MetricsExpositionTests() => _metrics = new MetricsExposition(_meter.Name, seriesMax: 4);

    public void Dispose()
    {
        _metrics.Dispose();
        _meter.Dispose();
    }

    private static KeyValuePair<string, object?> Tag(string key, object? value) => new(key, value);

    private string Scrape()
    {
        var buffer = new ArrayBufferWriter<byte>();
        _metrics.WriteTo(buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private string[] Family(string name) =>
        [.. Scrape().Split('\n').Where(l => l.StartsWith(name, StringComparison.Ordinal)
            || l.StartsWith($"# TYPE {name} ", StringComparison.Ordinal)
            || l.StartsWith($"# HELP {name} ", StringComparison.Ordinal))];

    [Fact]
    public void Counters_add_longs_ints_and_doubles()
    {
        var longs = _meter.CreateCounter<long>("a_total", null, "Things \\ and \"more\"\nlines");
        longs.Add((1L << 53) + 1);
        longs.Add(2);
        _meter.CreateCounter<int>("b_total").Add(3, Tag("bot", "one"));
        var doubles = _meter.CreateCounter<double>("c_total");
        doubles.Add(0.5);
        doubles.Add(0.25);
        Assert.Equal(
            ["# HELP a_total Things \\\\ and \"more\"\\nlines", "# TYPE a_total counter", "a_total 9007199254740995"],
            Family("a_total"));
        Assert.Equal(["# TYPE b_total counter", "b_total{bot=\"one\"} 3"], Family("b_total"));
        Assert.Equal(["# TYPE c_total counter", "c_total 0.75"], Family("c_total"));
    }

    [Fact]
    public void Up_down_counters_and_gauges()
    {
        var depth = _meter.CreateUpDownCounter<long>("depth");
        depth.Add(5);
        depth.Add(-7);
        var level = _meter.CreateGauge<double>("level");
        level.Record(3.5);
        level.Record(double.PositiveInfinity);
        Assert.Equal(["# TYPE depth gauge", "depth -2"], Family("depth"));
        Assert.Equal(["# TYPE level gauge", "level +Inf"], Family("level"));
    }

    [Fact]
    public void Observed_instruments_are_asked_at_each_scrape_and_forget_what_is_gone()
    {
        var bots = new List<string> { "one", "two" };
        var value = 1L;
        _meter.CreateObservableGauge("lag", () => bots.Select(b => new Measurement<long>(value, Tag("bot", b))));
        _meter.CreateObservableCounter("seen_total", () => value * 10);
        Assert.Equal(["# TYPE lag gauge", "lag{bot=\"one\"} 1", "lag{bot=\"two\"} 1"], Family("lag"));
        bots.Remove("one");
        value = 2;
        Assert.Equal(["# TYPE lag gauge", "lag{bot=\"two\"} 2"], Family("lag"));
        Assert.Equal(["# TYPE seen_total counter", "seen_total 20"], Family("seen_total"));
    }

    [Fact]
    public void Histogram_buckets_are_cumulative_and_honour_the_advice()
    {
        var sizes = _meter.CreateHistogram("sizes", null, null, null, new InstrumentAdvice<long> { HistogramBucketBoundaries = [10, 100] });
        foreach (var size in new long[] { 1, 10, 11, 100, 101, 5000 })
        {
            sizes.Record(size, Tag("k", "v"));
        }
        Assert.Equal(
            [
                "# TYPE sizes histogram",
                "sizes_bucket{k=\"v\",le=\"10\"} 2",
                "sizes_bucket{k=\"v\",le=\"100\"} 4",
                "sizes_bucket{k=\"v\",le=\"+Inf\"} 6",
                "sizes_sum{k=\"v\"} 5223",
                "sizes_count{k=\"v\"} 6",
            ],
            Family("sizes"));
    }

    [Fact]
    public void Seconds_have_buckets_from_100_microseconds_to_a_minute()
    {
        _meter.CreateHistogram<double>("took_seconds").Record(0.3);
        var lines = Family("took_seconds");
        Assert.Contains("took_seconds_bucket{le=\"0.0001\"} 0", lines);
        Assert.Contains("took_seconds_bucket{le=\"0.25\"} 0", lines);
        Assert.Contains("took_seconds_bucket{le=\"0.5\"} 1", lines);
        Assert.Contains("took_seconds_bucket{le=\"60\"} 1", lines);
        Assert.Contains("took_seconds_count 1", lines);
    }

    [Fact]
    public void Label_values_are_escaped_and_their_order_does_not_matter()
    {
        var counter = _meter.CreateCounter<long>("e_total");
        counter.Add(1, Tag("a.b", "q\"\\\nя"), Tag("n", 7));
        counter.Add(1, Tag("n", 7), Tag("a.b", "q\"\\\nя"));
        Assert.Equal("e_total{a_b=\"q\\\"\\\\\\nя\",n=\"7\"} 2", Family("e_total")[1]);
    }

    [Fact]
    public void Series_beyond_the_bound_are_dropped_and_counted()
    {
        var counter = _meter.CreateCounter<long>("f_total");
        for (var i = 0; i < 7; i++)
        {
            counter.Add(1, Tag("id", $"{i}"));
        }
        counter.Add(1, Tag("id", "0"));
        Assert.Equal(5, Family("f_total").Length);
        Assert.Contains("f_total{id=\"0\"} 2", Family("f_total"));
        Assert.Contains("edgeproxy_metrics_series_dropped_total 3\n", Scrape());
    }

    [Fact]
    public void Known_series_cost_no_allocation()
    {
        var counter = _meter.CreateCounter<long>("g_total");
        var histogram = _meter.CreateHistogram<double>("g_seconds");
        var (bot, reason) = (Tag("bot", "one"), Tag("reason", "full"));
        Record(100);

        // The runtime may allocate once in between; what a measurement costs would show in every round.
        var least = long.MaxValue;
        for (var round = 0; round < 3; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Record(10_000);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
        Assert.Contains("g_total{bot=\"one\",reason=\"full\"} 30100", Family("g_total"));

        void Record(int times)
        {
            for (var i = 0; i < times; i++)
            {
                counter.Add(1, bot, reason);
                histogram.Record(0.002, bot);
            }
        }
    }

    [Fact]
    public async Task Concurrent_measurements_are_all_counted()
    {
        var counter = _meter.CreateCounter<double>("h_total");
        var histogram = _meter.CreateHistogram<long>("h_size");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Run(() =>
        {
            for (var i = 0; i < 5000; i++)
            {
                counter.Add(0.5, Tag("n", n % 2 == 0 ? "even" : "odd"));
                histogram.Record(2);
            }
        })));
        Assert.Contains("h_total{n=\"even\"} 10000", Family("h_total"));
        Assert.Contains("h_total{n=\"odd\"} 10000", Family("h_total"));
        Assert.Contains("h_size_count 40000", Family("h_size"));
        Assert.Contains("h_size_sum 80000", Family("h_size"));
    }

    [Fact]
    public void A_throwing_callback_does_not_hide_the_others()
    {
        _meter.CreateObservableGauge("bad", (Func<long>)(() => throw new InvalidOperationException()));
        _meter.CreateObservableGauge("good", () => 1L);
        var text = Scrape();
        Assert.Contains("\ngood 1\n", text);
        Assert.Contains("\nedgeproxy_metrics_observe_failures_total 1\n", text);
    }

    [Fact]
    public void The_process_reports_itself()
    {
        var text = Scrape();
        string[] names =
        [
            "process_resident_memory_bytes ", "process_cpu_seconds_total ", "process_start_time_seconds ", "process_open_fds ",
            "dotnet_gc_collections_total{generation=\"2\"} ", "dotnet_allocated_bytes_total ",
        ];
        Assert.All(names, name => Assert.Contains("\n" + name, text));
    }
}
