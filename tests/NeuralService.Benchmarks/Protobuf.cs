using System.Text;

namespace NeuralService.Benchmarks;

/// <summary>Writes one message of the protobuf wire format: fields are tag (number · 8 + type), then a varint or a length and bytes.</summary>
internal sealed class Protobuf
{
    private readonly MemoryStream _bytes = new();

    /// <summary>A field of an integer type.</summary>
    public Protobuf Add(int field, long value)
    {
        Varint((ulong)field << 3);
        Varint((ulong)value);
        return this;
    }

    /// <summary>A field of bytes.</summary>
    public Protobuf Add(int field, ReadOnlySpan<byte> value)
    {
        Varint((ulong)field << 3 | 2);
        Varint((ulong)value.Length);
        _bytes.Write(value);
        return this;
    }

    /// <summary>A field of text.</summary>
    public Protobuf Add(int field, string value) => Add(field, Encoding.UTF8.GetBytes(value));

    /// <summary>A field that is a message.</summary>
    public Protobuf Add(int field, Protobuf value) => Add(field, value.ToArray());

    /// <summary>A field that is repeated, a message each time.</summary>
    public Protobuf Add(int field, IEnumerable<Protobuf> values)
    {
        foreach (var value in values) Add(field, value);
        return this;
    }

    /// <summary>The message.</summary>
    public byte[] ToArray() => _bytes.ToArray();

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) _bytes.WriteByte((byte)(value | 0x80));
        _bytes.WriteByte((byte)value);
    }
}
