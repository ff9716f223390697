using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;

namespace NeuralService.Datasets;

/// <summary>An uploaded file, whole, in a temporary file that goes away with this.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">The SHA-256 of its bytes, lower-case hex.</param>
/// <param name="FirstNotUtf8">The first byte that cannot be UTF-8 and its line; null where all is UTF-8.</param>
public sealed record SpooledFile(string Path, long Bytes, string Sha256, (long Line, byte Byte)? FirstNotUtf8) : IDisposable
{
    /// <summary>Deletes the file.</summary>
    public void Dispose() => File.Delete(Path);
}

/// <summary>Writes uploads to temporary files in one folder beside the database: their size is unknown until their end.</summary>
public sealed class UploadFolder(string folder)
{
    private const int BufferSize = 128 << 10;

    /// <summary>Makes the folder and removes what an earlier process left in it.</summary>
    public void Clean()
    {
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.EnumerateFiles(folder))
            File.Delete(file);
    }

    /// <summary>Copies a body to a file of its own; on any failure nothing of it is left.</summary>
    /// <exception cref="Hosting.Refusal">413 beyond <paramref name="mostBytes"/>, 507 where the disk is full.</exception>
    public async Task<SpooledFile> SpoolAsync(Stream body, long mostBytes, CancellationToken cancellation)
    {
        string path = Path.Combine(folder, Path.GetRandomFileName());
        try
        {
            return await CopyAsync(body, path, mostBytes, cancellation);
        }
        catch (Exception e)
        {
            File.Delete(path);
            if (e is IOException && IsDiskFull(e))
                throw Problems.UploadStorageFull();
            throw;
        }
    }

    private static async Task<SpooledFile> CopyAsync(Stream body, string path, long mostBytes, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        var watch = new Utf8Watch();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            long bytes = 0;
            int read;
            while ((read = await body.ReadAsync(buffer, cancellation)) > 0)
            {
                bytes += read;
                if (bytes > mostBytes)
                    throw Problems.UploadTooLarge(mostBytes);
                hash.AppendData(buffer, 0, read);
                watch.Feed(buffer.AsSpan(0, read));
                await file.WriteAsync(buffer.AsMemory(0, read), cancellation);
            }
            watch.End();
            return new SpooledFile(path, bytes, Convert.ToHexStringLower(hash.GetHashAndReset()), watch.FirstNotUtf8);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool IsDiskFull(Exception e) => (e.HResult & 0xFFFF) is 28 or 112;      // ENOSPC; ERROR_DISK_FULL
}

/// <summary>Finds the first byte of a stream that cannot be UTF-8, piece by piece.</summary>
internal sealed class Utf8Watch
{
    private readonly byte[] carried = new byte[8];    // the beginning of a character that the piece before ended in
    private int carriedCount;
    private long line = 1;

    public (long Line, byte Byte)? FirstNotUtf8 { get; private set; }

    public void Feed(ReadOnlySpan<byte> piece)
    {
        while (carriedCount > 0 && piece.Length > 0 && FirstNotUtf8 is null)
        {
            carried[carriedCount++] = piece[0];
            piece = piece[1..];
            var status = Rune.DecodeFromUtf8(carried.AsSpan(0, carriedCount), out _, out _);
            if (status == OperationStatus.InvalidData)
                FirstNotUtf8 = (line, carried[0]);
            if (status != OperationStatus.NeedMoreData)
                carriedCount = 0;
        }
        if (FirstNotUtf8 is not null || piece.Length == 0)
            return;

        int whole = piece.Length - CutCharacter(piece);
        if (!Utf8.IsValid(piece[..whole]))
            Locate(piece[..whole]);
        line += piece.Count((byte)'\n');
        piece[whole..].CopyTo(carried);
        carriedCount = piece.Length - whole;
    }

    /// <summary>To be called behind the last piece: a character may have been cut off.</summary>
    public void End()
    {
        if (carriedCount > 0)
            FirstNotUtf8 ??= (line, carried[0]);
    }

    /// <summary>How many bytes at the end begin a character whose rest is missing.</summary>
    private static int CutCharacter(ReadOnlySpan<byte> piece)
    {
        for (int back = 1; back <= Math.Min(3, piece.Length); back++)
        {
            byte b = piece[^back];
            if (b < 0x80)
                return 0;
            if (b >= 0xC0)
                return Rune.DecodeFromUtf8(piece[^back..], out _, out _) == OperationStatus.NeedMoreData ? back : 0;
        }
        return 0;
    }

    private void Locate(ReadOnlySpan<byte> piece)
    {
        int at = 0;
        while (at < piece.Length && Rune.DecodeFromUtf8(piece[at..], out _, out int consumed) == OperationStatus.Done)
            at += consumed;
        FirstNotUtf8 = (line + piece[..at].Count((byte)'\n'), piece[at]);
    }
}
