using System.Collections.Concurrent;
using System.Collections.Frozen;
using Microsoft.EntityFrameworkCore;
using NeuralService.Hosting;
using NeuralService.Storage;
using NeuralService.Versions;

namespace NeuralService.Predictions;

/// <summary>
/// Which version answers, and its model, in memory: a prediction asks no database and waits for no lock. Whoever changes versions, aliases or networks calls
/// <see cref="RefreshAsync"/> after the change is stored; a version is loaded before the first caller can be sent to it.
/// </summary>
internal sealed class ModelCatalog(NeuralDb db, VersionStore versions, ILogger<ModelCatalog> log)
{
    private const int MostOccasional = 16;

    private readonly ConcurrentDictionary<string, Entry> networks = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim refreshing = new(1, 1);

    /// <summary>The model that answers for a network.</summary>
    /// <param name="network">Name of the network.</param>
    /// <param name="version">A number, an alias, latest, or null for production where that alias exists, else latest.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="Refusal">404 without such a network, version or alias; 409 without any version.</exception>
    public async ValueTask<Model> FindAsync(string network, string? version, CancellationToken cancellation)
    {
        // What is not known here may have been stored this moment; only then is the database asked.
        if (!networks.TryGetValue(network, out var entry) || entry.Find(version) is null)
            entry = await RefreshAsync(network, cancellation) ?? throw Problems.NetworkNotFound(network);
        int number = entry.Find(version) ?? throw (version is null or "latest" ? Problems.NoVersion(network) : Problems.VersionNotFound(network, version));
        return entry.Pinned.TryGetValue(number, out var model) ? model : await OccasionalAsync(entry, number, cancellation);
    }

    /// <summary>Loads a version before callers are sent to it; nothing where it does not exist.</summary>
    /// <exception cref="Refusal">Its stored weights are damaged.</exception>
    public async Task WarmAsync(string network, int number, CancellationToken cancellation)
    {
        if (await RefreshAsync(network, cancellation) is { } entry && Array.BinarySearch(entry.Numbers, number) >= 0 && !entry.Pinned.ContainsKey(number))
            await OccasionalAsync(entry, number, cancellation);
    }

    /// <summary>Reads which versions and aliases a network has now, loads what callers will be sent to, and only then lets them in.</summary>
    /// <returns>Null where there is no such network.</returns>
    public async Task<Entry?> RefreshAsync(string network, CancellationToken cancellation)
    {
        await refreshing.WaitAsync(cancellation);
        try
        {
            var before = networks.GetValueOrDefault(network);
            var found = await ReadAsync(network, cancellation);
            if (found is null)
            {
                networks.TryRemove(network, out _);
                return null;
            }

            var entry = await PinAsync(found, before?.Id == found.Id ? before : null);
            networks[network] = entry;
            return entry;
        }
        finally
        {
            refreshing.Release();
        }
    }

    private Task<Entry?> ReadAsync(string network, CancellationToken cancellation) => db.ReadAsync(
        async context =>
        {
            if (await context.Networks.SingleOrDefaultAsync(n => n.Name == network, cancellation) is not { } row) return null;
            var numbers = await context.Versions.Where(v => v.NetworkId == row.Id).Select(v => v.Number).ToListAsync(cancellation);
            var aliases = await context.Aliases.Where(a => a.NetworkId == row.Id).ToDictionaryAsync(a => a.Alias, a => a.Number, cancellation);
            return new Entry(row.Id, network, [.. numbers.Order()], aliases.ToFrozenDictionary(StringComparer.Ordinal));
        },
        cancellation);

    // A version that cannot be loaded never replaces one that answers: latest stays where it was (design law 8); an alias is moved only to a version that was loaded.
    private async Task<Entry> PinAsync(Entry entry, Entry? before)
    {
        var pinned = new Dictionary<int, Model>();
        foreach (int number in entry.Aliases.Values.Append(entry.Latest ?? 0).Where(n => n > 0).Distinct())
        {
            try
            {
                pinned[number] = before?.Loaded(number) ?? await LoadAsync(entry, number);
            }
            catch (Refusal refusal) when (refusal.Status is StatusCodes.Status500InternalServerError or StatusCodes.Status404NotFound) // damaged, or deleted this moment
            {
                if (number == entry.Latest && before is not null) entry = entry with { Numbers = before.Numbers };
            }
        }

        return entry with { Pinned = pinned.ToFrozenDictionary() };
    }

    private async Task<Model> OccasionalAsync(Entry entry, int number, CancellationToken cancellation)
    {
        if (entry.Occasional.Count >= MostOccasional && !entry.Occasional.ContainsKey(number)) entry.Occasional.Clear();
        var loading = entry.Occasional.GetOrAdd(number, _ => new Lazy<Task<Model>>(() => LoadAsync(entry, number)));
        try
        {
            return await loading.Value.WaitAsync(cancellation);
        }
        catch (Exception) when (loading.Value.IsFaulted)
        {
            entry.Occasional.TryRemove(KeyValuePair.Create(number, loading)); // a fault that passes must not stay
            throw;
        }
    }

    private async Task<Model> LoadAsync(Entry entry, int number)
    {
        var row = await db.ReadAsync(context => context.Versions.SingleOrDefaultAsync(v => v.NetworkId == entry.Id && v.Number == number), CancellationToken.None)
            ?? throw Problems.VersionNotFound(entry.Network, number.ToString());
        try
        {
            return new Model(entry.Network, await versions.LoadAsync(row, CancellationToken.None));
        }
        catch (Exception e) when (e is InvalidDataException or System.Text.Json.JsonException)
        {
            log.LogError(e, "Version {Version} of network {Network} cannot be loaded", number, entry.Network);
            throw Problems.VersionDamaged(entry.Network, number);
        }
    }

    /// <summary>One network: its versions, its aliases, and the models that callers are sent to without naming a number.</summary>
    internal sealed record Entry(string Id, string Network, int[] Numbers, FrozenDictionary<string, int> Aliases)
    {
        /// <summary>Models of the aliases and of the newest version.</summary>
        public FrozenDictionary<int, Model> Pinned { get; init; } = FrozenDictionary<int, Model>.Empty;

        /// <summary>Models of other versions, loaded when someone asks for them.</summary>
        public ConcurrentDictionary<int, Lazy<Task<Model>>> Occasional { get; } = new();

        /// <summary>The newest version; null where there is none.</summary>
        public int? Latest => Numbers.Length == 0 ? null : Numbers[^1];

        /// <summary>The model of a version, where it is in memory.</summary>
        public Model? Loaded(int number) => Pinned.GetValueOrDefault(number)
            ?? (Occasional.TryGetValue(number, out var loading) && loading is { IsValueCreated: true, Value.IsCompletedSuccessfully: true } ? loading.Value.Result : null);

        /// <summary>The number of a version that is named; null where there is no such version or alias, or no version at all.</summary>
        public int? Find(string? version)
        {
            if (version is null && Aliases.TryGetValue("production", out int production)) return production;
            if (version is null or "latest") return Latest;
            if (Aliases.TryGetValue(version, out int number)) return number;
            return int.TryParse(version, System.Globalization.NumberStyles.None, null, out number) && Array.BinarySearch(Numbers, number) >= 0 ? number : null;
        }
    }
}
