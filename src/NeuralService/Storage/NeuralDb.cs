using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace NeuralService.Storage;

/// <summary>The only way to the database: any number of readers, one writer.</summary>
/// <remarks>
/// A deferred SQLite transaction that reads and then writes can fail with a snapshot conflict that no waiting cures.
/// So every write is one immediate transaction, and the process lets one writer in at a time.
/// </remarks>
public sealed class NeuralDb(IDbContextFactory<NeuralDbContext> contexts) : IDisposable
{
    /// <summary>How long a write waits for its turn behind other writes of this process before it is refused with 503.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim writer = new(1, 1);

    /// <summary>Cancelled, and replaced, when somebody outside holds the file: those who wait their turn are then refused together and not one after another.</summary>
    private CancellationTokenSource heldOutside = new();

    /// <summary>Reads, without tracking.</summary>
    public async Task<T> ReadAsync<T>(Func<NeuralDbContext, Task<T>> read, CancellationToken cancellation)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellation);
        context.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
        return await read(context);
    }

    /// <summary>Runs one immediate transaction: what <paramref name="write"/> changed is saved and committed at its end. Nothing slow may happen inside.</summary>
    /// <exception cref="Hosting.Refusal">503 where other writers take too long.</exception>
    public async Task<T> WriteAsync<T>(Func<NeuralDbContext, Task<T>> write, CancellationToken cancellation)
    {
        await WaitForTurnAsync(cancellation);
        try
        {
            await using var context = await contexts.CreateDbContextAsync(cancellation);
            await using var transaction = await BeginAsync(context, cancellation);
            T result = await write(context);
            await context.SaveChangesAsync(cancellation);
            await transaction.CommitAsync(CancellationToken.None);
            return result;
        }
        finally
        {
            writer.Release();
        }
    }

    /// <summary>Runs one immediate transaction without a result.</summary>
    public Task WriteAsync(Func<NeuralDbContext, Task> write, CancellationToken cancellation) => WriteAsync(
        async context =>
        {
            await write(context);
            return true;
        },
        cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        heldOutside.Dispose();
        writer.Dispose();
    }

    private async Task WaitForTurnAsync(CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, heldOutside.Token);
        try
        {
            if (await writer.WaitAsync(LongestWait, either.Token))
                return;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // held outside: refused below
        }
        throw Problems.DatabaseBusy();
    }

    private async Task<IDbContextTransaction> BeginAsync(NeuralDbContext context, CancellationToken cancellation)
    {
        try
        {
            return await context.Database.BeginTransactionAsync(cancellation);   // BEGIN IMMEDIATE; SQLite itself waits busy_timeout
        }
        catch (SqliteException e) when (e.SqliteErrorCode == 5)   // SQLITE_BUSY
        {
            await Interlocked.Exchange(ref heldOutside, new CancellationTokenSource()).CancelAsync();
            throw Problems.DatabaseBusy();
        }
    }
}
