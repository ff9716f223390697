using NeuralService.Hosting;
using NeuralService.Storage;

namespace NeuralService.Datasets;

/// <summary>The rows of one chunk as a table. The next chunk takes the place of the last one, so that a table of any length is read in the memory of one chunk.</summary>
internal sealed class ChunkTable
{
    private readonly int stored;
    private readonly ChunkColumn[] wanted;
    private byte[] bytes = [];

    private ChunkTable(ColumnMetadata[] all, IReadOnlyCollection<string>? names)
    {
        stored = all.Length;
        wanted = [.. all.Select((c, i) => new ChunkColumn(c, i)).Where(c => names is null || names.Contains(c.Metadata.Name))];
    }

    /// <summary>For the chunks of a content.</summary>
    /// <param name="content">The content.</param>
    /// <param name="columns">The names of the columns wanted; null for all.</param>
    public static ChunkTable Of(DatasetContentRow content, IReadOnlyCollection<string>? columns) => new(Json.Read<ColumnMetadata[]>(content.Columns), columns);

    /// <summary>Unpacks a chunk.</summary>
    /// <param name="packed">As it is stored.</param>
    /// <param name="rows">How many rows it has.</param>
    /// <returns>The columns wanted; overwritten by the next call. A column that stores texts has the chunk's own as its categories, in the order met.</returns>
    public Table Read(ReadOnlySpan<byte> packed, int rows)
    {
        var chunk = ChunkFormat.Unpack(packed, ref bytes);
        var blocks = ChunkFormat.Blocks(chunk, stored);
        var table = new TableColumn[wanted.Length];
        for (int i = 0; i < table.Length; i++)
            table[i] = wanted[i].Read(chunk[blocks[wanted[i].Index]], rows);
        return new Table(rows, table);
    }

    /// <summary>One column, with the memory for its values.</summary>
    private sealed class ChunkColumn(ColumnMetadata metadata, int index)
    {
        private readonly string[]? categories = metadata.Categories?.ToArray();
        private double[] values = [];

        public ColumnMetadata Metadata => metadata;

        public int Index => index;

        public TableColumn Read(ReadOnlySpan<byte> block, int rows)
        {
            if (values.Length < rows)
                values = new double[rows];
            if (metadata.Storage == ColumnStorage.Text)
                return new TableColumn(metadata, values, ReadTexts(block, rows));
            ChunkReader.ReadNumbers(metadata, block, values.AsSpan(0, rows));
            return new TableColumn(metadata, values, categories);
        }

        private string[] ReadTexts(ReadOnlySpan<byte> block, int rows)
        {
            var texts = new string?[rows];
            ChunkReader.ReadTexts(block, texts);
            string[] different = [.. texts.OfType<string>().Distinct(StringComparer.Ordinal)];
            var codes = different.Select((text, code) => (text, code)).ToDictionary(c => c.text, c => c.code, StringComparer.Ordinal);
            for (int row = 0; row < rows; row++)
                values[row] = texts[row] is { } text ? codes[text] : double.NaN;
            return different;
        }
    }
}
