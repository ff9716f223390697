using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using NeuralService.Hosting;

namespace NeuralService.Storage;

/// <summary>Before anything else starts: takes the file's lock and migrates. After everything else stopped: lets go of it.</summary>
internal sealed class DatabaseStart(
    DatabaseFile file, Settings settings, IDbContextFactory<NeuralDbContext> contexts, ILogger<DatabaseStart> log) : IHostedLifecycleService, IDisposable
{
    private DatabaseLock? held;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        held = await DatabaseLock.TakeAsync(file.Path, TimeSpan.FromSeconds(settings.Database.LockWaitSeconds), log, cancellationToken);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await ClearOrphanedMigrationLockAsync(context, cancellationToken);
        await context.Database.MigrateAsync(cancellationToken);
        log.LogInformation("The database is {Path}", file.Path);
    }

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        if (held is null)
            return;
        using (var connection = new SqliteConnection(file.ConnectionString))
            SqliteConnection.ClearPool(connection);   // the last connection to close empties the write-ahead log
        held.Dispose();
        held = null;
    }

    /// <summary>A process killed while it migrated leaves a row behind that migrating would wait for without end. Whoever holds the file's lock is alone.</summary>
    private static async Task ClearOrphanedMigrationLockAsync(NeuralDbContext context, CancellationToken cancellation)
    {
        bool exists = await context.Database
            .SqlQuery<int>($"SELECT COUNT(*) AS \"Value\" FROM sqlite_master WHERE name = '__EFMigrationsLock'")
            .SingleAsync(cancellation) > 0;
        if (exists)
            await context.Database.ExecuteSqlAsync($"DELETE FROM \"__EFMigrationsLock\"", cancellation);
    }
}
