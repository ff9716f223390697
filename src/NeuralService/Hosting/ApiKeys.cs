using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using NeuralService.Storage;

namespace NeuralService.Hosting;

/// <summary>The keys that callers may send. Only their hashes are kept.</summary>
internal sealed class ApiKeys(NeuralDb db, Settings settings, TimeProvider clock) : IHostedLifecycleService
{
    private byte[][] hashes = [];

    /// <summary>Whether this key was given out. The comparison takes the same time wherever two hashes differ.</summary>
    public bool Knows(string key)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        bool known = false;
        foreach (byte[] candidate in hashes)
            known |= CryptographicOperations.FixedTimeEquals(hash, candidate);
        return known;
    }

    /// <summary>Reads the stored keys; where there is none and none is set, makes the first one and prints it.</summary>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (settings.Authentication.Mode == AuthenticationMode.None)
            return;
        var stored = await db.ReadAsync(context => context.ApiKeys.Select(k => k.Hash).ToListAsync(cancellationToken), cancellationToken);
        string bootstrap = settings.Authentication.BootstrapKey;
        if (bootstrap.Length > 0)
            stored.Add(Hash(bootstrap));
        else if (stored.Count == 0)
            stored.Add(await MakeFirstAsync(cancellationToken));
        hashes = [.. stored.Select(Convert.FromHexString)];
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<string> MakeFirstAsync(CancellationToken cancellation)
    {
        string id = Ids.New();
        string key = Make(id);
        var row = new ApiKeyRow { Id = id, Name = "bootstrap", Hash = Hash(key), CreatedAt = clock.Now() };
        await db.WriteAsync(
            context =>
            {
                context.ApiKeys.Add(row);
                return Task.CompletedTask;
            },
            cancellation);
        await Console.Out.WriteLineAsync($"The first API key, shown this once: {key}");
        await Console.Out.WriteLineAsync("Send it as X-Api-Key, or as Authorization: Bearer.");
        return row.Hash;
    }

    /// <summary>nsk_&lt;id&gt;_&lt;43 characters of 32 random bytes&gt;&lt;6 characters of CRC-32&gt;: found in a text by its form, and a typing error shows.</summary>
    private static string Make(string id)
    {
        string body = $"nsk_{id.Replace("-", "", StringComparison.Ordinal)}_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))}";
        return body + Base62(Crc32(Encoding.ASCII.GetBytes(body)));
    }

    private static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    private static string Base62(uint value)
    {
        const string digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        var text = new char[6];
        for (int i = text.Length - 1; i >= 0; i--, value /= 62)
            text[i] = digits[(int)(value % 62)];
        return new string(text);
    }

    /// <summary>CRC-32 as in zip and gzip.</summary>
    private static uint Crc32(byte[] bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 1 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }
        return ~crc;
    }
}
