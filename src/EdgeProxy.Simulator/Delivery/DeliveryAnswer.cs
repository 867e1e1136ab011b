namespace EdgeProxy.Simulator.Delivery;

/// <summary>What a webhook said to one attempt.</summary>
/// <param name="Status">HTTP status; 0 when there was no answer.</param>
/// <param name="RetryAfterS">Seconds it asked for.</param>
/// <param name="Body">Its body: perhaps a method call.</param>
/// <param name="Error">last_error_message when it failed.</param>
internal sealed record DeliveryAnswer(int Status, int? RetryAfterS, byte[] Body, string Error)
{
    public bool IsSuccess => Status is >= 200 and < 300;
}
