using NeuralService.Engine;
using NeuralService.Storage;

namespace NeuralService.Datasets;

/// <summary>Gathers whole columns from the chunks, as they are stored: mostly in far fewer bytes than the doubles that they become.</summary>
internal sealed class ColumnGatherer
{
    private readonly int stored;
    private readonly WholeColumn[] wanted;
    private byte[] bytes = [];

    /// <param name="all">All columns of the content.</param>
    /// <param name="names">The names of the columns wanted; null for all.</param>
    /// <param name="rows">Rows of the content.</param>
    public ColumnGatherer(ColumnMetadata[] all, IReadOnlyCollection<string>? names, int rows)
    {
        stored = all.Length;
        wanted = [.. all.Select((column, index) => (column, index)).Where(c => names is null || names.Contains(c.column.Name)).Select(c => new WholeColumn(c.column, c.index, rows))];
    }

    /// <summary>Bytes that a gathered column takes.</summary>
    public static long BytesOf(ColumnMetadata column, long rows) => rows * (column.Storage == ColumnStorage.Text ? sizeof(double) : column.Width);

    /// <summary>Takes the cells of a chunk.</summary>
    public void Take(DatasetChunkRow chunk)
    {
        var unpacked = ChunkFormat.Unpack(chunk.Bytes, ref bytes);
        var blocks = ChunkFormat.Blocks(unpacked, stored);
        foreach (var column in wanted)
            column.Take(unpacked[blocks[column.Index]], (int)chunk.FirstRow, chunk.RowCount);
    }

    /// <summary>The columns in the table's order, once all chunks are taken; each is made when it is asked for.</summary>
    /// <param name="values">Memory for the values of a column, or null for new memory for each; a column then overwrites the one before.</param>
    public IEnumerable<TableColumn> Finish(double[]? values = null) => wanted.Select(column => column.Finish(values));

    private sealed class WholeColumn(ColumnMetadata column, int index, int rows)
    {
        private readonly byte[] cells = column.Storage is ColumnStorage.Whole or ColumnStorage.Code ? new byte[checked(rows * column.Width)] : [];
        private readonly double[] values = column.Storage is ColumnStorage.Real or ColumnStorage.Text ? new double[rows] : [];
        private readonly Dictionary<string, int> codes = new(StringComparer.Ordinal);   // of a column that stores texts, in the order met

        public int Index => index;

        public void Take(ReadOnlySpan<byte> block, int firstRow, int count)
        {
            if (column.Storage == ColumnStorage.Text)
                TakeTexts(block, values.AsSpan(firstRow, count));
            else if (column.Storage == ColumnStorage.Real)
                ChunkReader.ReadNumbers(column, block, values.AsSpan(firstRow, count));
            else
                block.CopyTo(cells.AsSpan(firstRow * column.Width));
        }

        public TableColumn Finish(double[]? memory)
        {
            if (column.Storage == ColumnStorage.Real)
                return new TableColumn(column, values, null);
            if (column.Storage == ColumnStorage.Text)
                return new TableColumn(column, values, RankTexts());
            memory ??= new double[rows];
            ChunkReader.ReadNumbers(column, cells, memory.AsSpan(0, rows));
            return new TableColumn(column, memory, column.Categories?.ToArray());
        }

        private void TakeTexts(ReadOnlySpan<byte> block, Span<double> part)
        {
            var texts = new string?[part.Length];
            ChunkReader.ReadTexts(block, texts);
            for (int i = 0; i < part.Length; i++)
                part[i] = texts[i] is { } text ? CodeOf(text) : double.NaN;
        }

        /// <summary>Makes the codes those of the texts in class order.</summary>
        private string[] RankTexts()
        {
            var (texts, indexes) = ClassOrder.Of([.. codes.Keys]);
            var ranks = new int[indexes.Length];
            for (int rank = 0; rank < indexes.Length; rank++)
                ranks[indexes[rank]] = rank;
            for (int i = 0; i < values.Length; i++)
                values[i] = double.IsNaN(values[i]) ? double.NaN : ranks[(int)values[i]];
            return texts;
        }

        private int CodeOf(string text)
        {
            if (!codes.TryGetValue(text, out int code))
                codes[text] = code = codes.Count;
            return code;
        }
    }
}
