using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace NeuralService.Datasets;

/// <summary>
/// The different texts of one column and how often each occurs: a hash table over UTF-8 bytes without a string per text.
/// A text of up to 8 bytes is its own key; longer ones lie in one array. No text holds NUL, so key and length say it all.
/// </summary>
internal sealed class DistinctTexts
{
    /// <summary>One text: its occurrences, and the number it reads as (NaN where it is none).</summary>
    [StructLayout(LayoutKind.Auto)]
    public record struct Entry(ulong Key, int Start, int Length, long Occurrences, double Number);

    // A factor of this process: nobody outside can choose texts that all fall into one slot.
    private static readonly ulong Factor = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(8)) | 1;

    private int[] slots = new int[16];                // index of an entry + 1; 0 is free
    private int shift = 60;                           // 64 - log2(slots)
    private Entry[] entries = new Entry[8];
    private byte[] longTexts = [];
    private int longUsed;

    public int Count { get; private set; }

    /// <summary>Bytes of memory that one more entry with this text costs, roughly.</summary>
    public static int Cost(int length) => 64 + (length > 8 ? length : 0);

    public ref Entry this[int index] => ref entries[index];

    /// <summary>The text of an entry; a short one is written into <paramref name="scratch"/>, of 8 bytes at least.</summary>
    public ReadOnlySpan<byte> Text(int index, Span<byte> scratch)
    {
        ref readonly var entry = ref entries[index];
        if (entry.Length > 8)
            return longTexts.AsSpan(entry.Start, entry.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(scratch, entry.Key);
        return scratch[..entry.Length];
    }

    /// <summary>The index of the text's entry, or -1.</summary>
    public int Find(ReadOnlySpan<byte> text)
    {
        ulong key = KeyOf(text);
        int slot = (int)((key * Factor) >> shift);
        while (slots[slot] is int occupied and > 0)
        {
            ref readonly var entry = ref entries[occupied - 1];
            if (entry.Key == key && entry.Length == text.Length
                && (text.Length <= 8 || text.SequenceEqual(longTexts.AsSpan(entry.Start, entry.Length))))
            {
                return occupied - 1;
            }
            slot = (slot + 1) & (slots.Length - 1);
        }
        return -1;
    }

    /// <summary>Adds a text that <see cref="Find"/> did not find.</summary>
    public int Add(ReadOnlySpan<byte> text, double number)
    {
        if (Count == entries.Length)
            Array.Resize(ref entries, Count * 2);
        entries[Count] = new Entry(KeyOf(text), longUsed, text.Length, 0, number);
        if (text.Length > 8)
        {
            if (longUsed + text.Length > longTexts.Length)
                Array.Resize(ref longTexts, Math.Max(2 * longTexts.Length, longUsed + text.Length));
            text.CopyTo(longTexts.AsSpan(longUsed));
            longUsed += text.Length;
        }
        Count++;
        if (2 * Count > slots.Length)
            Grow();
        else
            Occupy(Count - 1);
        return Count - 1;
    }

    /// <summary>A 64-bit number that tells texts apart: the text itself where it fits, else a hash.</summary>
    public static ulong KeyOf(ReadOnlySpan<byte> text)
    {
        if (text.Length > 8)
            return Hash(text);
        if (text.Length >= 4)                         // the two halves may overlap: the same bytes fall onto the same place
        {
            return BinaryPrimitives.ReadUInt32LittleEndian(text)
                | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(text[^4..]) << (8 * (text.Length - 4)));
        }
        return text.Length == 0 ? 0 : text[0] | ((ulong)text[text.Length / 2] << (8 * (text.Length / 2))) | ((ulong)text[^1] << (8 * (text.Length - 1)));
    }

    private static ulong Hash(ReadOnlySpan<byte> text)
    {
        ulong hash = (ulong)text.Length * Factor;
        for (; text.Length > 8; text = text[8..])
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(text));
        return Mix(hash ^ KeyOf(text));

        static ulong Mix(ulong x) => BitOperations.RotateLeft(x * Factor, 29) ^ (x >> 32);
    }

    private void Grow()
    {
        slots = new int[slots.Length * 2];
        shift--;
        for (int i = 0; i < Count; i++)
            Occupy(i);
    }

    private void Occupy(int index)
    {
        int slot = (int)((entries[index].Key * Factor) >> shift);
        while (slots[slot] > 0)
            slot = (slot + 1) & (slots.Length - 1);
        slots[slot] = index + 1;
    }
}
