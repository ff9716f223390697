using System.Globalization;
using System.Text;
using NeuralService.Hosting;

namespace NeuralService.Datasets;

/// <summary>The rows of a CSV file whose dialect is known.</summary>
internal sealed class CsvTableReader : TableReader
{
    private readonly Stream stream;
    private readonly CsvTokenizer tokenizer;
    private readonly string encoding;
    private bool firstIsWaiting;                      // without a header the first line is data, but its cells are counted first

    public CsvTableReader(SpooledFile file, CsvDialect dialect, int mostColumns)
    {
        DecimalSign = dialect.Decimal;
        encoding = dialect.Encoding.Name;
        stream = dialect.Open(file.Path);
        try
        {
            tokenizer = new CsvTokenizer(stream, dialect.Delimiter, (int)Math.Clamp(file.Bytes + 1, 1 << 10, 1 << 20));
            ReadFirstLine(dialect.Header, mostColumns);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>What the tokenizer has seen so far: quotes, line ends, blank lines.</summary>
    public CsvTokenizer Tokenizer => tokenizer;

    public override bool Read()
    {
        while (firstIsWaiting || ReadLine())
        {
            firstIsWaiting = false;
            Buffer = tokenizer.Buffer;
            Cells = tokenizer.Cells;
            if (tokenizer.Count == Columns.Count)
                return true;
            FaultyRows++;
            Faults.Meaningless("$", Problems.RaggedLine(tokenizer.Line, tokenizer.Count, Columns.Count));
            if (FaultyRows == MostFaultyRows)
                return false;
        }
        return false;
    }

    public override Refusal NoRows => Problems.NoRows("$", $"Line {tokenizer.Line + 1}, column 1", Columns.Count);

    public override (string Path, string Words) Place(int column) =>
        ("$", string.Create(CultureInfo.InvariantCulture, $"Line {tokenizer.Line}, column {column + 1} ({Columns[column]})"));

    public override void Dispose() => stream.Dispose();

    private void ReadFirstLine(bool header, int mostColumns)
    {
        if (!ReadLine())
            throw Problems.EmptyTable();
        if (tokenizer.Count > mostColumns)
            throw Problems.TooManyColumns(tokenizer.Line, tokenizer.Count, mostColumns);
        if (header)
        {
            Columns = [.. Enumerable.Range(0, tokenizer.Count).Select(NameAt)];
            CheckNames();
        }
        else
        {
            Columns = [.. Enumerable.Range(1, tokenizer.Count).Select(i => $"column{i}")];
            firstIsWaiting = true;
        }
    }

    private string NameAt(int column)
    {
        var cell = tokenizer.Cells[column];
        return Encoding.UTF8.GetString(tokenizer.Buffer, cell.Start, cell.Length);
    }

    private void CheckNames()
    {
        var first = new Dictionary<string, int>();
        for (int i = 0; i < Columns.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(Columns[i]))
                Faults.Meaningless("$", Problems.EmptyColumnName(tokenizer.Line, i + 1));
            else if (!first.TryAdd(Columns[i], i))
                Faults.Meaningless("$", Problems.DuplicateColumnName(tokenizer.Line, i + 1, Columns[i], first[Columns[i]] + 1));
        }
        Faults.ThrowIfAny();
    }

    private bool ReadLine()
    {
        try
        {
            return tokenizer.Read();
        }
        catch (DecoderFallbackException)
        {
            throw Problems.NotInEncoding(encoding);
        }
    }
}
