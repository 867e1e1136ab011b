namespace EdgeProxy.Admin;

/// <summary>The answer to a request for a job; the id is that of the earlier one when there was one.</summary>
internal readonly record struct JobAcceptance(JobAcceptOutcome Outcome, AdminJobId Id);
