using NeuralService.Datasets;
using NeuralService.Hosting;

namespace NeuralService;

/// <content>What can be wrong with a table, its file and the words about it.</content>
public static partial class Problems
{
    /// <summary>404: no table of this name.</summary>
    public static Refusal DatasetNotFound(string name) => new(404, "Dataset not found", $"There is no dataset \"{Short(name)}\".");

    /// <summary>409: the name is taken.</summary>
    public static Refusal DatasetNameTaken(string name) => new(409, "Name taken",
        $"A dataset \"{Short(name)}\" exists already; PUT /api/v1/datasets/{Short(name)} replaces it.");

    /// <summary>409: open jobs read the table.</summary>
    public static Refusal DatasetInUse(string name, IReadOnlyCollection<string> jobs) => new(409, "Dataset in use",
        $"The dataset \"{Short(name)}\" is used by {(jobs.Count == 1 ? "training job" : "training jobs")} {string.Join(", ", jobs.Take(20))}; wait for {(jobs.Count == 1 ? "its" : "their")} end, or cancel.");

    /// <summary>400: a new table needs a name.</summary>
    public static string DatasetNameMissing() => "A name for the dataset is required: POST /api/v1/datasets?name=my-table.";

    /// <summary>415: a media type that no table is read from.</summary>
    public static Refusal NotATableMediaType(string? given) => new(415, "Unsupported media type",
        $"{(string.IsNullOrEmpty(given) ? "No Content-Type was sent" : $"The Content-Type is \"{Short(given)}\"")}; a table comes as text/csv, application/json, or multipart/form-data with a part \"file\" of one of these.");

    /// <summary>400: a form without the part that holds the file.</summary>
    public static Refusal NoFilePart() => new(400, "Malformed body", "The form has no part named \"file\" with the table.");

    /// <summary>413: the upload is larger than the setting allows.</summary>
    public static Refusal UploadTooLarge(long most) => new(413, "Body too large", $"The file, unpacked, may hold {Number(most)} bytes at most (Limits:UploadBytes).");

    /// <summary>507: no space for the uploaded file.</summary>
    public static Refusal UploadStorageFull() => new(507, "Storage full",
        "There is no space left for the uploaded file; nothing of it is kept.")
    { RetryAfter = TimeSpan.FromSeconds(30) };

    /// <summary>422: the bytes are another kind of file.</summary>
    internal static Refusal NotATable(string kind) => Table($"Line 1, column 1: the file is {kind}, not text.");

    /// <summary>What a binary file's first bytes say it is; null where they may be text.</summary>
    internal static string? KindOfBinary(ReadOnlySpan<byte> beginning)
    {
        if (beginning.StartsWith<byte>([0x1F, 0x8B]))
            return "gzip-compressed (send it with Content-Encoding: gzip)";
        if (beginning.StartsWith("PK\x03\x04"u8))
            return "a ZIP archive, as spreadsheets are (save the sheet as CSV)";
        if (beginning.StartsWith<byte>([0xD0, 0xCF, 0x11, 0xE0]))
            return "an old spreadsheet or document (save the sheet as CSV)";
        if (beginning.StartsWith("PAR1"u8))
            return "a Parquet file";
        if (beginning.StartsWith("%PDF"u8))
            return "a PDF document";
        return beginning.StartsWith<byte>([0x89, (byte)'P', (byte)'N', (byte)'G']) ? "a PNG picture" : null;
    }

    internal static Refusal BinaryJunk(long line, int column) =>
        Table($"Line {line}, column {column}: a NUL byte, which no text holds; the file is binary, or UTF-16 read as another encoding (set encoding).");

    internal static Refusal NotUtf8(long line, byte given) =>
        Table($"Line {line}: the byte 0x{given:X2} is not UTF-8; leave encoding out to have it detected, or set encoding=latin1.");

    internal static Refusal NotInEncoding(string encoding) => Table($"The file is not valid {encoding}; set encoding to utf-8, utf-16le, utf-16be or latin1.");

    internal static Refusal UnclosedQuote(long line, int column) => Table($"Line {line}, column {column}: the quote that opens here is never closed.");

    internal static Refusal TextAfterQuote(long line, int column) =>
        Table($"Line {line}, column {column}: text follows the closing quote; a quote inside a quoted cell is written twice (\"\").");

    internal static Refusal RowTooLong(long line, int most) =>
        Table($"Line {line}: the row has over {Number(most)} bytes; a quote may never be closed.");

    internal static Refusal JsonValueTooLong(long position, int most) => Table($"The row or value behind byte {Number(position)} has over {Number(most)} bytes.");

    internal static Refusal EmptyTable() => Table("Line 1, column 1: the file is empty; a table has at least one column and one row.");

    internal static Refusal NoRows(string path, string place, int columns) => Table($"{place}: the table has {Count(columns, "column")} and no rows.", path);

    internal static Refusal TooManyColumns(long? line, int given, int most) =>
        Table($"{(line is null ? "" : $"Line {line}, column {Number(most + 1L)}: ")}the table has {Number(given)} columns; allowed are {Number(most)} (Limits:Columns).");

    internal static string RaggedLine(long line, int given, int columns) => given < columns
        ? $"Line {line}, column {given + 1}: the row ends after {Count(given, "cell")}; the table has {Count(columns, "column")}."
        : $"Line {line}, column {columns + 1}: the row has {Count(given, "cell")}; the table has {Count(columns, "column")}.";

    internal static string RaggedRow(int given, int columns) => $"The row has {Count(given, "cell")}; the table has {Count(columns, "column")}.";

    internal static string EmptyColumnName(long? line, int column) =>
        $"{(line is null ? $"Column {column}" : $"Line {line}, column {column}")}: the column has no name; a name has at least one visible character.";

    internal static string DuplicateColumnName(long? line, int column, string name, int first) =>
        $"{(line is null ? $"Column {column}" : $"Line {line}, column {column}")}: the name \"{Short(name)}\" is taken by column {first}; names differ.";

    internal static string WordAmongNumbers(string place, string given, string column, long words, long numbers) =>
        $"{place}: \"{Short(given)}\" is no number, and {Number(numbers)} of the column's {Number(numbers + words)} values are numbers. Correct the file (an empty cell, NA, NaN, null and ? are missing values), or set types={Short(column)}:categorical to take every value as text.";

    internal static string NotANumber(string place, string given, string column) =>
        $"{place}: \"{Short(given)}\" is no number; types={Short(column)}:numeric wants numbers with the decimal sign told by format.decimal.";

    internal static string NotABoolean(string place, string given, string column) =>
        $"{place}: \"{Short(given)}\" is not true or false, as types={Short(column)}:boolean wants.";

    internal static string CellOutOfRange(string place, string given) => $"{place}: {Short(given)} was given; allowed are numbers from -3.4028235e38 to 3.4028235e38.";

    internal static string NoSuchColumn(string name, IReadOnlyList<string> columns) => $"There is no column \"{Short(name)}\"; {DidYouMean(name, columns.Take(50))}";

    internal static string UnknownChoice(string given, IEnumerable<string> known) => $"\"{Short(given)}\" was given; allowed are {string.Join("  ", known)}.";

    internal static string UnknownColumnType(string column, string type) =>
        $"\"{Short(type)}\" was given for \"{Short(column)}\"; allowed are numeric, categorical and boolean.";

    internal static string TypeGivenTwice(string column) => $"The type of \"{Short(column)}\" is given twice.";

    internal static string TypeWithoutColon(string given) => $"\"{Short(given)}\" names no type; the form is age:numeric,zip:categorical.";

    internal static string OnlyForCsv() => "This says how a CSV file is written; the body is JSON.";

    internal static string JsonTableForm() => "The body is an object { \"columns\": [\"a\", \"b\"], \"rows\": [[1, \"x\"], [2, null]] }.";

    internal static string RowMustBeArray(int columns) => $"A row is an array of {Count(columns, "cell")}.";

    internal static string CellMustBeSimple() => "A cell is a string, a number, true, false or null; a string holds no NUL and no half of a character.";

    internal static string ColumnNameMustBeString() => "The name of a column is a string.";

    internal static string NoColumns() => "The table has no columns.";

    internal static string EmptyColumnWarning(string column) => $"Column \"{Short(column)}\" has no value at all; it is taken as numeric.";

    internal static string LeadingZerosWarning(string column) =>
        $"Column \"{Short(column)}\" has numbers with leading zeros, as codes have; types={Short(column)}:categorical takes them as texts.";

    internal static string LooksLikeIdWarning(string column, long distinct, long present) =>
        $"Column \"{Short(column)}\" looks like a name or an id: {Number(distinct)} different texts in {Number(present)} cells. Training leaves it out.";

    internal static string ManyTextsWarning(string column, long distinct) =>
        $"Column \"{Short(column)}\" has about {Number(distinct)} different texts; they are stored, but not listed as categories.";

    internal static string NumbersAsTextsWarning(string column) =>
        $"Column \"{Short(column)}\" has strings that are all numbers; they are taken as texts. Send numbers, or set types={Short(column)}:numeric.";

    internal static string EncodingGuessWarning(string encoding, string reason) => $"The file was read as {encoding}: {reason}. Set encoding if that is wrong.";

    internal static string DelimiterGuessWarning(byte best, byte second) =>
        $"Cells were cut at \"{CsvDialect.NameOf(best)}\", but \"{CsvDialect.NameOf(second)}\" would cut them as evenly. Set delimiter if that is wrong.";

    internal static string HeaderGuessWarning() => "All cells are words; the first line was taken as the columns' names. Set header=false if it is data.";

    internal static string NoHeaderWarning() => "The first line was taken as data, and the columns are named column1, column2, …. Set header=true if it holds their names.";

    internal static string BlankLinesWarning(long lines) => $"{Count(lines, "blank line")} {(lines == 1 ? "was" : "were")} passed over.";

    internal static string MixedLineEndsWarning() => "The lines end in different ways (LF, CRLF, CR); each was taken as a line end.";

    private static string Count(long count, string thing) => $"{Number(count)} {thing}{(count == 1 ? "" : "s")}";

    private static Refusal Table(string sentence, string path = "$") =>
        new(422, "Table not taken", sentence) { Errors = new Dictionary<string, string[]> { [path] = [sentence] } };
}
