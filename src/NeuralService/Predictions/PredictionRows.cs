using System.Buffers;
using System.Text.Json;
using NeuralService.Engine;
using NeuralService.Hosting;

namespace NeuralService.Predictions;

/// <summary>What to do with what the version does not know.</summary>
/// <param name="IgnoreUnknown">Encode unseen categories as none of the known ones.</param>
/// <param name="IgnoreExtra">Pass over columns that the training table did not have.</param>
internal readonly record struct Leniency(bool IgnoreUnknown, bool IgnoreExtra);

/// <summary>
/// Reads the rows of a prediction straight from the body's bytes into one array of doubles in the signature's order. A number stays a number, a category becomes
/// its index, a missing value NaN.
/// </summary>
internal ref struct PredictionRows
{
    private readonly Model model;
    private readonly Leniency leniency;
    private readonly int mostRows;
    private readonly int width;
    private readonly Faults faults;
    private Utf8JsonReader reader;
    private double[] values;

    private PredictionRows(ReadOnlySpan<byte> utf8, Model model, Leniency leniency, int mostRows)
    {
        (this.model, this.leniency, this.mostRows) = (model, leniency, mostRows);
        width = model.Features.Columns.Count;
        reader = new Utf8JsonReader(utf8);
        faults = new Faults();
        values = ArrayPool<double>.Shared.Rent(Math.Max(16, width));
    }

    /// <summary>Number of rows read.</summary>
    public int Count { get; private set; }

    /// <summary>Reads a body, <c>{ "rows": [{…}] }</c> or <c>{ "inputs": [[…]] }</c>.</summary>
    /// <returns>An array of the shared pool, shape [rows, columns], and the number of rows.</returns>
    /// <exception cref="Refusal">400, 413 or 422 with every fault.</exception>
    public static (double[] Values, int Rows) Read(ReadOnlySpan<byte> utf8, Model model, Leniency leniency, int mostRows)
    {
        var rows = new PredictionRows(utf8, model, leniency, mostRows);
        try
        {
            rows.ReadBody();
            rows.faults.ThrowIfAny();
            return (rows.values, rows.Count);
        }
        catch (Exception e)
        {
            ArrayPool<double>.Shared.Return(rows.values);
            if (e is JsonException json) throw Problems.NotJson("$", Problems.JsonSyntax(json));
            if (e is InvalidOperationException) throw Problems.NotJson("$", Problems.BrokenText());
            throw;
        }
    }

    private void ReadBody()
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw Problems.NotAnObject("The body is something else");
        string? form = null, absent = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (name is not ("rows" or "inputs"))
            {
                faults.Malformed(name, Problems.UnknownField(name, ["rows", "inputs"]));
                reader.Skip();
            }
            else if (reader.TokenType == JsonTokenType.Null && form != name && absent is null)
            {
                absent = name; // as left out: a generated client writes the one that is not used too
            }
            else if (form is not null || absent == name)
            {
                faults.Malformed(name, form == name || absent == name ? Problems.GivenTwice() : Problems.RowsOrInputs());
                reader.Skip();
            }
            else
            {
                form = name;
                ReadRows(name);
            }
        }

        if (reader.Read()) throw new JsonException();
        if (form is null) faults.Malformed("$", Problems.RowsOrInputs());
        else if (Count == 0 && faults.None) faults.Meaningless(form, Problems.NoRowsInline());
    }

    private void ReadRows(string form)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            faults.Malformed(form, Problems.WrongType("a list of rows", JsonReading.Kind(reader.TokenType)));
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (Count == mostRows) throw Problems.TooManyRows(mostRows);
            var row = NextRow();
            bool named = form == "rows";
            if (reader.TokenType != (named ? JsonTokenType.StartObject : JsonTokenType.StartArray))
            {
                faults.Malformed($"{form}[{Count}]", Problems.WrongType(named ? "an object of values by column" : "a list of values", JsonReading.Kind(reader.TokenType)));
                reader.Skip();
            }
            else if (named)
            {
                ReadNamed(row);
            }
            else
            {
                ReadPositional(row);
            }

            Count++;
        }
    }

    private void ReadNamed(Span<double> row)
    {
        Span<bool> given = width <= 256 ? stackalloc bool[width] : new bool[width];
        HashSet<string>? others = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string name = reader.GetString()!;
            int column = model.IndexOf(name);
            reader.Read();
            bool twice = column >= 0 ? given[column] : !(others ??= []).Add(name);
            if (column >= 0) given[column] = true;
            if (twice) faults.Malformed(Place("rows", name), Problems.GivenTwice());
            else if (column < 0 && !model.IsPassedOver(name) && !leniency.IgnoreExtra) faults.Meaningless(Place("rows", name), Problems.UnknownColumn(name, model.ColumnNames));

            if (column < 0 || twice) reader.Skip();
            else row[column] = ReadValue(column, "rows", name);
        }

        for (int i = 0; i < width; i++)
        {
            if (!given[i]) faults.Meaningless(Place("rows", model.Features.Columns[i].Name), Problems.FeatureAbsent(model.Features.Columns[i].Name));
        }
    }

    private void ReadPositional(Span<double> row)
    {
        int column = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (column < width) row[column] = ReadValue(column, "inputs", null);
            else reader.Skip();
            column++;
        }

        if (column != width) faults.Meaningless($"inputs[{Count}]", Problems.WrongRowLength(column, width));
    }

    private double ReadValue(int index, string form, string? name)
    {
        var column = model.Features.Columns[index];
        string? fault = null;
        double value = double.NaN;
        if (reader.TokenType == JsonTokenType.Null) fault = column.Impute == Imputation.Error ? Problems.MissingValue(column.Name) : null;
        else if (column.Type == ColumnType.Numeric) value = ReadNumber(out fault);
        else value = ReadCategory(index, out fault);

        if (fault is null && column.IsUnseen(value) && !leniency.IgnoreUnknown)
            fault = Problems.UnseenCategory(column.Name, Raw(), column.Type == ColumnType.Numeric ? column.Levels.Select(l => l.ToString("R")) : column.Categories);
        if (fault is not null) faults.Meaningless(name is null ? $"{form}[{Count}][{index}]" : Place(form, name), fault);
        return value;
    }

    private double ReadNumber(out string? fault)
    {
        fault = null;
        if (reader.TokenType != JsonTokenType.Number)
        {
            fault = Problems.WrongType("a number", JsonReading.Kind(reader.TokenType));
            reader.Skip();
            return double.NaN;
        }

        if (reader.TryGetDouble(out double value) && Math.Abs(value) <= float.MaxValue) return value;
        fault = Problems.OutOfRange(Raw(), "what fits a 32-bit float, up to ±3.4028235E+38");
        return double.NaN;
    }

    private double ReadCategory(int index, out string? fault)
    {
        fault = null;
        if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            fault = Problems.WrongType("a text, number or boolean", JsonReading.Kind(reader.TokenType));
            reader.Skip();
            return double.NaN;
        }

        double value = model.CategoryOf(index, reader.TokenType == JsonTokenType.String ? reader.GetString()! : Raw());
        if (value < 0 && model.Features.Columns[index].Type == ColumnType.Boolean) fault = Problems.WrongType("true or false", $"\"{Problems.Short(Raw())}\"");
        return value;
    }

    private readonly string Raw() => System.Text.Encoding.UTF8.GetString(reader.ValueSpan);

    private readonly string Place(string form, string column) => JsonPath.Below($"{form}[{Count}]", column);

    private Span<double> NextRow()
    {
        int start = faults.None ? Count * width : 0; // the values of a faulty body are not used: 10,000 empty rows must not take the room of full ones
        if (start + width > values.Length)
        {
            double[] larger = ArrayPool<double>.Shared.Rent(Math.Max(start + width, values.Length * 2));
            values.AsSpan(0, start).CopyTo(larger);
            ArrayPool<double>.Shared.Return(values);
            values = larger;
        }

        return values.AsSpan(start, width);
    }
}
