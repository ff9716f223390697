using System.Buffers.Binary;
using System.IO.Compression;
using NeuralService.Engine;

namespace NeuralService.Benchmarks;

/// <summary>Reads the MNIST images (LeCun, Cortes and Burges) from their IDX files: a big-endian header, then bytes.</summary>
internal static class Mnist
{
    /// <summary>Start of the names of the training files.</summary>
    public const string Training = "train";

    /// <summary>Start of the names of the test files.</summary>
    public const string Test = "t10k";

    /// <summary>Images as values 0 to 1, shape [rows, 784], with their digits as classes.</summary>
    public static Samples Read(string folder, string part)
    {
        byte[] labels = ReadIdx(Path.Combine(folder, part + "-labels-idx1-ubyte"), magic: 2049, header: 8);
        byte[] pixels = ReadIdx(Path.Combine(folder, part + "-images-idx3-ubyte"), magic: 2051, header: 16);
        float[] inputs = new float[pixels.Length];
        for (int i = 0; i < inputs.Length; i++) inputs[i] = pixels[i] / 255f;
        return Samples.WithClasses(inputs, pixels.Length / labels.Length, [.. labels.Select(l => (int)l)], outputSize: 10);
    }

    private static byte[] ReadIdx(string path, int magic, int header)
    {
        if (!File.Exists(path) && !File.Exists(path + ".gz")) throw new UsageException($"There is neither {path} nor {path}.gz.");
        using Stream file = File.Exists(path) ? File.OpenRead(path) : new GZipStream(File.OpenRead(path + ".gz"), CompressionMode.Decompress);
        using var content = new MemoryStream();
        file.CopyTo(content);
        if (content.Length < header || BinaryPrimitives.ReadInt32BigEndian(content.GetBuffer()) != magic) throw new UsageException($"{path} is not the IDX file it should be.");
        return content.GetBuffer()[header..(int)content.Length];
    }
}
