using BenchmarkDotNet.Running;
using EdgeProxy.Bench.Benchmarks;
using EdgeProxy.Bench.Gate;

// Without arguments every benchmark; BenchmarkDotNet's own options choose among them (--filter '*Journal*', --list flat).
// --gate [group] is the quick check of the budgets: 0 all are met, 1 one is missed, 2 it could not be run.
if (args is ["--gate", .. string[] groups]) return GateRun.Run(string.Join(' ', groups));
BenchmarkSwitcher.FromAssembly(typeof(Cases).Assembly).Run(args.Length == 0 ? ["--filter", "*"] : args, new BenchSettings());
return 0;
