using System.Globalization;
using System.Text.Json;
using NeuralService.Hosting;

namespace NeuralService.Datasets;

/// <summary>The rows of a JSON table. Numbers and booleans are what they are; strings are texts, also where they look like numbers.</summary>
internal sealed class JsonTableReader : TableReader
{
    private readonly JsonFeed feed;
    private long row = -1;
    private int used;                                 // bytes of Buffer that hold cells of this row

    public JsonTableReader(JsonTable table)
    {
        Columns = table.Columns;
        Cells = new CellSpan[Columns.Count];
        Buffer = new byte[1 << 10];
        feed = JsonTable.Open(table.Path, table);
    }

    public override bool Read()
    {
        while (FaultyRows < MostFaultyRows)
        {
            var reader = feed.Reader();
            int before = FaultyRows;
            switch (TryRow(ref reader))
            {
                case null:
                    feed.Refill();
                    continue;
                case false:
                    return false;
            }
            feed.Advance(ref reader);
            if (FaultyRows == before)
                return true;
        }
        return false;
    }

    public override Refusal NoRows => Problems.NoRows("rows", "rows", Columns.Count);

    public override (string Path, string Words) Place(int column)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"rows[{row}][{column}]");
        return (path, $"{path} ({Columns[column]})");
    }

    public override void Dispose() => feed.Dispose();

    /// <summary>Takes the next row; false behind the last, null where the window ends before the row does.</summary>
    private bool? TryRow(ref Utf8JsonReader reader)
    {
        if (!reader.Read())
            return null;
        if (reader.TokenType == JsonTokenType.EndArray)
            return false;
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            if (!reader.TrySkip())
                return null;
            Fault(++row, null, malformed: true, Problems.RowMustBeArray(Columns.Count));
            return true;
        }

        int cells = 0, wrong = -1;
        used = 0;
        while (true)
        {
            if (!reader.Read())
                return null;
            if (reader.TokenType == JsonTokenType.EndArray)
                break;
            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
            {
                if (!reader.TrySkip())
                    return null;
                wrong = wrong < 0 ? cells : wrong;
            }
            else if (cells < Cells.Length && !TryTake(ref reader, cells))
            {
                wrong = wrong < 0 ? cells : wrong;
            }
            cells++;
        }
        row++;
        if (wrong >= 0)
            Fault(row, wrong, malformed: true, Problems.CellMustBeSimple());
        else if (cells != Columns.Count)
            Fault(row, null, malformed: false, Problems.RaggedRow(cells, Columns.Count));
        return true;
    }

    private void Fault(long at, int? column, bool malformed, string sentence)
    {
        FaultyRows++;
        string path = column is null ? $"rows[{at}]" : $"rows[{at}][{column}]";
        if (malformed)
            Faults.Malformed(path, sentence);
        else
            Faults.Meaningless(path, sentence);
    }

    /// <summary>Copies a cell's text; false where a string cannot be text (half a surrogate pair, NUL).</summary>
    private bool TryTake(ref Utf8JsonReader reader, int cell)
    {
        if (used + reader.ValueSpan.Length > Buffer.Length)
            Array.Resize(ref Buffer, Math.Max(2 * Buffer.Length, used + reader.ValueSpan.Length));
        int length = 0;
        bool isText = reader.TokenType == JsonTokenType.String;
        if (isText)
        {
            try
            {
                length = reader.CopyString(Buffer.AsSpan(used));
            }
            catch (InvalidOperationException)
            {
                return false;
            }
            if (reader.ValueIsEscaped && Buffer.AsSpan(used, length).Contains((byte)0))
                return false;
        }
        else if (reader.TokenType != JsonTokenType.Null)
        {
            reader.ValueSpan.CopyTo(Buffer.AsSpan(used));
            length = reader.ValueSpan.Length;
        }
        Cells[cell] = new CellSpan(used, length, isText);
        used += length;
        return true;
    }
}
