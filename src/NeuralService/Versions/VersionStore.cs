using Microsoft.EntityFrameworkCore;
using NeuralService.Engine;
using NeuralService.Hosting;
using NeuralService.Storage;

namespace NeuralService.Versions;

/// <summary>A version as it is used: its network, with its weights, and its encoding.</summary>
internal sealed record LoadedVersion(VersionRow Row, Network Network, VersionEncoding Encoding);

/// <summary>Writes versions and reads them back.</summary>
internal sealed class VersionStore(NeuralDb db)
{
    private const int PieceBytes = 4 << 20;

    /// <summary>Stages the weights of a version that is not there yet, piece by piece, so that the writer is never held long.</summary>
    public async Task StageWeightsAsync(string versionId, Network network, CancellationToken cancellation)
    {
        byte[] file = Safetensors.Write(network);
        await db.WriteAsync(context => context.WeightChunks.Where(c => c.VersionId == versionId).ExecuteDeleteAsync(cancellation), cancellation); // of a try that failed half-way
        int index = 0;
        for (int at = 0; at < file.Length; at += PieceBytes, index++)
        {
            var piece = new WeightChunkRow { VersionId = versionId, Index = index, Bytes = file[at..Math.Min(file.Length, at + PieceBytes)] };
            await db.WriteAsync(context => context.WeightChunks.AddAsync(piece, cancellation).AsTask(), cancellation);
        }
    }

    /// <summary>Removes staged weights whose version was never made; called at start, when nobody stages.</summary>
    public Task RemoveOrphansAsync(CancellationToken cancellation) => db.WriteAsync(
        context => context.WeightChunks.Where(c => !context.Versions.Any(v => v.Id == c.VersionId)).ExecuteDeleteAsync(cancellation), cancellation);

    /// <summary>Reads a version whole.</summary>
    /// <exception cref="InvalidDataException">The stored weights are not those that were written: their SHA-256 is another.</exception>
    public async Task<LoadedVersion> LoadAsync(VersionRow row, CancellationToken cancellation)
    {
        byte[] file = await ReadFileAsync(row, cancellation);
        var network = Safetensors.Read(file, Json.Read<NetworkDefinition>(row.Definition));
        if (network.WeightsSha256() != row.WeightsSha256) throw new InvalidDataException($"The stored weights of version {row.Number} are damaged: their SHA-256 is another.");
        return new LoadedVersion(row, network, Json.Read<VersionEncoding>(row.Encoder));
    }

    /// <summary>The safetensors file of a version.</summary>
    public Task<byte[]> ReadFileAsync(VersionRow row, CancellationToken cancellation) => db.ReadAsync(
        async context =>
        {
            var file = new MemoryStream();
            await foreach (byte[] piece in context.WeightChunks.Where(c => c.VersionId == row.Id).OrderBy(c => c.Index).Select(c => c.Bytes).AsAsyncEnumerable().WithCancellation(cancellation))
                await file.WriteAsync(piece, cancellation);
            return file.ToArray();
        },
        cancellation);
}
