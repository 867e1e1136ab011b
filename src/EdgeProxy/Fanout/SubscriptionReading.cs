using EdgeProxy.Bots;
using EdgeProxy.Primitives;

namespace EdgeProxy.Fanout;

/// <summary>Reads what was asked of the API: the subscription, or what is wrong with it.</summary>
/// <param name="bot">Whose.</param>
/// <param name="name">Its name.</param>
/// <param name="number">As in <see cref="Subscription.Number"/>.</param>
/// <param name="json">A JSON object.</param>
internal delegate Subscription? SubscriptionReading(Bot bot, string name, long number, string json, out Problem? problem);
