using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using NeuralService.Engine;

namespace NeuralService.Versions;

/// <summary>
/// Weights as the bytes of a safetensors file: the length of a JSON header as 8 bytes, the header (of each tensor its type, shape and place), the numbers.
/// The tensors are <c>layers.0.weights</c> [units, inputs], <c>layers.0.biases</c> [units], and so on, so that the numbers lie in canonical order.
/// </summary>
internal static class Safetensors
{
    /// <summary>The file of a network.</summary>
    public static byte[] Write(Network network)
    {
        byte[] header = Header(network.Definition);
        var file = new byte[8 + header.Length + 4L * network.Parameters.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        var numbers = file.AsSpan(8 + header.Length);
        if (BitConverter.IsLittleEndian)
        {
            MemoryMarshal.AsBytes<float>(network.Parameters).CopyTo(numbers);
            return file;
        }

        for (int i = 0; i < network.Parameters.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(numbers[(4 * i)..], network.Parameters[i]);
        return file;
    }

    /// <summary>The network of a file that <see cref="Write"/> made.</summary>
    /// <exception cref="InvalidDataException">The file does not hold this definition's tensors.</exception>
    public static Network Read(byte[] file, NetworkDefinition definition)
    {
        byte[] header = Header(definition);
        long length = 8 + header.Length + 4 * definition.ParameterCount;
        if (file.Length != length || BinaryPrimitives.ReadInt64LittleEndian(file) != header.Length || !file.AsSpan(8, header.Length).SequenceEqual(header))
            throw new InvalidDataException("The stored weights do not belong to the version's definition.");
        var numbers = file.AsSpan(8 + header.Length);
        var parameters = new float[definition.ParameterCount];
        for (int i = 0; i < parameters.Length; i++) parameters[i] = BinaryPrimitives.ReadSingleLittleEndian(numbers[(4 * i)..]);
        return new Network(definition, parameters);
    }

    private static byte[] Header(NetworkDefinition definition)
    {
        var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            long at = 0;
            json.WriteStartObject();
            for (int i = 0; i < definition.Layers.Count; i++)
            {
                int units = definition.Layers[i].Units;
                at = Tensor(json, $"layers.{i}.weights", at, units, definition.InputsOf(i));
                at = Tensor(json, $"layers.{i}.biases", at, units);
            }

            json.WriteEndObject();
        }

        // The format asks for numbers that start at a multiple of 8; blanks at the header's end see to that.
        return System.Text.Encoding.UTF8.GetBytes(System.Text.Encoding.UTF8.GetString(text.ToArray()).PadRight((int)(text.Length + 7) / 8 * 8));
    }

    private static long Tensor(Utf8JsonWriter json, string name, long at, params ReadOnlySpan<int> shape)
    {
        long end = 4;
        json.WriteStartObject(name);
        json.WriteString("dtype", "F32");
        json.WriteStartArray("shape");
        foreach (int size in shape)
        {
            json.WriteNumberValue(size);
            end *= size;
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(at);
        json.WriteNumberValue(at + end);
        json.WriteEndArray();
        json.WriteEndObject();
        return at + end;
    }
}
