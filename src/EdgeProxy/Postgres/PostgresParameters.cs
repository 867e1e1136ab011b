using Npgsql;

namespace EdgeProxy.Postgres;

/// <summary>Parameters in the order of $1, $2…, without boxing and without reflection.</summary>
internal static class PostgresParameters
{
    public static NpgsqlParameterCollection With<T>(this NpgsqlParameterCollection parameters, T value)
    {
        parameters.Add(new NpgsqlParameter<T> { TypedValue = value });
        return parameters;
    }
}
