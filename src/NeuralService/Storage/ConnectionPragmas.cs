using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace NeuralService.Storage;

/// <summary>Sets on every opened connection what SQLite forgets between connections.</summary>
internal sealed class ConnectionPragmas : DbConnectionInterceptor
{
    // FULL: what was acknowledged is on disk, also after a loss of power.
    private const string Pragmas = "PRAGMA busy_timeout=5000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;";

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Pragmas;
        command.ExecuteNonQuery();
    }

    public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        ConnectionOpened(connection, eventData);   // SQLite has no asynchronous calls
        return Task.CompletedTask;
    }
}
